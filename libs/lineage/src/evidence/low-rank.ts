// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { Constants } from './constants';
import { type LowRankBlock, type Observation, pairTensors, type TensorObservation } from './observation';
import { singularValuesAbove } from './singular-values';
import { factsOf } from './tensor-facts';

/** How many independent directions a training moved the weights in. */
export interface ChangeRank {
  /** Largest numerical rank of a tensor's change, of the tensors that changed. */
  readonly rank: number;
  /** Rank that the same block could have. */
  readonly fullRank: number;
  /** Tensors whose rank could be told, and how many of them changed at all. */
  readonly tensors: number;
  readonly changed: number;
}

/** Singular values of rounding noise stay under this many times their expected largest. */
const NOISE_MARGIN = 1.2;

/** Larger matrices are looked at through a block of this side: rank up to it is kept. */
const BLOCK_SIDE = 48;

/** The largest singular value that rounding both models may give a `rows × columns` block of their difference. */
export function roundingTolerance(
  a: TensorObservation,
  b: TensorObservation,
  rows: number,
  columns: number,
): number {
  const variance = factsOf(a).roundingVariance + factsOf(b).roundingVariance;
  return NOISE_MARGIN * Math.sqrt(variance) * (Math.sqrt(rows) + Math.sqrt(columns));
}

/**
 * The rank of what changed between two models, from whole matrices or from the low-rank blocks of sketches (a block is
 * linear in the weights, so the difference of blocks is the block of the difference). Null where neither is there, and where a
 * tensor shows that the change is not low-rank: more than `shareMax` of full rank.
 * Files in half precision make every change full rank, so singular values count only above the noise of rounding.
 */
export function rankOfChange(a: Observation, b: Observation, shareMax = 1): ChangeRank | null {
  const blocksOfA = new Map(a.lowRank?.map((block) => [block.name, block]));
  const blocksOfB = new Map(b.lowRank?.map((block) => [block.name, block]));
  let best: ChangeRank = { rank: 0, fullRank: 0, tensors: 0, changed: 0 };
  for (const pair of pairTensors(a, b)) {
    const blockA = blocksOfA.get(pair.a.name);
    const blockB = blocksOfB.get(pair.a.name);
    const found =
      blockA !== undefined && blockB !== undefined
        ? rankOfBlocks(blockA, blockB)
        : pair.a.complete
          ? rankOfMatrices(pair.a, pair.b)
          : null;
    if (found === null) continue;
    if (found.rank > shareMax * found.fullRank) return null;
    const higher = found.rank / found.fullRank > best.rank / Math.max(1, best.fullRank);
    const { rank, fullRank } = higher || best.fullRank === 0 ? found : best;
    best = { rank, fullRank, tensors: best.tensors + 1, changed: best.changed + (found.rank > 0 ? 1 : 0) };
  }
  return best.tensors === 0 ? null : best;
}

/** Few directions in every tensor that changed: a low-rank adapter was merged in. Null where it is anything else. */
export function lowRankChange(
  a: Observation,
  b: Observation,
  { lowRankShareMax }: Constants,
): ChangeRank | null {
  const change = rankOfChange(a, b, lowRankShareMax);
  return change === null || change.rank === 0 ? null : change;
}

interface BlockRank {
  readonly rank: number;
  readonly fullRank: number;
}

function rankOfBlocks(p: LowRankBlock, q: LowRankBlock): BlockRank | null {
  const side = Math.round(Math.sqrt(p.values.length));
  if (side * side !== p.values.length || p.values.length !== q.values.length || p.rows !== q.rows)
    return null;
  const difference = new Float64Array(p.values.length);
  for (let i = 0; i < difference.length; i++) difference[i] = q.values[i]! - p.values[i]!;
  const tolerance = NOISE_MARGIN * Math.sqrt(p.noise + q.noise) * 2 * Math.sqrt(side);
  return { rank: singularValuesAbove(difference, side, side, tolerance), fullRank: Math.min(side, p.rows) };
}

/** Whole matrices; of large ones the first rows and columns, which have the rank of the whole up to their own size. */
function rankOfMatrices(a: TensorObservation, b: TensorObservation): BlockRank {
  const rows = Math.min(a.rows, BLOCK_SIDE);
  const columns = Math.min(a.columns, BLOCK_SIDE);
  const difference = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const i = row * a.columns + column;
      const change = a.values[i]! - b.values[i]!;
      difference[row * columns + column] = Number.isFinite(change) ? change : 0;
    }
  }
  return {
    rank: singularValuesAbove(difference, rows, columns, roundingTolerance(a, b, rows, columns)),
    fullRank: Math.min(rows, columns),
  };
}
