/** Floats in a SIMD step of the kernels: stored vectors are padded with zeros to a multiple of it. */
export const LANES = 8;

/**
 * A table of vectors in slots 0, 1, 2, ... and the squared Euclidean distances from one query to them.
 *
 * Everything is float32 and every operation is rounded to float32, in one fixed order of summation:
 * lane l of eight sums the components l, l + 8, l + 16, ... in turn, and the lanes join as
 * ((t0 + t1) + (t2 + t3)) with t_i = s_i + s_(i+4). So all implementations return the same bits, and
 * d(a, b) = d(b, a) exactly, which the candidate graph relies on.
 */
export interface DistanceKernel {
  readonly dimensions: number;
  /** Stores a vector of `dimensions` components; the table grows as needed. */
  write(slot: number, vector: Float32Array): void;
  /** Copies the vector of slot `from` over that of slot `to`. */
  copy(from: number, to: number): void;
  /** A copy of the vector in a slot. */
  read(slot: number): Float32Array;
  /** Squared distances to slots 0 to count - 1. The array may be longer, and the next call overwrites it. */
  scan(query: Float32Array, count: number): Float32Array;
  /** Squared distances to the listed slots. The array may be longer, and the next call overwrites it. */
  gather(query: Float32Array, slots: Int32Array): Float32Array;
}

/** Floats that one stored vector takes. */
export function strideOf(dimensions: number): number {
  return Math.ceil(dimensions / LANES) * LANES;
}

/** The next capacity of a table that must hold `needed` entries: grows by half, so that growing is linear in all. */
export function grownCapacity(current: number, needed: number): number {
  return needed <= current ? current : Math.max(needed, 16, current + (current >> 1));
}
