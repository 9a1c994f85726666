// Typed arrays are read with `!` here: every index is bounded by rows × columns.
import type { Constants } from './constants';
import type { CommonSums } from './distance';
import type { Numbers, TensorPair } from './observation';

/** Guards a division by the size of a tensor that is all zeros, far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/** A block of two tensors at its first columns. */
interface Block {
  readonly rows: number;
  /** Numbers from one row to the next. */
  readonly stride: number;
  readonly columns: number;
  /** One over the root mean square of both tensors. */
  readonly perUnit: number;
  readonly floor: number;
}

/** r0: the relative square up to which a tensor counts as not moved. */
export function stepFloor({ a, b }: TensorPair, { distanceFloorMin }: Constants): number {
  return Math.max(distanceFloorMin, Math.max(a.rounding, b.rounding) ** 2);
}

/**
 * ln det(M + r0·1) / c for the c × c second moments M of the step from one tensor to the other, at its first c columns.
 *
 * Up to a factor it is the log-likelihood of a step whose rows are independent with one unknown covariance over columns (a
 * matrix-normal step, Dawid 1981). An update is a sum of gradients times inputs, and all trainings of one base see mostly the
 * same few input directions: a plain distance measures how two siblings' updates happen to agree there. The determinant
 * weighs all directions alike, and a step of low rank shows as r0 in the others.
 *
 * The step is b − g·a with the best common factor g, so that weight decay is no distance. Both models are tried as the base
 * and the smaller answer counts: only from the base is what remains as low in rank as the training was.
 */
export function stepLogDeterminant(pair: TensorPair, sums: CommonSums, constants: Constants): number {
  const { a, coarseA, coarseB } = pair;
  const floor = stepFloor(pair, constants);
  if (sums.same) return Math.log(floor);
  const halfOfRows = Math.max(1, Math.floor(a.rows / 2));
  const block: Block = {
    rows: a.rows,
    stride: a.columns,
    columns: Math.min(constants.distanceColumnsMax, a.columns, halfOfRows),
    perUnit: 1 / Math.max(NOTHING, Math.sqrt((sums.squaresP + sums.squaresQ) / 2 / sums.count)),
    floor,
  };
  const fromA = sums.product / Math.max(NOTHING, sums.squaresP);
  const fromB = sums.product / Math.max(NOTHING, sums.squaresQ);
  return Math.min(
    logDeterminant(secondMoments(coarseA, coarseB, fromA, block), block),
    logDeterminant(secondMoments(coarseB, coarseA, fromB, block), block),
  );
}

/** Lower triangle of Z'Z / rows + r0·1 for Z = (target − factor · base) / unit. */
function secondMoments(base: Numbers, target: Numbers, factor: number, block: Block): Float64Array {
  const { rows, columns, floor } = block;
  const step = stepByColumns(base, target, factor, block);
  const moments = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let p = i * rows, q = k * rows, end = p + rows; p < end; p++, q++) sum += step[p]! * step[q]!;
      moments[i * columns + k] = sum / rows + (i === k ? floor : 0);
    }
  }
  return moments;
}

/** Z column by column; numbers that are not finite did not move. */
function stepByColumns(base: Numbers, target: Numbers, factor: number, block: Block): Float64Array {
  const { rows, stride, columns, perUnit } = block;
  const step = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0, at = row * stride; column < columns; column++, at++) {
      const change = (target[at]! - factor * base[at]!) * perUnit;
      step[column * rows + row] = change - change === 0 ? change : 0;
    }
  }
  return step;
}

/** Mean over columns of ln det, by Cholesky's decomposition in place. No pivot can be under r0 but by rounding. */
function logDeterminant(matrix: Float64Array, { columns, floor }: Block): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) {
    for (let k = 0; k <= i; k++) {
      let rest = matrix[i * columns + k]!;
      for (let j = 0; j < k; j++) rest -= matrix[i * columns + j]! * matrix[k * columns + j]!;
      if (k < i) matrix[i * columns + k] = rest / matrix[k * columns + k]!;
      else {
        const pivot = Math.max(floor, rest);
        matrix[i * columns + i] = Math.sqrt(pivot);
        sum += Math.log(pivot);
      }
    }
  }
  return sum / columns;
}
