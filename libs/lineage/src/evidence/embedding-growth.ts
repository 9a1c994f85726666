// Typed arrays are read with `!` here: every index comes from a list of rows that both models have.
import type { Constants } from './constants';
import { median, ratioOf, twoAnswers } from './growth';
import { lineVariance, logRatio, turnOf } from './lines';
import type { EmbeddingObservation, Numbers } from './observation';

/** What the token embeddings of two models say (DESIGN 3.5). Zeros where a model has none or no row moved. */
export interface EmbeddingGrowth {
  /** L over the rows that changed; a row that did not turn counts by its shrink alone. */
  readonly ratio: number;
  /** ln of the common growth, second over first, of the rows that did not turn; 0 where there is no certificate. */
  readonly commonShrink: number;
  /** Log-likelihood ratio of that certificate: half its squared z, with the sign of the direction. */
  readonly shrinkRatio: number;
  /** Rows that are equal up to the common factor, of the rows compared: how much of its parent a child still has. */
  readonly sharedRows: number;
  readonly comparedRows: number;
}

const SILENT: EmbeddingGrowth = { ratio: 0, commonShrink: 0, shrinkRatio: 0, sharedRows: 0, comparedRows: 0 };

interface RowPoints {
  readonly turn: Float64Array;
  readonly growth: Float64Array;
}

/**
 * Token-embedding rows tell more than matrices: a token that the training never saw gets no gradient, so its row does not
 * turn, and under weight decay all such rows shrink by one factor. Decay only shrinks: the smaller model is the child.
 */
export function measureEmbedding(
  a: EmbeddingObservation | null,
  b: EmbeddingObservation | null,
  constants: Constants,
): EmbeddingGrowth {
  if (a === null || b === null || a.width !== b.width || a.columns !== b.columns) return SILENT;
  const points = commonRows(a, b);
  if (points.turn.length < constants.rowsMin) return SILENT;
  // Rounding turns every number by up to ε of itself, independently in both models.
  const roundingSquare = a.rounding ** 2 + b.rounding ** 2;
  return {
    ratio: embeddingRatio(points, a.width, roundingSquare, constants),
    ...commonShrink(points, a.width, roundingSquare, constants),
    comparedRows: points.turn.length,
  };
}

/** Rows under token ids that both have, with norms that are finite and not zero (a padding row never was anything). */
function commonRows(a: EmbeddingObservation, b: EmbeddingObservation): RowPoints {
  const rowOfB = new Map<number, number>();
  b.rowIds.forEach((id, row) => rowOfB.set(id, row));
  const turn = new Float64Array(a.rowIds.length);
  const growth = new Float64Array(a.rowIds.length);
  let count = 0;
  a.rowIds.forEach((id, rowA) => {
    const rowB = rowOfB.get(id);
    if (rowB === undefined) return;
    const x = turnOfRows(a.values, rowA * a.columns, b.values, rowB * b.columns, a.columns);
    const y = logRatio(a.rowMeanSquares[rowA]!, b.rowMeanSquares[rowB]!);
    if (x - x !== 0 || y - y !== 0) return;
    turn[count] = x;
    growth[count++] = y;
  });
  return { turn: turn.subarray(0, count), growth: growth.subarray(0, count) };
}

function turnOfRows(p: Numbers, beginP: number, q: Numbers, beginQ: number, length: number): number {
  let squaresP = 0;
  let squaresQ = 0;
  let product = 0;
  for (let i = 0; i < length; i++) {
    const u = p[beginP + i]!;
    const v = q[beginQ + i]!;
    squaresP += u * u;
    squaresQ += v * v;
    product += u * v;
  }
  return turnOf(squaresP, squaresQ, product);
}

/** L over the rows whose norm changed at all; their variance is known, so it needs no scale of its own. */
function embeddingRatio(
  points: RowPoints,
  width: number,
  roundingSquare: number,
  constants: Constants,
): number {
  const moved = Array.from(points.growth.keys()).filter((i) => points.growth[i] !== 0);
  if (moved.length < constants.rowsMin) return 0;
  const turn = Float64Array.from(moved, (i) => Math.max(points.turn[i]!, constants.turnMin));
  const growth = Float64Array.from(moved, (i) => points.growth[i]!);
  const variance = turn.map((x) => lineVariance(x, width, constants) + roundingSquare / 3 / width);
  return ratioOf(twoAnswers({ turn, growth, variance, sideEnds: [] }, constants), moved.length);
}

/**
 * The certificate: rows that did not turn, grown by one common factor other than 1. It stands where the factor is many
 * standard errors from 1 **and** common, that is larger than its own scatter from row to row.
 */
function commonShrink(
  { turn, growth }: RowPoints,
  width: number,
  roundingSquare: number,
  constants: Constants,
): Pick<EmbeddingGrowth, 'commonShrink' | 'shrinkRatio' | 'sharedRows'> {
  const untouchedMax = constants.turnMin + (constants.untouchedTurn * roundingSquare) / 3;
  const untouched = growth.filter((_, i) => turn[i]! <= untouchedMax);
  if (untouched.length < constants.untouchedRowsMin)
    return { commonShrink: 0, shrinkRatio: 0, sharedRows: 0 };
  const centre = median(untouched.slice());
  const scatter = 1.48 * median(untouched.map((y) => Math.abs(y - centre)));
  const noise = Math.max(scatter, Math.sqrt((4 * roundingSquare) / 3 / width));
  const sharedRows = untouched.filter((y) => Math.abs(y - centre) <= 4 * noise).length;
  const z = Math.abs(centre) / (noise / Math.sqrt(untouched.length));
  if (z < constants.shrinkZMin || Math.abs(centre) < 2 * scatter)
    return { commonShrink: 0, shrinkRatio: 0, sharedRows };
  return { commonShrink: centre, shrinkRatio: (-Math.sign(centre) * z * z) / 2, sharedRows };
}
