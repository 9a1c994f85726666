import assert from 'node:assert/strict';
import { type Constants, DEFAULT_CONSTANTS } from '../evidence/constants';
import { findMerge, type Merge } from '../evidence/merge';
import type { Observation } from '../evidence/observation';
import { type RelationFinding, relationOf, relationOfMerge } from '../evidence/relation';
import { minimumArborescence } from '../forest/arborescence';
import { CandidatePairs } from './candidate-pairs';
import { parentProbabilities, type RecoveredEdges } from './parent-probabilities';
import type { NamedObservation, Recovered, RecoveredModel } from './recovered';

export interface RecoverOptions {
  readonly constants?: Constants | undefined;
  /** Nearest kin that every model offers as candidates; all of them by default. */
  readonly candidatesMax?: number | undefined;
  /** Look for models that are linear combinations of others. On by default. */
  readonly merges?: boolean | undefined;
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
  const candidates = CandidatePairs.of(sorted, options.candidatesMax ?? Infinity, constants);
  const merges = options.merges === false ? new Map<number, MergeOfKin>() : findMerges(candidates);
  const isAllowed = (parent: number, child: number): boolean => fitsMerges(parent, child, candidates, merges);
  const parents = optimalParents(candidates, isAllowed);
  const forest: RecoveredEdges = { isAllowed, parentOf: (label) => parents[label]! };
  return {
    models: models.map(({ model }) => describeModel(labels.get(model)!, candidates, forest, merges)),
    direction: (parent, child) => candidates.logOdds(labels.get(parent) ?? -1, labels.get(child) ?? -1),
  };
}

/** The parent of every model in the minimum arborescence under the virtual root; null for roots. */
function optimalParents(
  candidates: CandidatePairs,
  isAllowed: RecoveredEdges['isAllowed'],
): (number | null)[] {
  const edges = candidates.pairs.flatMap((pair) => {
    const { forward, backward } = candidates.costs(pair);
    return [
      { parent: pair.a, child: pair.b, cost: forward },
      { parent: pair.b, child: pair.a, cost: backward },
    ].filter(({ parent, child }) => isAllowed(parent, child));
  });
  const { parents } = minimumArborescence({
    nodes: candidates.models.length,
    tails: Int32Array.from(edges, ({ parent }) => parent + 1),
    heads: Int32Array.from(edges, ({ child }) => child + 1),
    costs: Float64Array.from(edges, ({ cost }) => cost),
    rootCosts: Float64Array.from([0, ...candidates.models.map((_, label) => candidates.rootCost(label))]),
  });
  return Array.from(parents.subarray(1), (parent) => (parent === 0 ? null : parent - 1));
}

/** A merge and the labels of the kin that it was looked for among. */
interface MergeOfKin extends Merge {
  readonly among: readonly number[];
}

function findMerges(candidates: CandidatePairs): Map<number, MergeOfKin> {
  const merges = new Map<number, MergeOfKin>();
  const observationOf = (label: number): Observation => candidates.models[label]!.observation;
  candidates.models.forEach((_, label) => {
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

function describeModel(
  label: number,
  candidates: CandidatePairs,
  forest: RecoveredEdges,
  merges: ReadonlyMap<number, MergeOfKin>,
): RecoveredModel {
  const parent = forest.parentOf(label);
  const probabilities = parentProbabilities(candidates, label, forest);
  const nameOf = (other: number | null): string | null =>
    other === null ? null : candidates.models[other]!.model;
  const placed = {
    model: candidates.models[label]!.model,
    parent: nameOf(parent),
    confidence: probabilities.of(parent),
    runnersUp: probabilities.others(parent).map(({ parent: other, probability }) => ({
      model: nameOf(other),
      confidence: probability,
    })),
  };
  if (parent === null) return { ...placed, relation: null, verdict: 'root', evidence: [] };
  const figures = candidates.figures(parent, label)!;
  const finding = findRelation(parent, label, candidates, merges.get(label));
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
  candidates: CandidatePairs,
  merge: MergeOfKin | undefined,
): RelationFinding {
  if (merge !== undefined) {
    return relationOfMerge(
      merge,
      merge.among.map((label) => candidates.models[label]!.model),
    );
  }
  const figures = candidates.figures(parent, child)!;
  const { models, constants } = candidates;
  return relationOf(models[parent]!.observation, models[child]!.observation, figures, constants);
}
