/** Pure: evidence, cost, arborescence, confidence, the paper's method, and how well all of it does (DESIGN 3.4-3.7). */
export { comparePair, mirrorPair, type PairFigures } from './evidence/compare-pair';
export { DEFAULT_CONSTANTS, type Constants } from './evidence/constants';
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
export {
  observeEmbedding,
  observeMatrix,
  type EmbeddingObservation,
  type Observation,
  type TensorObservation,
} from './evidence/observation';
export { relationOf, relationOfMerge, type Relation, type RelationFinding } from './evidence/relation';
export { DynamicForest, type DynamicForestOptions } from './forest/dynamic-forest';
export { VIRTUAL_ROOT, type Forest, type Neighbour, type ParentChange } from './forest/forest';
export { minimumArborescence } from './forest/arborescence';
export { parentMarginals } from './forest/marginals';
export { decodeSnapshot, encodeSnapshot } from './forest/snapshot';
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
} from './forest/tree-queries';
export type { ScoreKind } from './mother/directional-score';
export type { MotherDistance } from './mother/layer-distance';
export { LAYER_TYPES, type LayerType } from './mother/layer-type';
export { recoverMother, type MotherOptions, type Stage } from './mother/recover-mother';
export {
  evaluateGraph,
  joinEvaluations,
  type EdgeReport,
  type Evaluation,
  type Figures,
  type Metrics,
  type TrueModel,
} from './recover/metrics';
export { parentProbabilities, type Candidates } from './recover/parent-probabilities';
export { recoverForest, type RecoverOptions } from './recover/recover-forest';
export type { NamedObservation, Recovered, RecoveredModel, RunnerUp, Verdict } from './recover/recovered';
