/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
import { LANE, ln, lowPair } from './lanes';

/**
 * Mean over columns of ln det of the second moments of the steps between two blocks, the smaller one of both directions: lane 0
 * has the step from p to q, lane 1 that from q to p. Steps and moments are made for an even number of columns: one more than asked for is of whatever
 * lies there, and nobody reads it. `steps` and `moments` are room for rows × columns and columns × columns vectors of that
 * number.
 */
export function leastLogDeterminant(
  p: usize,
  q: usize,
  rows: i32,
  stride: i32,
  columns: i32,
  factorP: f64,
  factorQ: f64,
  perUnit: f64,
  floor: f64,
  steps: usize,
  moments: usize,
): f64 {
  const width = (<usize>((columns + 1) & ~1)) << 4;
  writeSteps(p, q, rows, stride, width, factorP, factorQ, perUnit, steps);
  writeMoments(steps, rows, width, floor, moments);
  const mean = f64x2.div(logDeterminant(moments, columns, width, floor), f64x2.splat(<f64>columns));
  return min<f64>(f64x2.extract_lane(mean, 0), f64x2.extract_lane(mean, 1));
}

/** (target − factor · base) / unit, row by row. */
function writeSteps(
  p: usize,
  q: usize,
  rows: i32,
  stride: i32,
  width: usize,
  factorP: f64,
  factorQ: f64,
  perUnit: f64,
  out: usize,
): void {
  const fromP = f64x2.splat(factorP);
  const fromQ = f64x2.splat(factorQ);
  const scale = f64x2.splat(perUnit);
  const rowBytes = (<usize>stride) << 2;
  const end = out + <usize>rows * width;
  while (out < end) {
    let u = p;
    let v = q;
    for (const rowEnd = out + width; out < rowEnd; out += 2 * LANE) {
      const a = lowPair(v128.load64_zero(u));
      const b = lowPair(v128.load64_zero(v));
      const toQ = f64x2.mul(f64x2.sub(b, f64x2.mul(fromP, a)), scale);
      const toP = f64x2.mul(f64x2.sub(a, f64x2.mul(fromQ, b)), scale);
      v128.store(out, v128.shuffle<f64>(toQ, toP, 0, 2));
      v128.store(out, v128.shuffle<f64>(toQ, toP, 1, 3), 16);
      u += 8;
      v += 8;
    }
    p += rowBytes;
    q += rowBytes;
  }
}

/** Lower triangle of Z'Z / rows + floor·1, two rows and two columns at a time, so that no sum waits for itself. */
function writeMoments(steps: usize, rows: i32, width: usize, floor: f64, moments: usize): void {
  const count = f64x2.splat(<f64>rows);
  const least = f64x2.splat(floor);
  const end = steps + <usize>rows * width;
  for (let i: usize = 0; i < width; i += 2 * LANE) {
    const below = moments + width;
    for (let k: usize = 0; k <= i; k += 2 * LANE) {
      let s00 = f64x2.splat(0);
      let s01 = f64x2.splat(0);
      let s10 = f64x2.splat(0);
      let s11 = f64x2.splat(0);
      for (let row = steps; row < end; row += width) {
        const z0 = v128.load(row + i);
        const z1 = v128.load(row + i, 16);
        const y0 = v128.load(row + k);
        const y1 = v128.load(row + k, 16);
        s00 = f64x2.add(s00, f64x2.mul(z0, y0));
        s01 = f64x2.add(s01, f64x2.mul(z0, y1));
        s10 = f64x2.add(s10, f64x2.mul(z1, y0));
        s11 = f64x2.add(s11, f64x2.mul(z1, y1));
      }
      v128.store(moments + k, f64x2.div(s00, count));
      v128.store(moments + k, f64x2.div(s01, count), 16);
      v128.store(below + k, f64x2.div(s10, count));
      v128.store(below + k, f64x2.div(s11, count), 16);
    }
    v128.store(moments + i, f64x2.add(v128.load(moments + i), least));
    v128.store(below + i, f64x2.add(v128.load(below + i, 16), least), 16);
    moments = below + width;
  }
}

/** By Cholesky's decomposition, in place; column by column, so that rows overlap. No pivot can be under the floor but by rounding. */
function logDeterminant(moments: usize, columns: i32, width: usize, floor: f64): v128 {
  const least = f64x2.splat(floor);
  const end = moments + <usize>columns * width;
  const last = (<usize>columns) << 4;
  let diagonal = moments;
  let sum = f64x2.splat(0);
  for (let k: usize = 0; k < last; k += LANE) {
    let pivot = v128.load(diagonal + k);
    for (let j: usize = 0; j < k; j += LANE) {
      const factor = v128.load(diagonal + j);
      pivot = f64x2.sub(pivot, f64x2.mul(factor, factor));
    }
    pivot = f64x2.pmax(least, pivot);
    sum = f64x2.add(sum, ln(pivot));
    const root = f64x2.sqrt(pivot);
    for (let row = diagonal + width; row < end; row += width) {
      let rest = v128.load(row + k);
      for (let j: usize = 0; j < k; j += LANE)
        rest = f64x2.sub(rest, f64x2.mul(v128.load(row + j), v128.load(diagonal + j)));
      v128.store(row + k, f64x2.div(rest, root));
    }
    diagonal += width;
  }
  return sum;
}
