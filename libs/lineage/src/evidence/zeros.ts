// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { Constants } from './constants';
import type { TensorPair } from './observation';
import { zerosOf } from './tensor-facts';

export interface ZeroEvidence {
  /** Log-likelihood ratio of "the second was pruned from the first" (positive) or the reverse (negative) over neither. */
  readonly ratio: number;
  /** Share of the coordinates that only the second (where positive) or only the first has at exactly zero. */
  readonly share: number;
}

/** Squares at the coordinates where one tensor is zero and the other is not. */
interface OneSided {
  count: number;
  squares: number;
  largest: number;
}

/**
 * Exact zeros that only one of two kin has. If it was pruned from the other, or from a descendant of it, the other's
 * weights there are spread evenly up to the pruning threshold. If instead the other was trained from the pruned one, what
 * it has there are its updates, as large as the differences elsewhere. The ratio of both densities is the evidence where
 * it speaks for pruning; where it does not, the threshold may just have been small, and nothing is claimed.
 */
export function measureZeros(pairs: readonly TensorPair[], constants: Constants): ZeroEvidence {
  let ratio = 0;
  let zerosOfA = 0;
  let zerosOfB = 0;
  let coordinates = 0;
  for (const pair of pairs) {
    coordinates += pair.a.values.length;
    const countMin = Math.max(1, constants.zeroShareMin * pair.a.values.length);
    if (Math.max(zerosOf(pair.a.values), zerosOf(pair.b.values)) < countMin) continue;
    const { onlyA, onlyB, updateVariance } = countZeros(pair);
    zerosOfA += onlyA.count;
    zerosOfB += onlyB.count;
    ratio += prunedRatio(onlyB, updateVariance, countMin) - prunedRatio(onlyA, updateVariance, countMin);
  }
  return { ratio, share: coordinates === 0 ? 0 : (zerosOfB - zerosOfA) / coordinates };
}

function countZeros({ a, b }: TensorPair): { onlyA: OneSided; onlyB: OneSided; updateVariance: number } {
  const onlyA: OneSided = { count: 0, squares: 0, largest: 0 };
  const onlyB: OneSided = { count: 0, squares: 0, largest: 0 };
  let updates = 0;
  let updateSquares = 0;
  let squares = 0;
  for (let i = 0; i < a.values.length; i++) {
    const p = a.values[i]!;
    const q = b.values[i]!;
    if (p - q - (p - q) !== 0) continue; // not finite
    squares += p * p + q * q;
    if (p !== 0 && q !== 0) {
      updates++;
      updateSquares += (p - q) ** 2;
    } else if (p !== q) {
      const side = q === 0 ? onlyB : onlyA;
      const size = Math.abs(p + q);
      side.count++;
      side.squares += size * size;
      side.largest = Math.max(side.largest, size);
    }
  }
  // Where nothing else moved the updates are none, as far as a float32 could tell.
  const floor = (2 ** -24 * squares) / Math.max(1, a.values.length) / 1e3;
  return { onlyA, onlyB, updateVariance: Math.max(updates === 0 ? 0 : updateSquares / updates, floor) };
}

/** Uniform on ± the largest over normal with the variance of the updates, for the zeros of one side; at least 0. */
function prunedRatio(
  { count, squares, largest }: OneSided,
  updateVariance: number,
  countMin: number,
): number {
  if (count < countMin) return 0;
  const perZero = 0.5 * Math.log(2 * Math.PI * updateVariance) - Math.log(2 * largest);
  return Math.max(0, count * perZero + squares / (2 * updateVariance));
}
