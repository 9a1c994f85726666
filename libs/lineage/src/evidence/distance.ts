import type { Constants } from './constants';
import type { TensorPair } from './observation';

/** What one pass over the common coordinates of two tensors gives. Symmetric in the two. */
export interface TensorComparison {
  readonly name: string;
  /** Parameters of the whole tensor. */
  readonly count: number;
  /** Coordinates that are finite in both. */
  readonly coordinates: number;
  /** r of DESIGN 3.4: mean square of the difference over the mean of both mean squares. Strangers are at about 2. */
  readonly relativeSquare: number;
  /** Centred correlation; null where one of both is constant. */
  readonly correlation: number | null;
}

/** Guards the ratio of two zero tensors, far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/**
 * One tensor of two models: distance and correlation over the coordinates that are finite in both.
 * Null where there are none, or where both are one and the same constant, which says nothing about kinship.
 */
export function compareTensors(pair: TensorPair): TensorComparison | null {
  const p = pair.coarseA;
  const q = pair.coarseB;
  let n = 0;
  let sumP = 0;
  let sumQ = 0;
  let squaresP = 0;
  let squaresQ = 0;
  let product = 0;
  let squaresOfDifference = 0;
  for (let i = 0; i < p.length; i++) {
    const u = p[i]!;
    const v = q[i]!;
    const difference = u - v;
    // A difference that is not finite means that one of both is not; x - x is zero for finite numbers alone.
    if (difference - difference !== 0) continue;
    n++;
    sumP += u;
    sumQ += v;
    squaresP += u * u;
    squaresQ += v * v;
    product += u * v;
    squaresOfDifference += difference * difference;
  }
  if (n === 0) return null;
  const spreadP = squaresP - (sumP * sumP) / n;
  const spreadQ = squaresQ - (sumQ * sumQ) / n;
  // One part in 10^12 of the squares is what rounding leaves of the spread of a constant.
  const constant = spreadP <= 1e-12 * squaresP || spreadQ <= 1e-12 * squaresQ;
  if (constant && squaresOfDifference === 0) return null;
  return {
    name: pair.a.name,
    count: pair.a.count,
    coordinates: n,
    relativeSquare: squaresOfDifference / n / ((squaresP / n + squaresQ / n) / 2 + NOTHING),
    correlation: constant ? null : (product - (sumP * sumQ) / n) / Math.sqrt(spreadP * spreadQ),
  };
}

/** D: the mean over tensors, weighted by their share of the parameters, of ln(r + r0). The minimum spanning tree of D is the
 * most likely undirected tree when every edge is a Gaussian step with an unknown variance per tensor (DESIGN 3.4). */
export function treeDistance(tensors: readonly TensorComparison[], constants: Constants): number {
  return weightedMean(tensors, (t) => Math.log(t.relativeSquare + constants.distanceFloor));
}

/** d²: the mean over tensors of r. It adds up along the paths of a tree, and is the figure to show. */
export function squaredDistance(tensors: readonly TensorComparison[]): number {
  return weightedMean(tensors, (t) => t.relativeSquare);
}

function weightedMean(tensors: readonly TensorComparison[], figure: (t: TensorComparison) => number): number {
  let sum = 0;
  let weight = 0;
  for (const tensor of tensors) {
    sum += tensor.count * figure(tensor);
    weight += tensor.count;
  }
  return sum / weight;
}
