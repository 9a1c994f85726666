/** A labelled vector near to some place: its squared Euclidean distance to it, a float32. */
export interface Neighbour {
  readonly label: number;
  readonly distance: number;
}

/** The first `count` entries of two parallel arrays, in no order; valid until the index is used again. */
export interface Surroundings {
  readonly count: number;
  readonly labels: Int32Array;
  readonly distances: Float32Array;
}

/** True when label `a` comes before label `b` where both are equally far: a total order, by content. */
export type TieOrder = (a: number, b: number) => boolean;

/**
 * Candidate search over the vectors of one architecture (DESIGN 4.4). Labels are non-negative integers. Every
 * vector that goes in must be a Float32Array of the index's dimensions with finite components (asserted).
 */
export interface Neighbours {
  readonly dimensions: number;
  readonly size: number;
  /** Adds a vector under a label that is not in use. */
  add(label: number, vector: Float32Array): void;
  /** Forgets a label that is in use. */
  remove(label: number): void;
  /** The k nearest in the order of distance and then of the tie order, without the label `except`. */
  nearest(vector: Float32Array, k: number, except?: number): Neighbour[];
  /** What the index sees from a member's own place, the member included: an exact index sees everyone. */
  around(label: number): Surroundings;
  /** Exact squared distances from a member to others, in their order; valid until the index is used again. */
  distances(label: number, others: readonly number[]): Float32Array;
}

/** The k nearest of `surroundings`, sorted by distance and then by the tie order. O(n + hits · k). */
export function selectNearest(
  surroundings: Surroundings,
  k: number,
  before: TieOrder,
  except?: number,
): Neighbour[] {
  const nearest: Neighbour[] = [];
  if (k <= 0) return nearest;
  const { labels, distances, count } = surroundings;
  let worst = Infinity;
  for (let i = 0; i < count; i++) {
    const distance = distances[i]!;
    const label = labels[i]!;
    if (distance > worst || label === except) continue;
    const hit = { label, distance };
    if (nearest.length === k) {
      if (!isNearer(hit, nearest[k - 1]!, before)) continue;
      nearest.pop();
    }
    let rank = nearest.length;
    while (rank > 0 && isNearer(hit, nearest[rank - 1]!, before)) rank--;
    nearest.splice(rank, 0, hit);
    if (nearest.length === k) worst = nearest[k - 1]!.distance;
  }
  return nearest;
}

/** The order of every list of neighbours: distance, then content. */
export function isNearer(a: Neighbour, b: Neighbour, before: TieOrder): boolean {
  return a.distance < b.distance || (a.distance === b.distance && before(a.label, b.label));
}
