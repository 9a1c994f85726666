// Typed arrays are read with `!` here: every index is bounded by the matrix' own size.
import { Matrix, SVD } from 'ml-matrix';
import type { Numbers } from './observation';

/** Below this share of the whole, squares have lost what there is to tell. */
const SQUARES_TELL = 1e-6;

/**
 * Number of singular values of a matrix (row by row) above the tolerance. They are the roots of the eigenvalues of its second
 * moments, and how many of those are above a bound shows without computing any: a hundredth of a decomposition's work.
 */
export function singularValuesAbove(
  values: Numbers,
  rows: number,
  columns: number,
  tolerance: number,
): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  if (squares === 0) return 0;
  const size = Math.sqrt(squares);
  const side = Math.min(rows, columns);
  if (Number.isFinite(squares)) {
    const bound = Math.max(tolerance / size, SQUARES_TELL);
    const { diagonal, next } = tridiagonal(secondMoments(values, rows, columns, size), side);
    const count = side - eigenvaluesUpTo(bound ** 2, diagonal, next);
    // Where all of them are above a higher bound, they are above the lower one.
    if (count === side || tolerance / size >= SQUARES_TELL) return count;
  }
  return decomposed(values, rows, columns).filter((value) => value > tolerance).length;
}

function decomposed(values: Numbers, rows: number, columns: number): number[] {
  const matrix = Matrix.from1DArray(rows, columns, Array.from(values));
  const { diagonal } = new SVD(matrix, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  return diagonal;
}

/** Products of the rows with each other, or of the columns where these are fewer, of the matrix over `size`. */
function secondMoments(values: Numbers, rows: number, columns: number, size: number): Float64Array {
  const [side, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const [step, along] = rows <= columns ? [columns, 1] : [1, columns];
  const moments = new Float64Array(side * side);
  for (let i = 0; i < side; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += values[i * step + j * along]! * values[k * step + j * along]!;
      moments[i * side + k] = sum / (size * size);
      moments[k * side + i] = moments[i * side + k]!;
    }
  }
  return moments;
}

/** A symmetric matrix as a tridiagonal one with the same eigenvalues (Householder), in place. */
function tridiagonal(matrix: Float64Array, side: number): { diagonal: Float64Array; next: Float64Array } {
  const next = new Float64Array(side);
  const mirror = new Float64Array(side);
  const image = new Float64Array(side);
  for (let step = 0; step < side - 2; step++) {
    const first = step + 1;
    let squares = 0;
    for (let i = first; i < side; i++) squares += matrix[i * side + step]! ** 2;
    const head = matrix[first * side + step]!;
    const length = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    next[step] = length;
    // |v|² / 2 of the mirror v that turns the column onto its first axis.
    const half = squares - head * length;
    if (half <= 0) continue;
    for (let i = first; i < side; i++) mirror[i] = matrix[i * side + step]!;
    mirror[first] = head - length;
    reflect(matrix, side, first, mirror, image, half);
  }
  if (side > 1) next[side - 2] = matrix[(side - 1) * side + side - 2]!;
  return { diagonal: Float64Array.from({ length: side }, (_, i) => matrix[i * side + i]!), next };
}

/** Both sides of the lower right block are mirrored: A − v w' − w v' with w = p − (v'p / 2h) v, p = A v / h. */
function reflect(
  matrix: Float64Array,
  side: number,
  first: number,
  mirror: Float64Array,
  image: Float64Array,
  half: number,
): void {
  let overlap = 0;
  for (let i = first; i < side; i++) {
    let sum = 0;
    for (let k = first; k < side; k++) sum += matrix[i * side + k]! * mirror[k]!;
    image[i] = sum / half;
    overlap += mirror[i]! * image[i]!;
  }
  const share = overlap / (2 * half);
  for (let i = first; i < side; i++) image[i]! -= share * mirror[i]!;
  for (let i = first; i < side; i++) {
    for (let k = first; k < side; k++)
      matrix[i * side + k]! -= mirror[i]! * image[k]! + image[i]! * mirror[k]!;
  }
}

/** How many eigenvalues a tridiagonal matrix has up to a bound: the negative pivots of what is left above it (Sturm). */
function eigenvaluesUpTo(bound: number, diagonal: Float64Array, next: Float64Array): number {
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const before = i === 0 ? 0 : next[i - 1]! ** 2 / pivot;
    pivot = diagonal[i]! - bound - before;
    if (pivot === 0) pivot = -Number.MIN_VALUE;
    if (pivot < 0) count++;
  }
  return count;
}
