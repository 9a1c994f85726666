/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
// Squared Euclidean distances from one query to many stored vectors, in SIMD.
//
// The order of summation is a contract shared with src/neighbours/plain-kernel.ts: lane l of eight sums the
// components l, l + 8, l + 16, ...; the lanes join as ((t0 + t1) + (t2 + t3)) with t_i = s_i + s_(i+4). Both
// kernels round every operation to float32, so their results are equal bit by bit.
// `stride` is the number of floats of a stored vector, a multiple of eight, padded with zeros.

function distance(query: usize, vector: usize, strideBytes: usize): f32 {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (let offset: usize = 0; offset < strideBytes; offset += 32) {
    const a = f32x4.sub(v128.load(query + offset), v128.load(vector + offset));
    const b = f32x4.sub(v128.load(query + offset, 16), v128.load(vector + offset, 16));
    low = f32x4.add(low, f32x4.mul(a, a));
    high = f32x4.add(high, f32x4.mul(b, b));
  }
  const sums = f32x4.add(low, high);
  return (
    f32x4.extract_lane(sums, 0) +
    f32x4.extract_lane(sums, 1) +
    (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/** Distances to `count` vectors that lie one after another from `vectors`. */
export function scan(query: usize, vectors: usize, count: i32, stride: i32, out: usize): void {
  const strideBytes = (<usize>stride) << 2;
  for (let i = 0; i < count; i++) {
    store<f32>(out + ((<usize>i) << 2), distance(query, vectors + <usize>i * strideBytes, strideBytes));
  }
}

/** Distances to the `count` vectors whose slots are listed at `slots`. */
export function gather(
  query: usize,
  vectors: usize,
  slots: usize,
  count: i32,
  stride: i32,
  out: usize,
): void {
  const strideBytes = (<usize>stride) << 2;
  for (let i = 0; i < count; i++) {
    const slot = <usize>load<u32>(slots + ((<usize>i) << 2));
    store<f32>(out + ((<usize>i) << 2), distance(query, vectors + slot * strideBytes, strideBytes));
  }
}
