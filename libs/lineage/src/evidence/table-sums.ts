// Typed arrays are read with `!` here: every index is bounded by a tensor's place.
import { naturalLog } from './natural-log';
import type { Numbers } from './observation';
import type { TensorPlace } from './sample-table';

/** What the tensors of a table tell by themselves. */
export interface Sums {
  readonly isFinite: boolean;
  /** By tensor: how many numbers are finite, their sum, and their squares row by row. */
  readonly finite: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

export function plainSums(values: Numbers, places: readonly TensorPlace[]): Sums {
  const finite = new Float64Array(places.length);
  const sums = new Float64Array(places.length);
  const squares = new Float64Array(places.length);
  let isFinite = true;
  places.forEach(({ begin, rows, columns }, t) => {
    let sum = 0;
    let missing = 0;
    // Even rows and odd ones apart: the order of all sums over rows.
    let squaresOfEven = 0;
    let squaresOfOdd = 0;
    for (let row = 0, i = begin; row < rows; row++) {
      let square = 0;
      for (const end = i + columns; i < end; i++) {
        const value = values[i]!;
        square += value * value;
        // x - x is zero for finite numbers alone.
        if (value - value === 0) sum += value;
        else missing++;
      }
      if (row % 2 === 0) squaresOfEven += square;
      else squaresOfOdd += square;
    }
    squares[t] = squaresOfEven + squaresOfOdd;
    finite[t] = rows * columns - missing;
    sums[t] = sum;
    isFinite &&= missing === 0;
  });
  return { isFinite, finite, sums, squares };
}

/** Keeps logarithms and ratios of zero rows finite; far below any square that a float16 can hold. */
export const NOTHING = 1e-30;

/** ln of the mean square over a whole row. */
export function rowLog(meanSquare: number): number {
  return meanSquare >= 0 && meanSquare < Infinity ? naturalLog(meanSquare + NOTHING) : NaN;
}
