// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import { meanRoundingVariance } from './number-format';
import type { Numbers, TensorMoments, TensorObservation } from './observation';

/** What one tensor tells without another, each figure from when it is first asked for. */
export class TensorFacts {
  #counts: Counts | null = null;
  #roundingVariance: number | null = null;
  #distinct: DistinctSizes | null = null;
  #moments: TensorMoments | null | undefined;

  constructor(private readonly tensor: TensorObservation) {}

  /** Values that are finite, those of them that are exactly zero, and the mean square of all of them. */
  get finite(): number {
    return this.#counted.finite;
  }

  get zeros(): number {
    return this.#counted.zeros;
  }

  get meanSquare(): number {
    return this.#counted.meanSquare;
  }

  /** Mean variance of what rounding did to the values. */
  get roundingVariance(): number {
    const { values, rounding } = this.tensor;
    this.#roundingVariance ??= meanRoundingVariance(values, rounding);
    return this.#roundingVariance;
  }

  get distinct(): DistinctSizes {
    this.#distinct ??= distinctSizes(this.tensor.values, this.tensor);
    return this.#distinct;
  }

  /** Of all that was read of the tensor, where that is known. */
  get moments(): TensorMoments | null {
    const { complete, values } = this.tensor;
    if (this.#moments === undefined)
      this.#moments = givenMoments(this.tensor) ?? (complete ? momentsOf(values) : null);
    return this.#moments;
  }

  get #counted(): Counts {
    this.#counts ??= countsOf(this.tensor.values);
    return this.#counts;
  }
}

/** Rows in which distinct values are counted: a value lattice shows in each. */
const ROWS_MAX = 32;

/** Memo of a pure function: observations are never changed. */
const known = new WeakMap<TensorObservation, TensorFacts>();

export function factsOf(tensor: TensorObservation): TensorFacts {
  const before = known.get(tensor);
  if (before !== undefined) return before;
  const facts = new TensorFacts(tensor);
  known.set(tensor, facts);
  return facts;
}

interface Counts {
  readonly finite: number;
  readonly zeros: number;
  readonly meanSquare: number;
}

function countsOf(values: Numbers): Counts {
  let [finite, zeros, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) continue;
    finite++;
    squares += value * value;
    if (value === 0) zeros++;
  }
  return { finite, zeros, meanSquare: squares / Math.max(1, finite) };
}

function givenMoments({
  mean,
  variance,
  thirdMoment,
  fourthMoment,
}: TensorObservation): TensorMoments | null {
  if (mean === undefined || variance === undefined) return null;
  if (thirdMoment === undefined || fourthMoment === undefined) return null;
  return { mean, variance, thirdMoment, fourthMoment };
}

/** First and last coordinate, exclusive, of at most {@link ROWS_MAX} rows spread evenly over the tensor. */
export function* someRows({ rows, columns }: TensorObservation): Generator<readonly [number, number]> {
  const step = Math.max(1, Math.ceil(rows / ROWS_MAX));
  for (let row = 0; row < rows; row += step) yield [row * columns, (row + 1) * columns];
}

/** How many different absolute values the looked-at rows have, each row for itself, of how many values. */
export interface DistinctSizes {
  readonly distinct: number;
  readonly values: number;
}

/** Zeros and values that are not finite are left out of both counts: pruning makes no lattice. */
export function distinctSizes(values: Numbers, tensor: TensorObservation): DistinctSizes {
  let distinct = 0;
  let counted = 0;
  const count = tensor.columns <= SHORT_ROW ? distinctOfFew : distinctOfMany;
  for (const [begin, end] of someRows(tensor)) {
    const row = count(values, begin, end);
    distinct += row.distinct;
    counted += row.values;
  }
  return { distinct, values: counted };
}

/** Sorting so many by insertion is faster than any set; sketches have rows like that by the thousand. */
const SHORT_ROW = 64;

const sorted = new Float64Array(SHORT_ROW);

function distinctOfFew(values: Numbers, begin: number, end: number): DistinctSizes {
  let length = 0;
  let counted = 0;
  for (let i = begin; i < end; i++) {
    const size = Math.abs(values[i]!);
    if (!(size > 0 && size < Infinity)) continue;
    counted++;
    let at = length;
    while (at > 0 && sorted[at - 1]! > size) at--;
    if (at > 0 && sorted[at - 1] === size) continue;
    for (let k = length; k > at; k--) sorted[k] = sorted[k - 1]!;
    sorted[at] = size;
    length++;
  }
  return { distinct: length, values: counted };
}

function distinctOfMany(values: Numbers, begin: number, end: number): DistinctSizes {
  const sizes = new Set<number>();
  let counted = 0;
  for (let i = begin; i < end; i++) {
    const size = Math.abs(values[i]!);
    if (!(size > 0 && size < Infinity)) continue;
    sizes.add(size);
    counted++;
  }
  return { distinct: sizes.size, values: counted };
}

/** Central moments of the numbers that are finite. */
export function momentsOf(values: Numbers): TensorMoments {
  let n = 0;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    n++;
    sum += values[i]!;
  }
  const mean = n === 0 ? 0 : sum / n;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < values.length; i++) {
    const deviation = values[i]! - mean;
    if (!Number.isFinite(deviation)) continue;
    const square = deviation * deviation;
    second += square;
    third += square * deviation;
    fourth += square * square;
  }
  const count = Math.max(1, n);
  return { mean, variance: second / count, thirdMoment: third / count, fourthMoment: fourth / count };
}
