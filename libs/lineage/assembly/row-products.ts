/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
import { highPair, joined, LANE, lowPair } from './lanes';

/** The next two numbers of two rows: the first of each, then the second of each. */
export function nextOfBoth(row: usize, other: usize): v128 {
  return v128.shuffle<f32>(v128.load64_zero(row), v128.load64_zero(other), 0, 4, 1, 5);
}

/** The products of one number of two rows, `step` apart. */
function productsAt(p: usize, q: usize, step: usize, at: usize): v128 {
  const u = v128.shuffle<f32>(v128.load32_zero(p + at), v128.load32_zero(p + step + at), 0, 4, 1, 5);
  const v = v128.shuffle<f32>(v128.load32_zero(q + at), v128.load32_zero(q + step + at), 0, 4, 1, 5);
  return f64x2.mul(lowPair(u), lowPair(v));
}

/** The product of every row of `p` with that of `q`, to `out`, and that of all; a lane has a row, and four rows are looked at together. */
export function rowProducts(p: usize, q: usize, rows: i32, columns: i32, out: usize): f64 {
  let total = f64x2.splat(0);
  const rowBytes = (<usize>columns) << 2;
  const evenBytes = rowBytes & ~7;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let sums = f64x2.splat(0);
    let next = f64x2.splat(0);
    const p2 = p + (rowBytes << 1);
    const q2 = q + (rowBytes << 1);
    let at: usize = 0;
    for (; at < evenBytes; at += 8) {
      const u = nextOfBoth(p + at, p + rowBytes + at);
      const v = nextOfBoth(q + at, q + rowBytes + at);
      const u2 = nextOfBoth(p2 + at, p2 + rowBytes + at);
      const v2 = nextOfBoth(q2 + at, q2 + rowBytes + at);
      sums = f64x2.add(sums, f64x2.mul(lowPair(u), lowPair(v)));
      next = f64x2.add(next, f64x2.mul(lowPair(u2), lowPair(v2)));
      sums = f64x2.add(sums, f64x2.mul(highPair(u), highPair(v)));
      next = f64x2.add(next, f64x2.mul(highPair(u2), highPair(v2)));
    }
    if (at < rowBytes) {
      sums = f64x2.add(sums, productsAt(p, q, rowBytes, at));
      next = f64x2.add(next, productsAt(p2, q2, rowBytes, at));
    }
    v128.store(out, sums);
    v128.store(out + LANE, next);
    total = f64x2.add(f64x2.add(total, sums), next);
    p += rowBytes << 2;
    q += rowBytes << 2;
    out += 2 * LANE;
  }
  for (; row < rows; row += 2) {
    // A last row that is alone is taken twice, and counted once.
    const step = row + 1 < rows ? rowBytes : 0;
    let sums = f64x2.splat(0);
    let at: usize = 0;
    for (; at < evenBytes; at += 8) {
      const u = nextOfBoth(p + at, p + step + at);
      const v = nextOfBoth(q + at, q + step + at);
      sums = f64x2.add(sums, f64x2.mul(lowPair(u), lowPair(v)));
      sums = f64x2.add(sums, f64x2.mul(highPair(u), highPair(v)));
    }
    if (at < rowBytes) sums = f64x2.add(sums, productsAt(p, q, step, at));
    if (step == 0) sums = f64x2.replace_lane(sums, 1, 0);
    v128.store(out, sums);
    total = f64x2.add(total, sums);
    p += rowBytes << 1;
    q += rowBytes << 1;
    out += LANE;
  }
  return joined(total);
}
