// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import type { Constants } from './constants';
import type { Numbers, TensorPair } from './observation';
import { someRows } from './tensor-facts';

/** Per coordinate: what a uniform density on its cell gains over the normal one of the same variance. */
const UNIFORM_GAIN = 0.5 * Math.log((2 * Math.PI * Math.E) / 12);

/** Differences of a row fewer than this have no kurtosis to speak of. */
const DIFFERENCES_MIN = 8;

/** Differences of this share of the lattice's step are not rounding errors, which are at 1/√12 = 0.29 of it. */
const NEAR_LATTICE = 0.2;

/**
 * A quantised model has few distinct values per row, and kin of one number format have equally many: the format's own
 * grid cancels out between them.
 *
 * @param distinct ln of the share of distinct values in a row of the second model, over that of the first
 */
export function isLatticePossible(distinct: number, { latticeShareMax }: Constants): boolean {
  return Math.abs(distinct) >= -Math.log(latticeShareMax);
}

/**
 * Log-likelihood ratio of "the second was quantised from the first" (positive) over the reverse, where one lies on a lattice.
 * What came before what shows in the difference. Rounding to a lattice is uniform on its cells (kurtosis 1.8): the model on the
 * lattice is the child. Weights that all lie next to lattice points were trained from there: it is the parent. Anything else,
 * such as a grandparent of the quantised model, is no evidence.
 */
export function measureLattice(pairs: readonly TensorPair[], distinct: number, constants: Constants): number {
  const { kurtosis, nearness, coordinates } = differencesOf(pairs, distinct < 0);
  const made = kurtosis < constants.latticeKurtosisMax ? 1 : nearness < NEAR_LATTICE ? -1 : 0;
  return made === 0 ? 0 : Math.sign(-distinct) * made * UNIFORM_GAIN * coordinates;
}

interface Differences {
  /** Mean over rows of the kurtosis, each row with its own scale. */
  readonly kurtosis: number;
  /** Mean over rows of the root mean square in steps of the lattice. */
  readonly nearness: number;
  /** Coordinates that differ in these rows. */
  readonly coordinates: number;
}

function differencesOf(pairs: readonly TensorPair[], latticeIsB: boolean): Differences {
  let rows = 0;
  let kurtosis = 0;
  let nearness = 0;
  let coordinates = 0;
  for (const { a, b } of pairs) {
    for (const [begin, end] of someRows(a)) {
      const { moved, second, fourth } = rowMoments(a.values, b.values, begin, end);
      if (moved < DIFFERENCES_MIN) continue;
      rows++;
      kurtosis += (fourth * moved) / (second * second);
      nearness += Math.sqrt(second / moved) / stepOf(latticeIsB ? b.values : a.values, begin, end);
      coordinates += moved;
    }
  }
  return { kurtosis: kurtosis / rows, nearness: nearness / rows, coordinates };
}

/** Sums of the second and fourth powers of a row's differences that are finite and not zero. */
function rowMoments(
  p: Numbers,
  q: Numbers,
  begin: number,
  end: number,
): { moved: number; second: number; fourth: number } {
  let moved = 0;
  let second = 0;
  let fourth = 0;
  for (let i = begin; i < end; i++) {
    const square = (p[i]! - q[i]!) ** 2;
    if (!(square > 0 && square < Infinity)) continue;
    moved++;
    second += square;
    fourth += square * square;
  }
  return { moved, second, fourth };
}

/** Smallest gap between the absolute values of a row: the lattice's step, or less where groups have lattices of their own. */
function stepOf(values: Numbers, begin: number, end: number): number {
  const sizes = Float64Array.from(values.subarray(begin, end), Math.abs).sort();
  let step = Infinity;
  for (let i = 1; i < sizes.length; i++) {
    const gap = sizes[i]! - sizes[i - 1]!;
    if (gap > 0 && gap < step) step = gap;
  }
  return step;
}
