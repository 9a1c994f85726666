/** Pure: evidence, cost, arborescence, confidence, the paper's method, and how well all of it does (METHOD.md). */
export {
  fitConstants,
  leaveOneOut,
  STAGES,
  type Fit,
  type FittedKnob,
  type HeldOut,
} from './calibrate/fit-constants';
export { countKinship, type KinshipCount } from './calibrate/kinship-margins';
export { measureFamily, type LabelledObservation } from './calibrate/measure-family';
export type { ConfidentAnswer, MeasuredFamily, MeasuredPair } from './calibrate/measured-family';
export { confidentScoreOf, type ConfidentScore } from './calibrate/score';
export { comparePair, mirrorPair, type PairFigures } from './evidence/compare-pair';
export { DEFAULT_CONSTANTS, METHOD_VERSION, type Constants } from './evidence/constants';
export {
  confidenceNats,
  edgeCosts,
  pooledLogOdds,
  rootConfidenceNats,
  rootCost,
  type EdgeCosts,
  type PairWeights,
} from './evidence/cost';
export type { Evidence, EvidenceKind } from './evidence/describe';
export type { Kinship } from './evidence/kinship';
export { findMerge, type Merge, type MergeIngredient } from './evidence/merge';
export type { PairMeasures } from './evidence/pair-measures';
export {
  observeEmbedding,
  observeMatrix,
  type EmbeddingObservation,
  type Observation,
  type TensorObservation,
} from './evidence/observation';
export { comparePlainly, type PlainFigures } from './evidence/plain/compare-plainly';
export { relationOf, relationOfMerge, type Relation, type RelationFinding } from './evidence/relation';
export {
  minimumArborescence,
  ROOT_EDGE,
  type Arborescence,
  type ArborescenceProblem,
} from './forest/arborescence';
export type { AuditReport, Violation } from './forest/certificate';
export { DynamicForest, type DynamicForestOptions, type ForestWork } from './forest/dynamic-forest';
export { COST_MAX, VIRTUAL_ROOT, type Forest, type Neighbour, type ParentChange } from './forest/forest';
export {
  BELOW,
  OUTSIDE,
  parentMarginals,
  type MarginalRegion,
  type ParentMarginals,
  type RegionEdge,
} from './forest/marginals';
export {
  decodeSnapshot,
  encodeSnapshot,
  SNAPSHOT_VERSION,
  type RejectedSnapshot,
  type SnapshotRejection,
} from './forest/snapshot';
export { StaticForest } from './forest/static-forest';
export {
  ancestors,
  childrenByParent,
  descendants,
  lowestCommonAncestor,
  path,
  rootOf,
  roots,
  subtreeSizes,
  type ChildMap,
  type Descendant,
  type DescendantBounds,
  type ParentMap,
} from './forest/tree-queries';
export type { ScoreKind } from './mother/directional-score';
export { motherDistance, type MotherDistance } from './mother/layer-distance';
export { LAYER_TYPES, type LayerType, layerTypeOf } from './mother/layer-type';
export { recoverMother, type MotherOptions, type Stage } from './mother/recover-mother';
export {
  calibrationError,
  evaluateGraph,
  joinEvaluations,
  type EdgeReport,
  type Evaluation,
  type Figures,
  type Metrics,
  type TrueModel,
} from './recover/metrics';
export type { Candidates } from './recover/candidates';
export { CrowdBook, crowdNats, crowdOf, directedLogOdds } from './recover/crowd';
export { parentProbabilities } from './recover/parent-probabilities';
export { pricePair } from './recover/price-pair';
export { recoverForest, type RecoverOptions } from './recover/recover-forest';
export type { NamedObservation, Recovered, RecoveredModel, RunnerUp, Verdict } from './recover/recovered';
