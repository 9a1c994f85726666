// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { Constants } from './constants';
import { stepFloor, stepLogDeterminant } from './matrix-normal';
import type { TensorPair } from './observation';
import { sineSquare } from './turn';

/** What the common coordinates of two tensors give. Symmetric in the two. */
export interface TensorComparison {
  readonly name: string;
  /** Parameters of the whole tensor. */
  readonly count: number;
  /** Coordinates that are finite in both. */
  readonly coordinates: number;
  /** 1 − cos² of the angle between both, over all common coordinates; exactly 0 where the numbers are the same. */
  readonly sineSquare: number;
  /** Logarithm of the size of the step from one to the other: see {@link stepLogDeterminant}. */
  readonly logStep: number;
  /** Centred correlation; null where one of both is constant. */
  readonly correlation: number | null;
}

/** Sums over the coordinates that are finite in both tensors. */
export interface CommonSums {
  readonly count: number;
  readonly squaresP: number;
  readonly squaresQ: number;
  readonly product: number;
  readonly correlation: number | null;
  readonly same: boolean;
}

/**
 * One tensor of two models: distance and correlation over the coordinates that are finite in both.
 * Null where there are none, or where both are one and the same constant, which says nothing about kinship.
 */
export function compareTensors(pair: TensorPair, constants: Constants): TensorComparison | null {
  const sums = commonSums(pair);
  if (sums.count === 0 || (sums.correlation === null && sums.same)) return null;
  const { count, squaresP, squaresQ, product, correlation, same } = sums;
  return {
    name: pair.a.name,
    count: pair.a.count,
    coordinates: count,
    sineSquare: same ? 0 : sineSquare(squaresP, squaresQ, product),
    // Most of what a pair costs, and of strangers, who are most pairs, nobody asks it.
    get logStep() {
      return correlation === null ? RIGHT_ANGLE : logStepOf(pair, sums, constants);
    },
    correlation,
  };
}

/** Where one of both is a constant, above all zero, it is a multiple of anything: no step from there tells who is near. */
const RIGHT_ANGLE = 0;

function logStepOf(pair: TensorPair, sums: CommonSums, constants: Constants): number {
  const isPlain = constants.distanceKind === 'plain';
  return isPlain ? plainLogStep(pair, sums, constants) : stepLogDeterminant(pair, sums, constants);
}

/**
 * ln(r + r0), r the mean square of the difference over that of the tensors: what the determinant would be if all directions
 * moved alike and on their own. Kept to show what the determinant gains.
 */
function plainLogStep(pair: TensorPair, sums: CommonSums, constants: Constants): number {
  const { squaresP, squaresQ, product } = sums;
  const squares = (squaresP + squaresQ) / 2;
  const relative = squares === 0 || sums.same ? 0 : Math.max(0, 2 * squares - 2 * product) / squares;
  return Math.log(relative + stepFloor(pair, constants));
}

function commonSums({ coarseA: p, coarseB: q }: TensorPair): CommonSums {
  let n = 0;
  let sumP = 0;
  let sumQ = 0;
  let squaresP = 0;
  let squaresQ = 0;
  let product = 0;
  let same = true;
  for (let i = 0; i < p.length; i++) {
    const u = p[i]!;
    const v = q[i]!;
    // A difference that is not finite means that one of both is not; x - x is zero for finite numbers alone.
    if (u - v - (u - v) !== 0) continue;
    n++;
    sumP += u;
    sumQ += v;
    squaresP += u * u;
    squaresQ += v * v;
    product += u * v;
    if (u !== v) same = false;
  }
  const spreadP = squaresP - (sumP * sumP) / n;
  const spreadQ = squaresQ - (sumQ * sumQ) / n;
  // One part in 10^12 of the squares is what rounding leaves of the spread of a constant.
  const constant = !(spreadP > 1e-12 * squaresP && spreadQ > 1e-12 * squaresQ);
  const correlation = constant ? null : (product - (sumP * sumQ) / n) / Math.sqrt(spreadP * spreadQ);
  return { count: n, squaresP, squaresQ, product, correlation, same };
}

/**
 * D: the mean over tensors of the logarithms of their steps, weighted by the square root of the tensors' sizes. The minimum spanning
 * tree of D is the most likely undirected tree when every edge is a matrix-normal step of unknown column covariance.
 */
export function treeDistance(tensors: readonly TensorComparison[]): number {
  return weightedMean(
    tensors,
    ({ count }) => Math.sqrt(count),
    ({ logStep }) => logStep,
  );
}

/** d²: the mean over parameters of 1 − cos². It nearly adds up along the paths of a tree, and is the figure to show. */
export function squaredDistance(tensors: readonly TensorComparison[]): number {
  return weightedMean(
    tensors,
    ({ count }) => count,
    (tensor) => tensor.sineSquare,
  );
}

function weightedMean(
  tensors: readonly TensorComparison[],
  weightOf: (tensor: TensorComparison) => number,
  figureOf: (tensor: TensorComparison) => number,
): number {
  let sum = 0;
  let weights = 0;
  for (const tensor of tensors) {
    const weight = weightOf(tensor);
    sum += weight * figureOf(tensor);
    weights += weight;
  }
  return sum / weights;
}
