// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import { meanRoundingVariance } from './number-format';
import type { Numbers, TensorMoments, TensorObservation } from './observation';

/** What one tensor tells without another, each figure from when it is first asked for. */
export class TensorFacts {
  #meanSquare: number | null = null;
  #roundingVariance: number | null = null;
  #moments: TensorMoments | null | undefined;

  constructor(private readonly tensor: TensorObservation) {}

  /** Mean square of the finite values. */
  get meanSquare(): number {
    this.#meanSquare ??= meanSquareOf(this.tensor.values);
    return this.#meanSquare;
  }

  /** Mean variance of what rounding did to the values. */
  get roundingVariance(): number {
    const { values, rounding } = this.tensor;
    this.#roundingVariance ??= meanRoundingVariance(values, rounding);
    return this.#roundingVariance;
  }

  /** Of all that was read of the tensor, where that is known. */
  get moments(): TensorMoments | null {
    if (this.#moments === undefined) this.#moments = tensorMoments(this.tensor);
    return this.#moments;
  }
}

/** Rows of a tensor in which distinct values are counted: a value lattice shows in each. */
export const LOOKED_AT_MAX = 32;

/** Memo of a pure function: observations are never changed. */
const known = new WeakMap<TensorObservation, TensorFacts>();

export function factsOf(tensor: TensorObservation): TensorFacts {
  const before = known.get(tensor);
  if (before !== undefined) return before;
  const facts = new TensorFacts(tensor);
  known.set(tensor, facts);
  return facts;
}

/** Values that are exactly zero. */
export function zerosOf(values: Numbers): number {
  let zeros = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === 0) zeros++;
  return zeros;
}

function meanSquareOf(values: Numbers): number {
  let finite = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value - value !== 0) continue;
    finite++;
    squares += value * value;
  }
  return squares / Math.max(1, finite);
}

/** Of all that was read of the tensor, where that is known. */
export function tensorMoments(tensor: TensorObservation): TensorMoments | null {
  const { mean, variance, thirdMoment, fourthMoment } = tensor;
  const isGiven = mean !== undefined && variance !== undefined;
  if (isGiven && thirdMoment !== undefined && fourthMoment !== undefined)
    return { mean, variance, thirdMoment, fourthMoment };
  return tensor.complete ? momentsOf(tensor.values) : null;
}

/** First and last coordinate, exclusive, of at most {@link LOOKED_AT_MAX} rows spread evenly over the tensor. */
export function* someRows({ rows, columns }: TensorObservation): Generator<readonly [number, number]> {
  const step = Math.max(1, Math.ceil(rows / LOOKED_AT_MAX));
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
  const patterns =
    values instanceof Float32Array && tensor.columns <= SHORT_ROW
      ? new Int32Array(values.buffer, values.byteOffset, values.length)
      : null;
  for (const [begin, end] of someRows(tensor)) {
    const row = patterns === null ? distinctOf(values, begin, end) : distinctOfFew(patterns, begin, end);
    distinct += row.distinct;
    counted += row.values;
  }
  return { distinct, values: counted };
}

/** What other things than training leave on a model. */
export interface OwnMarks {
  /** Share of exact zeros in the tensor that has most of them. */
  readonly zeroShareMost: number;
  /** How many values the looked-at rows have that differ in size within their row, of how many. */
  readonly distinct: number;
  readonly values: number;
}

export function ownMarks(tensors: readonly TensorObservation[]): OwnMarks {
  let [zeroShareMost, distinct, values] = [0, 0, 0];
  for (const tensor of tensors) {
    zeroShareMost = Math.max(zeroShareMost, zerosOf(tensor.values) / tensor.values.length);
    const sizes = distinctSizes(tensor.values, tensor);
    distinct += sizes.distinct;
    values += sizes.values;
  }
  return { zeroShareMost, distinct, values };
}

/** Sketches have rows of up to so many numbers by the thousand. */
const SHORT_ROW = 128;

/** A table of twice as many slots, and the search in which each was written last, so that none has to be cleared. */
const SLOTS_LOG = 8;
const slots = new Int32Array(2 ** SLOTS_LOG);
const writtenIn = new Int32Array(2 ** SLOTS_LOG);
let search = 0;

/** Of numbers of 32 bits by their bit patterns. */
function distinctOfFew(patterns: Int32Array, begin: number, end: number): DistinctSizes {
  search = (search + 1) | 0;
  let distinct = 0;
  let counted = 0;
  for (let i = begin; i < end; i++) {
    const size = patterns[i]! & SIZE_BITS;
    if (size === 0 || size >= INFINITE) continue;
    counted++;
    let slot = Math.imul(size, 0x9e3779b1) >>> (32 - SLOTS_LOG);
    while (writtenIn[slot] === search && slots[slot] !== size) slot = (slot + 1) & (2 ** SLOTS_LOG - 1);
    if (writtenIn[slot] === search) continue;
    writtenIn[slot] = search;
    slots[slot] = size;
    distinct++;
  }
  return { distinct, values: counted };
}

/** All bits of a float32 but its sign, and what infinity and numbers that are none have of them at least. */
const SIZE_BITS = 0x7fffffff;
const INFINITE = 0x7f800000;

function distinctOf(values: Numbers, begin: number, end: number): DistinctSizes {
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
