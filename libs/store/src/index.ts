export { StoreError, StoreUnavailableError, type StoreFault } from './store-error';
export { Store, type Boundary, type StoreOptions, type Totals } from './store';
export { Transaction } from './transaction';
export { pairAt, type PairColumns } from './queries';
export type { SketchInFile } from './sketch-segments';
export type {
  CandidatePair,
  Change,
  ChangeKind,
  Claim,
  Kinship,
  LoadedModel,
  ModelState,
  NewChange,
  NewModel,
  OutboxMessage,
  ParentRow,
  PlaceRow,
  PendingMessage,
  Rejection,
  Repository,
  RepositoryEvents,
  StoredModel,
  Verdict,
} from './rows';
export {
  CandidateGraph,
  type CandidateChanges,
  type CandidateGraphOptions,
  type GraphModel,
  type NeighboursContext,
  type Pair,
} from './neighbours/candidate-graph';
export { candidatesFromScratch, type CandidateDefinition } from './neighbours/candidate-definition';
export type { SnapshotRejected } from './neighbours/lists-snapshot';
export type { Descent } from './neighbours/forest-relatives';
export type { Neighbour, Neighbours, Surroundings, TieOrder } from './neighbours/neighbours';
export { ExactNeighbours, type ExactNeighboursOptions } from './neighbours/exact-neighbours';
export {
  HnswNeighbours,
  type HnswNeighboursOptions,
  type IndexFileOptions,
} from './neighbours/hnsw-neighbours';
export type { IndexFileRejected } from './neighbours/hnsw-file';
export { EXACT_MODELS_MAX, neighboursFor } from './neighbours/choose-neighbours';
