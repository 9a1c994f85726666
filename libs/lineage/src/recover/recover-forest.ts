import assert from 'node:assert/strict';
import type { comparePair } from '../evidence/compare-pair';
import { type Constants, DEFAULT_CONSTANTS } from '../evidence/constants';
import { findMerge, type Merge } from '../evidence/merge';
import type { Observation } from '../evidence/observation';
import { type RelationFinding, relationOf, relationOfMerge } from '../evidence/relation';
import { CandidatePairs } from './candidate-pairs';
import { withTrees } from './number-of-trees';
import { optimalParents } from './optimal-parents';
import { parentProbabilities, type RecoveredEdges } from './parent-probabilities';
import type { NamedObservation, Recovered, RecoveredModel } from './recovered';

export interface RecoverOptions {
  readonly constants?: Constants | undefined;
  /** Nearest kin that every model offers as candidates; all of them by default. */
  readonly candidatesMax?: number | undefined;
  /** Look for models that are linear combinations of others. On by default. */
  readonly merges?: boolean | undefined;
  /** Number of trees, where it is known: see `withTrees`. Found by the kinship test by default. */
  readonly trees?: number | undefined;
  /** In place of `comparePair`, for who recovers the same models again and again. */
  readonly compare?: typeof comparePair | undefined;
}

/** Nearest kin among which the ingredients of a merge are looked for. */
const MERGE_CANDIDATES_MAX = 8;

/**
 * The family forest of a set of models from their weights alone: kinship, costs, minimum
 * arborescence, confidence. Needs no training stage and no number of trees. A function of the set: the order of the
 * models does not matter. Quadratic in the models; a stream of arrivals is the indexer's business.
 */
export function recoverForest(models: readonly NamedObservation[], options: RecoverOptions = {}): Recovered {
  const constants = options.constants ?? DEFAULT_CONSTANTS;
  const sorted = [...models].sort((p, q) => (p.model < q.model ? -1 : p.model > q.model ? 1 : 0));
  const labels = new Map(sorted.map(({ model }, label) => [model, label]));
  assert(
    labels.size === models.length,
    `models of different names expected, ${models.length - labels.size} repeated`,
  );
  const kin = CandidatePairs.of(sorted, options.candidatesMax ?? Infinity, constants, options.compare);
  const merges = options.merges === false ? new Map<number, MergeOfKin>() : findMerges(sorted, kin);
  const isAllowed = (parent: number, child: number): boolean => fitsMerges(parent, child, kin, merges);
  const candidates = options.trees === undefined ? kin : withTrees(kin, isAllowed, options.trees);
  const parents = optimalParents(candidates, isAllowed);
  const forest: RecoveredEdges = { isAllowed, parentOf: (label) => parents[label]! };
  const recovery: Recovery = { models: sorted, candidates, merges, forest };
  return {
    models: models.map(({ model }) => describeModel(labels.get(model)!, recovery)),
    direction: (parent, child) => candidates.logOdds(labels.get(parent) ?? -1, labels.get(child) ?? -1),
  };
}

/** A merge and the labels of the kin that it was looked for among. */
interface MergeOfKin extends Merge {
  readonly among: readonly number[];
}

/** Everything that the answer for one model is taken from; models by label. */
interface Recovery {
  readonly models: readonly NamedObservation[];
  readonly candidates: CandidatePairs;
  readonly merges: ReadonlyMap<number, MergeOfKin>;
  readonly forest: RecoveredEdges;
}

function findMerges(
  models: readonly NamedObservation[],
  candidates: CandidatePairs,
): Map<number, MergeOfKin> {
  const merges = new Map<number, MergeOfKin>();
  const observationOf = (label: number): Observation => models[label]!.observation;
  models.forEach((_, label) => {
    const among = candidates.neighbours(label).slice(0, MERGE_CANDIDATES_MAX);
    const merge = findMerge(observationOf(label), among.map(observationOf), candidates.constants);
    if (merge !== null) merges.set(label, { ...merge, among });
  });
  return merges;
}

const isIngredient = (label: number, merge: MergeOfKin): boolean =>
  merge.ingredients.some(({ candidate }) => merge.among[candidate] === label);

/**
 * A merge lies between its ingredients and would look like the hub of them all. It may descend from its ingredients
 * only, and be a parent only of what its growth says came after it.
 */
function fitsMerges(
  parent: number,
  child: number,
  candidates: CandidatePairs,
  merges: ReadonlyMap<number, MergeOfKin>,
): boolean {
  const ofChild = merges.get(child);
  if (ofChild !== undefined) return isIngredient(parent, ofChild);
  const ofParent = merges.get(parent);
  if (ofParent === undefined) return true;
  return !isIngredient(child, ofParent) && candidates.logOdds(parent, child) > 0;
}

function describeModel(label: number, recovery: Recovery): RecoveredModel {
  const { models, candidates, forest } = recovery;
  const parent = forest.parentOf(label);
  const probabilities = parentProbabilities(candidates, label, forest);
  const nameOf = (other: number | null): string | null => (other === null ? null : models[other]!.model);
  const placed = {
    model: models[label]!.model,
    parent: nameOf(parent),
    confidence: probabilities.of(parent),
    runnersUp: probabilities.others(parent).map(({ parent: other, probability }) => ({
      model: nameOf(other),
      confidence: probability,
    })),
  };
  if (parent === null) return { ...placed, relation: null, verdict: 'root', evidence: [] };
  const figures = candidates.figures(parent, label)!;
  const finding = findRelation(parent, label, recovery);
  const { assertMin } = candidates.constants;
  return {
    ...placed,
    relation: finding.relation,
    verdict: figures.variant ? 'variant' : placed.confidence >= assertMin ? 'asserted' : 'uncertain',
    evidence: [...figures.evidence, ...finding.evidence],
  };
}

function findRelation(
  parent: number,
  child: number,
  { models, candidates, merges }: Recovery,
): RelationFinding {
  const merge = merges.get(child);
  if (merge !== undefined) {
    return relationOfMerge(
      merge,
      merge.among.map((label) => models[label]!.model),
    );
  }
  const figures = candidates.figures(parent, child)!;
  return relationOf(models[parent]!.observation, models[child]!.observation, figures, candidates.constants);
}
