/*
 * Kernels: two passes over a slab, tight loops without calls. Indices stay inside `values`, hence `!`.
 */

/** What is known of one tensor's numbers, over those that were read. Non-finite ones are counted and left out of all else. */
export interface Figures {
  readonly mean: number;
  /** Central moments 2, 3 and 4. */
  readonly variance: number;
  readonly thirdMoment: number;
  readonly fourthMoment: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly zeroFraction: number;
  readonly nonFiniteCount: number;
}

export interface SlabFigures {
  readonly figures: Figures;
  /** Of every row of the slab, over its finite numbers; 0 for a row without any. */
  readonly rowMeanSquares: Float64Array;
  /** 1 for every row of finite numbers only. */
  readonly finiteRows: Uint8Array;
}

/** First pass: sums and extremes, row by row. */
interface Sums {
  sum: number;
  finite: number;
  zeros: number;
  minimum: number;
  maximum: number;
}

/**
 * Moments and whole-row mean squares of a row-major slab. Two passes: central moments about a known mean lose nothing to
 * cancellation. Figures beyond the range of a double are held at its limits, so that everything kept is finite.
 */
export function slabFigures(values: Float64Array, width: number): SlabFigures {
  const rows = values.length / width;
  const rowMeanSquares = new Float64Array(rows);
  const finiteRows = new Uint8Array(rows);
  const sums: Sums = { sum: 0, finite: 0, zeros: 0, minimum: Infinity, maximum: -Infinity };
  for (let row = 0; row < rows; row++) {
    const before = sums.finite;
    rowMeanSquares[row] = addRow(values, row * width, (row + 1) * width, sums);
    finiteRows[row] = sums.finite - before === width ? 1 : 0;
  }
  const { finite } = sums;
  const mean = finite === 0 ? 0 : bounded(sums.sum / finite);
  const [second, third, fourth] = centralSums(values, mean);
  const over = (total: number) => (finite === 0 ? 0 : bounded(total / finite));
  return {
    rowMeanSquares,
    finiteRows,
    figures: {
      mean,
      variance: over(second),
      thirdMoment: over(third),
      fourthMoment: over(fourth),
      minimum: finite === 0 ? 0 : sums.minimum,
      maximum: finite === 0 ? 0 : sums.maximum,
      zeroFraction: finite === 0 ? 0 : sums.zeros / finite,
      nonFiniteCount: values.length - finite,
    },
  };
}

/** Nearest finite double. */
export function bounded(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

const FLOAT32_MAX = 3.4028234663852886e38;

/** Nearest finite float32. */
export function boundedFloat32(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.fround(Math.max(-FLOAT32_MAX, Math.min(FLOAT32_MAX, value)));
}

/** Adds a row to the sums and returns its mean square. */
function addRow(values: Float64Array, begin: number, end: number, sums: Sums): number {
  let sum = 0;
  let squares = 0;
  let zeros = 0;
  let minimum = sums.minimum;
  let maximum = sums.maximum;
  for (let i = begin; i < end; i++) {
    const value = values[i]!;
    sum += value;
    squares += value * value;
    if (value === 0) zeros++;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  // One NaN or infinity spoils the sum of squares, and so does an overflow: only such rows pay for a look at every number.
  if (!Number.isFinite(squares)) return addRowCarefully(values.subarray(begin, end), sums);
  sums.sum += sum;
  sums.finite += end - begin;
  sums.zeros += zeros;
  sums.minimum = minimum;
  sums.maximum = maximum;
  return squares / (end - begin);
}

/** The same over the finite numbers of a row; an overflow that is not due to them is held at the limit. */
function addRowCarefully(row: Float64Array, sums: Sums): number {
  const finite = row.filter(Number.isFinite);
  let squares = 0;
  for (const value of finite) {
    sums.sum += value;
    squares += value * value;
    if (value === 0) sums.zeros++;
    sums.minimum = Math.min(sums.minimum, value);
    sums.maximum = Math.max(sums.maximum, value);
  }
  sums.finite += finite.length;
  return finite.length === 0 ? 0 : bounded(squares / finite.length);
}

/** Second pass: sums of the powers of the differences from the mean. */
function centralSums(values: Float64Array, mean: number): readonly [number, number, number] {
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = values[i]! - mean;
    const square = difference * difference;
    second += square;
    third += square * difference;
    fourth += square * square;
  }
  if (Number.isFinite(fourth)) return [second, third, fourth];
  const finite = values.filter(Number.isFinite);
  // Nothing to leave out: it was an overflow, which `bounded` answers.
  return finite.length === values.length ? [second, third, fourth] : centralSums(finite, mean);
}
