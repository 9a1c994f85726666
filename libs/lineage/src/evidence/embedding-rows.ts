// Typed arrays are read with `!` here: every index comes from a list of rows that both models have.
import { growthOf } from './growth-rows';
import type { EmbeddingObservation } from './observation';
import { sineSquare, turnOf } from './turn';

/** Token-embedding rows that two models have in common, in the order of the first. */
export interface EmbeddingRows {
  readonly turn: Float64Array;
  readonly growth: Float64Array;
  /** Mean square of what remains of a row once both are scaled to one norm, over the mean of both mean squares. */
  readonly residual: Float64Array;
}

/** Keeps ratios of zero rows finite; far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/** Rows under token ids that both have and whose numbers are finite. */
export function commonRows(a: EmbeddingObservation, b: EmbeddingObservation): EmbeddingRows {
  const rowOfB = rowsByToken(a, b);
  const turn = new Float64Array(a.rowIds.length);
  const growth = new Float64Array(a.rowIds.length);
  const residual = new Float64Array(a.rowIds.length);
  let count = 0;
  for (let row = 0; row < a.rowIds.length; row++) {
    const partner = rowOfB(row);
    const point = partner === undefined ? null : compareRows(a, row, b, partner);
    if (point === null) continue;
    turn[count] = point.turn;
    growth[count] = point.growth;
    residual[count++] = point.residual;
  }
  return {
    turn: turn.subarray(0, count),
    growth: growth.subarray(0, count),
    residual: residual.subarray(0, count),
  };
}

/** The row of `b` that has the token of a row of `a`. Models of one vocabulary mostly have the same tokens in one order. */
function rowsByToken(
  a: EmbeddingObservation,
  b: EmbeddingObservation,
): (rowOfA: number) => number | undefined {
  const isSame =
    a.rowIds.length === b.rowIds.length && a.rowIds.every((id: number, i: number) => id === b.rowIds[i]);
  if (isSame) return (row) => row;
  const rows = new Map<number, number>();
  b.rowIds.forEach((id: number, row: number) => rows.set(id, row));
  return (row) => rows.get(a.rowIds[row]!);
}

interface RowPoint {
  readonly turn: number;
  readonly growth: number;
  readonly residual: number;
}

/** Null where a number is not finite. */
function compareRows(
  a: EmbeddingObservation,
  rowA: number,
  b: EmbeddingObservation,
  rowB: number,
): RowPoint | null {
  const meanA = a.rowMeanSquares[rowA]! + NOTHING;
  const meanB = b.rowMeanSquares[rowB]! + NOTHING;
  // Each is scaled half of the way, so that the residual is the same, bit for bit, the other way round.
  const scaleA = Math.sqrt(Math.sqrt(meanB / meanA));
  const scaleB = Math.sqrt(Math.sqrt(meanA / meanB));
  const { columns } = a;
  let squaresA = 0;
  let squaresB = 0;
  let product = 0;
  let remaining = 0;
  for (let i = 0; i < columns; i++) {
    const u = a.values[rowA * columns + i]!;
    const v = b.values[rowB * columns + i]!;
    squaresA += u * u;
    squaresB += v * v;
    product += u * v;
    remaining += (scaleB * v - scaleA * u) ** 2;
  }
  const residual = remaining / columns / ((meanA + meanB) / 2);
  if (residual - residual !== 0) return null;
  return {
    turn: turnOf(sineSquare(squaresA, squaresB, product)),
    growth: growthOf(a.rowMeanSquares[rowA]!, b.rowMeanSquares[rowB]!),
    residual,
  };
}
