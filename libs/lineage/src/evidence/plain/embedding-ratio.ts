// Typed arrays are read with `!` here: every index comes from a list of rows that both models have.
import { commonRows } from '../embedding-rows';
import type { EmbeddingObservation } from '../observation';
import type { PlainConstants } from './constants';
import { ratioOf, twoAnswers } from './growth';
import { lineVariance } from './lines';

/** L over the token-embedding rows whose norm changed at all, their variance taken as known; 0 where there are too few. */
export function plainEmbeddingRatio(
  a: EmbeddingObservation | null,
  b: EmbeddingObservation | null,
  constants: PlainConstants,
): number {
  if (a === null || b === null || a.width !== b.width || a.columns !== b.columns) return 0;
  const rows = commonRows(a, b);
  const moved = Array.from(rows.growth.keys()).filter((i) => rows.growth[i] !== 0);
  if (moved.length < constants.rowsMin) return 0;
  const roundingSquare = a.rounding ** 2 + b.rounding ** 2;
  const turn = Float64Array.from(moved, (i) => Math.max(rows.turn[i]!, constants.turnMin));
  const growth = Float64Array.from(moved, (i) => rows.growth[i]!);
  const variance = turn.map((x) => lineVariance(x, a.width, constants) + roundingSquare / 3 / a.width);
  return ratioOf(twoAnswers({ turn, growth, variance, sideEnds: [] }, constants), moved.length);
}
