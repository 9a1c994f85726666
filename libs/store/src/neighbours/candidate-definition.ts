import type { GraphModel, Pair } from './candidate-graph';
import { ExactNeighbours } from './exact-neighbours';
import type { Neighbour, TieOrder } from './neighbours';

/** The numbers that say which pairs of a set of models are candidates. */
export interface CandidateDefinition {
  /** Length of the lists of the nearest. Default 32. */
  readonly k: number;
  /** Steps of a climb that make pairs (`ascent.ts`). Default 3. */
  readonly climbMax: number;
  /** A node is a hub when it is the guide of so many (`candidate-level.ts`). Default k. */
  readonly hubFollowersMin: number;
  /** What is as far away is no relative: no climb leads there, and hubs make no pairs with it. Default 1: strangers lie at 2. */
  readonly relatedDistanceMax: number;
}

export function candidateDefinition(given: Partial<CandidateDefinition>): CandidateDefinition {
  const { k = 32, climbMax = 3, relatedDistanceMax = 1 } = given;
  return { k, climbMax, hubFollowersMin: given.hubFollowersMin ?? k, relatedDistanceMax };
}

/**
 * The candidate pairs of a set of models by their definition, from nothing: what a `CandidateGraph` of the same models
 * holds, whatever it went through. Plain and slow (a scan for each model): for proofs. Of equal contents the model
 * that precedes all others counts. Sorted.
 */
export function candidatesFromScratch(
  models: readonly GraphModel[],
  precedes: TieOrder,
  given: Partial<CandidateDefinition> = {},
): { readonly pairs: Pair[]; readonly levels: number } {
  const firsts = new Map<string, GraphModel>();
  for (const model of models) {
    const first = firsts.get(model.content);
    if (first === undefined || precedes(model.label, first.label)) firsts.set(model.content, model);
  }
  const definition = candidateDefinition(given);
  const pairs = new Map<string, Pair>();
  const join = (u: number, v: number, distance: number): void => {
    const [a, b] = u < v ? [u, v] : [v, u];
    pairs.set(`${a}:${b}`, { a, b, distance });
  };
  let levels = 0;
  for (let level = [...firsts.values()]; level.length > 0; levels++) {
    level = joinLevel(level, levels === 0 ? Infinity : definition.relatedDistanceMax, definition, join);
  }
  return { pairs: [...pairs.values()].sort((p, q) => p.a - q.a || p.b - q.b), levels };
}

/** Joins the models of one level; returns its hubs. */
function joinLevel(
  models: readonly GraphModel[],
  pairDistanceMax: number,
  { k, climbMax, hubFollowersMin, relatedDistanceMax }: CandidateDefinition,
  join: (u: number, v: number, distance: number) => void,
): GraphModel[] {
  const contents = new Map(models.map(({ label, content }) => [label, content]));
  const before: TieOrder = (a, b) => contents.get(a)! < contents.get(b)!;
  const index = new ExactNeighbours({ dimensions: models[0]!.vector.length, before });
  for (const { label, vector } of models) index.add(label, vector);
  const lists = new Map(models.map(({ label, vector }) => [label, index.nearest(vector, k, label)]));
  const guides = guidesOf(lists, k, relatedDistanceMax, before);
  const followers = new Map<number, number>();
  for (const guide of guides.values()) followers.set(guide, (followers.get(guide) ?? 0) + 1);
  for (const [label, list] of lists) {
    for (const near of list) if (near.distance < pairDistanceMax) join(label, near.label, near.distance);
    let guide = guides.get(label);
    for (let step = 0; step < climbMax && guide !== undefined; step++, guide = guides.get(guide)) {
      join(label, guide, index.distances(label, [guide])[0]!);
    }
  }
  return models.filter(({ label }) => (followers.get(label) ?? 0) >= hubFollowersMin);
}

/** Of every label the most crowded of its relatives among its nearest, where that is more crowded than itself. */
function guidesOf(
  lists: ReadonlyMap<number, readonly Neighbour[]>,
  k: number,
  relatedDistanceMax: number,
  before: TieOrder,
): Map<number, number> {
  const reach = (label: number): number => lists.get(label)![k - 1]?.distance ?? Infinity;
  const isMoreCrowded = (a: number, b: number): boolean =>
    reach(a) < reach(b) || (reach(a) === reach(b) && before(a, b));
  const guides = new Map<number, number>();
  for (const [label, list] of lists) {
    if (reach(label) === Infinity) continue;
    const relatives = list.filter(({ distance }) => distance < relatedDistanceMax);
    const best = relatives.reduce(
      (most, near) => (isMoreCrowded(near.label, most) ? near.label : most),
      label,
    );
    if (best !== label) guides.set(label, best);
  }
  return guides;
}
