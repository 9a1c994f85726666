// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { TensorPair } from './observation';

/** How two models relate whose numbers may differ by their format alone. */
export interface CastEvidence {
  /** Every finite number of one is the other's, rounded to the coarser format. */
  readonly sameNumbers: boolean;
  /** 1: the second is the narrower and lost digits, so it was made from the first. −1: the reverse. 0: neither lost any. */
  readonly lostBy: -1 | 0 | 1;
}

/**
 * Is one the other, rounded (DESIGN 3.5)? The direction is sure only where rounding lost something: a wide file whose
 * numbers all fit the narrow format may be either the source or a widened copy.
 */
export function measureCast(pairs: readonly TensorPair[]): CastEvidence {
  let lost = 0;
  for (const { a, b, coarseA: p, coarseB: q } of pairs) {
    for (let i = 0; i < p.length; i++) {
      const difference = p[i]! - q[i]!;
      if (difference - difference !== 0) continue; // not finite
      if (difference !== 0) return { sameNumbers: false, lostBy: 0 };
      if (a.values[i] !== p[i]) lost++;
      if (b.values[i] !== q[i]) lost--;
    }
  }
  return { sameNumbers: pairs.length > 0, lostBy: lost > 0 ? 1 : lost < 0 ? -1 : 0 };
}
