// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { TensorPair } from '../observation';
import type { PlainConstants } from './constants';

export interface PlainDistance {
  /** D: the mean over parameters of ln(r + r0), r per tensor. */
  readonly distance: number;
  /** d²: the mean over parameters of r. */
  readonly squaredDistance: number;
}

/** Guards the ratio of two zero tensors, far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/**
 * Distances from the relative mean square r of every tensor: the mean square of the difference over the mean of both mean
 * squares. The minimum spanning tree of D is the most likely tree when every edge is a Gaussian step with one unknown
 * variance per tensor. Null where nothing is finite in both models.
 */
export function plainDistance(pairs: readonly TensorPair[], constants: PlainConstants): PlainDistance | null {
  let weight = 0;
  let logarithms = 0;
  let squares = 0;
  for (const pair of pairs) {
    const relative = relativeSquare(pair);
    if (relative === null) continue;
    weight += pair.a.count;
    logarithms += pair.a.count * Math.log(relative + constants.distanceFloor);
    squares += pair.a.count * relative;
  }
  return weight === 0 ? null : { distance: logarithms / weight, squaredDistance: squares / weight };
}

function relativeSquare({ coarseA: p, coarseB: q }: TensorPair): number | null {
  let n = 0;
  let squaresP = 0;
  let squaresQ = 0;
  let squaresOfDifference = 0;
  for (let i = 0; i < p.length; i++) {
    const difference = p[i]! - q[i]!;
    if (difference - difference !== 0) continue;
    n++;
    squaresP += p[i]! * p[i]!;
    squaresQ += q[i]! * q[i]!;
    squaresOfDifference += difference * difference;
  }
  return n === 0 ? null : squaresOfDifference / n / ((squaresP / n + squaresQ / n) / 2 + NOTHING);
}
