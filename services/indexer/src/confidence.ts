import {
  BELOW,
  confidenceNats,
  OUTSIDE,
  parentMarginals,
  rootConfidenceNats,
  type Constants,
  type RegionEdge,
} from '@stemma/lineage';

/** A model and this many of its nearest kin are looked at together; more hardly change a probability. */
export const REGION_MAX = 40;
/** Nearest kin of each of them that count as its parents from outside the region. */
export const OUTSIDERS_MAX = 32;

const PROBABILITY_MIN = 0.01;
const OTHERS_MAX = 5;

/** What a confidence is computed from, by labels. */
export interface ConfidenceSource {
  readonly constants: Constants;
  /** Nearest first, at most `count`. */
  nearestKin(label: number, count: number): readonly number[];
  areKin(a: number, b: number): boolean;
  /** Distance and log-odds of the edge between two kin. */
  weights(parent: number, child: number): { readonly distance: number; readonly logOdds: number };
  /** Mean log-odds over its kin that the label is the parent; used where kin are pooled at the root. */
  pooled(label: number): number;
  /** Null for a root. */
  parentOf(label: number): number | null;
}

/** The probabilities of a model's possible parents; null stands for having none. */
export interface Confidence {
  of(parent: number | null): number;
  /** Other answers that are worth a mention, most probable first. */
  others(parent: number | null): { readonly parent: number | null; readonly confidence: number }[];
}

/**
 * P(u → label) over all forests of the label's surroundings, weighted by their tempered costs, less what no figures can know
 * (METHOD 7). Bounded however large the family is: of a popular base's many children only the nearest, and those in the
 * region, are weighed as its parents.
 */
export function confidenceIn(source: ConfidenceSource, label: number): Confidence {
  const region = [label, ...source.nearestKin(label, REGION_MAX - 1)];
  const rootCosts = region.map((member) => rootConfidenceNats(source.pooled(member), source.constants));
  const edges = region.flatMap((_, head) => edgesInto(source, region, head));
  const marginals = parentMarginals({ nodes: region.length, rootCosts, edges });
  const trusted = 1 - source.constants.lapse;
  const answers = region.map((parent, i) =>
    i === 0
      ? { parent: null, confidence: trusted * marginals.root }
      : { parent, confidence: trusted * marginals.candidates[i]! },
  );
  // Regions go by distance and content, and the sort is stable: ties depend on no label.
  answers.sort((p, q) => q.confidence - p.confidence);
  return {
    of: (parent) => answers.find((answer) => answer.parent === parent)?.confidence ?? 0,
    others: (parent) =>
      answers
        .filter((answer) => answer.parent !== parent && answer.confidence >= PROBABILITY_MIN)
        .slice(0, OTHERS_MAX),
  };
}

function edgesInto(source: ConfidenceSource, region: readonly number[], head: number): RegionEdge[] {
  const [label, child] = [region[0]!, region[head]!];
  const edges: RegionEdge[] = [];
  const add = (parent: number, tail: number): void => {
    const { forward: cost } = confidenceNats(source.weights(parent, child), source.constants);
    edges.push({ tail, head, cost });
  };
  region.forEach((parent, tail) => {
    if (tail !== head && source.areKin(parent, child)) add(parent, tail);
  });
  if (head === 0) return edges;
  for (const parent of source.nearestKin(child, OUTSIDERS_MAX))
    if (!region.includes(parent)) add(parent, descends(source, parent, label) ? BELOW : OUTSIDE);
  return edges;
}

function descends(source: ConfidenceSource, label: number, ancestor: number): boolean {
  for (let up = source.parentOf(label); up !== null; up = source.parentOf(up))
    if (up === ancestor) return true;
  return false;
}

/** Nats by which an answer may be dearer than the one that holds and still tell on it: e⁻¹² of its weight. */
const MATERIAL_NATS = 12;

/** Whether the edge parent → child, at these weights, can tell on how sure the child's place in the forest is. */
export function isMaterial(
  source: ConfidenceSource,
  child: number,
  weights: { readonly distance: number; readonly logOdds: number },
): boolean {
  const parent = source.parentOf(child);
  const held =
    parent === null
      ? rootConfidenceNats(source.pooled(child), source.constants)
      : confidenceNats(source.weights(parent, child), source.constants).forward;
  return confidenceNats(weights, source.constants).forward <= held + MATERIAL_NATS;
}
