// Typed arrays are read with `!` here: every index is bounded by the tables' places.
import type { Constants } from './constants';
import { stepFloor, stepLogDeterminant } from './matrix-normal';
import type { TensorPlace } from './sample-table';
import type { TablePair } from './table-pair';
import { sineSquare } from './turn';

/** What the common coordinates of two tensors give. Symmetric in the two. */
export interface TensorComparison {
  /** Where the tensor stands among those of both tables. */
  readonly at: number;
  /** Parameters of the whole tensor. */
  readonly count: number;
  /** Coordinates that are finite in both. */
  readonly coordinates: number;
  /** 1 − cos² of the angle between both, over all common coordinates; exactly 0 where the numbers are the same. */
  readonly sineSquare: number;
  /** Centred correlation; null where one of both is constant. */
  readonly correlation: number | null;
  /** Inner product over all common coordinates. */
  readonly product: number;
  /** All numbers are the same. */
  readonly same: boolean;
}

/**
 * The tensors of two models: angle and correlation over the coordinates that are finite in both. Left out are those without
 * any, and those that are one and the same constant in both, which says nothing about kinship.
 */
export function compareTensors(pair: TablePair): TensorComparison[] {
  const tensors: TensorComparison[] = [];
  pair.p.places.forEach((place, at) => {
    const tensor = compareTensor(pair, place, at);
    if (tensor.coordinates > 0 && (tensor.correlation !== null || !tensor.same)) tensors.push(tensor);
  });
  return tensors;
}

function compareTensor(pair: TablePair, place: TensorPlace, at: number): TensorComparison {
  const { p, q } = pair;
  const product = pair.products[at]!;
  const coordinates = p.finite[at]!;
  const [squaresP, squaresQ] = [p.squares[at]!, q.squares[at]!];
  const [sumP, sumQ] = [p.sums[at]!, q.sums[at]!];
  const spreadP = squaresP - (sumP * sumP) / coordinates;
  const spreadQ = squaresQ - (sumQ * sumQ) / coordinates;
  // One part in 10^12 of the squares is what rounding leaves of the spread of a constant.
  const isConstant = !(spreadP > 1e-12 * squaresP && spreadQ > 1e-12 * squaresQ);
  const covariance = product - (sumP * sumQ) / coordinates;
  const same = product === squaresP && product === squaresQ && areSame(pair, place);
  return {
    at,
    count: place.count,
    coordinates,
    sineSquare: same ? 0 : sineSquare(squaresP, squaresQ, product),
    correlation: isConstant ? null : covariance / Math.sqrt(spreadP * spreadQ),
    product,
    same,
  };
}

function areSame({ p, q }: TablePair, { begin, rows, columns }: TensorPlace): boolean {
  for (let i = begin, end = begin + rows * columns; i < end; i++)
    if (p.values[i] !== q.values[i]) return false;
  return true;
}

/** Where one of both is a constant, above all zero, it is a multiple of anything: no step from there tells who is near. */
const RIGHT_ANGLE = 0;

/** Logarithm of the size of the step from one tensor to the other: see {@link stepLogDeterminant}. */
export function logStep(pair: TablePair, tensor: TensorComparison, constants: Constants): number {
  if (tensor.correlation === null) return RIGHT_ANGLE;
  const isPlain = constants.distanceKind === 'plain';
  return isPlain ? plainLogStep(pair, tensor, constants) : stepLogDeterminant(pair, tensor, constants);
}

/**
 * ln(r + r0), r the mean square of the difference over that of the tensors: what the determinant would be if all directions
 * moved alike and on their own. Kept to show what the determinant gains.
 */
function plainLogStep(
  pair: TablePair,
  { at, product, same }: TensorComparison,
  constants: Constants,
): number {
  const squares = (pair.p.squares[at]! + pair.q.squares[at]!) / 2;
  const relative = squares === 0 || same ? 0 : Math.max(0, 2 * squares - 2 * product) / squares;
  return Math.log(relative + stepFloor(pair, at, constants));
}

/**
 * D: the mean over tensors of the logarithms of their steps, weighted by the square root of the tensors' sizes. The minimum spanning
 * tree of D is the most likely undirected tree when every edge is a matrix-normal step of unknown column covariance.
 */
export function treeDistance(
  pair: TablePair,
  tensors: readonly TensorComparison[],
  constants: Constants,
): number {
  return weightedMean(
    tensors,
    ({ count }) => Math.sqrt(count),
    (tensor) => logStep(pair, tensor, constants),
  );
}

/** d²: the mean over parameters of 1 − cos². It nearly adds up along the paths of a tree, and is the figure to show. */
export function squaredDistance(tensors: readonly Pick<TensorComparison, 'count' | 'sineSquare'>[]): number {
  return weightedMean(
    tensors,
    ({ count }) => count,
    (tensor) => tensor.sineSquare,
  );
}

function weightedMean<Tensor>(
  tensors: readonly Tensor[],
  weightOf: (tensor: Tensor) => number,
  figureOf: (tensor: Tensor) => number,
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
