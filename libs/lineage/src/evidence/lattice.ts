// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { Constants } from './constants';
import { logRatio } from './lines';
import type { TensorPair } from './observation';
import { type DistinctSizes, distinctSizes, factsOf, someRows } from './tensor-facts';

export interface LatticeEvidence {
  /** Log-likelihood ratio of "the second was quantised from the first" (positive) over the reverse. */
  readonly ratio: number;
  /** ln of the share of distinct values in a row of the second, over that of the first, at the same coordinates. */
  readonly distinct: number;
}

/** Per coordinate: what a uniform density on its cell gains over the normal one of the same variance. */
const UNIFORM_GAIN = 0.5 * Math.log((2 * Math.PI * Math.E) / 12);

/** Differences of a row fewer than this have no kurtosis to speak of. */
const DIFFERENCES_MIN = 8;

/**
 * A quantised model has few distinct values per row, and kin of one number format have equally many: the format's own
 * grid cancels out between them. Which of both is the child shows in the difference: rounding to a lattice is uniform on
 * its cells (kurtosis 1.8), while training a quantised model adds updates with the kurtosis of a normal variable or more.
 */
export function measureLattice(pairs: readonly TensorPair[], constants: Constants): LatticeEvidence {
  const a = { distinct: 0, values: 0 };
  const b = { distinct: 0, values: 0 };
  for (const pair of pairs) {
    addSizes(
      a,
      pair.coarseA === pair.a.values ? factsOf(pair.a).distinct : distinctSizes(pair.coarseA, pair.a),
    );
    addSizes(
      b,
      pair.coarseB === pair.b.values ? factsOf(pair.b).distinct : distinctSizes(pair.coarseB, pair.b),
    );
  }
  if (a.values === 0 || b.values === 0) return { ratio: 0, distinct: 0 };
  const distinct = logRatio(a.distinct / a.values, b.distinct / b.values);
  if (Math.abs(distinct) < -Math.log(constants.latticeShareMax)) return { ratio: 0, distinct };
  const { kurtosis, coordinates } = differencesOf(pairs);
  const rounded = kurtosis < constants.latticeKurtosisMax;
  const quantised = distinct < 0 === rounded ? 1 : -1;
  return { ratio: quantised * UNIFORM_GAIN * coordinates, distinct };
}

function addSizes(sum: { distinct: number; values: number }, { distinct, values }: DistinctSizes): void {
  sum.distinct += distinct;
  sum.values += values;
}

/** Mean kurtosis over rows, each with its own scale, and the coordinates that differ in these rows. */
function differencesOf(pairs: readonly TensorPair[]): { kurtosis: number; coordinates: number } {
  let rows = 0;
  let kurtosis = 0;
  let coordinates = 0;
  for (const { a, b } of pairs) {
    for (const [begin, end] of someRows(a)) {
      let moved = 0;
      let second = 0;
      let fourth = 0;
      for (let i = begin; i < end; i++) {
        const square = (a.values[i]! - b.values[i]!) ** 2;
        if (!(square > 0 && square < Infinity)) continue;
        moved++;
        second += square;
        fourth += square * square;
      }
      if (moved < DIFFERENCES_MIN) continue;
      rows++;
      kurtosis += (fourth * moved) / (second * second);
      coordinates += moved;
    }
  }
  return { kurtosis: rows === 0 ? Infinity : kurtosis / rows, coordinates };
}
