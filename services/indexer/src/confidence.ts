import {
  BELOW,
  confidenceNats,
  OUTSIDE,
  parentMarginals,
  rootConfidenceNats,
  type Constants,
  type PairWeights,
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
  /** What the edge costs, as the confidence counts it; NaN where they are no kin. */
  edgeNats(parent: number, child: number): number;
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
  const edges = [...edgesWithin(source, region), ...edgesFromOutside(source, region)];
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

/** Both edges of every two kin of the region. */
function edgesWithin(source: ConfidenceSource, region: readonly number[]): RegionEdge[] {
  const edges: RegionEdge[] = [];
  for (let tail = 0; tail < region.length; tail++) {
    for (let head = tail + 1; head < region.length; head++) {
      const cost = source.edgeNats(region[tail]!, region[head]!);
      if (Number.isNaN(cost)) continue;
      const back = source.edgeNats(region[head]!, region[tail]!);
      edges.push({ tail, head, cost }, { tail: head, head: tail, cost: back });
    }
  }
  return edges;
}

/** What comes into a model from outside the region leads on to the root, or back to the first one if it descends from that. */
function edgesFromOutside(source: ConfidenceSource, region: readonly number[]): RegionEdge[] {
  const inside = new Set(region);
  const below = new DescendantsOf(source, region[0]!);
  const edges: RegionEdge[] = [];
  for (let head = 1; head < region.length; head++) {
    const onwards: number[] = [];
    const back: number[] = [];
    for (const parent of source.nearestKin(region[head]!, OUTSIDERS_MAX)) {
      if (inside.has(parent)) continue;
      (below.has(parent) ? back : onwards).push(source.edgeNats(parent, region[head]!));
    }
    if (onwards.length > 0) edges.push({ tail: OUTSIDE, head, cost: joinedCost(onwards) });
    if (back.length > 0) edges.push({ tail: BELOW, head, cost: joinedCost(back) });
  }
  return edges;
}

/** The cost of an edge that weighs as much as all of these together. */
function joinedCost(costs: readonly number[]): number {
  const least = Math.min(...costs);
  return least - Math.log(costs.reduce((sum, cost) => sum + Math.exp(least - cost), 0));
}

/** Who descends from a label; every way up is climbed once. */
class DescendantsOf {
  readonly #known: Map<number, boolean>;

  constructor(
    private readonly source: ConfidenceSource,
    ancestor: number,
  ) {
    this.#known = new Map([[ancestor, true]]);
  }

  has(label: number): boolean {
    const climbed: number[] = [];
    let at: number | null = label;
    while (at !== null && !this.#known.has(at)) {
      climbed.push(at);
      at = this.source.parentOf(at);
    }
    const descends = at !== null && this.#known.get(at)!;
    for (const each of climbed) this.#known.set(each, descends);
    return descends;
  }
}

/** An answer that is so much dearer than the one that holds has less than a hundredth of its probability. */
const SWAYING_NATS = 6;

/** Whether the edge parent → child, at these weights, can tell on how sure the child's place in the forest is. */
export function isSwaying(
  source: ConfidenceSource,
  child: number,
  { distance, logOdds }: PairWeights,
): boolean {
  const parent = source.parentOf(child);
  const held =
    parent === null
      ? rootConfidenceNats(source.pooled(child), source.constants)
      : source.edgeNats(parent, child);
  return confidenceNats(distance, logOdds, source.constants) <= held + SWAYING_NATS;
}
