/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
import { LANE, lowPair, highPair } from './lanes';
import { nextOfBoth, rowProducts } from './row-products';

// `shapes` has two i32 for every tensor of a table, rows and columns. The tensors follow each other without a gap.

/** Products of all rows of two tables, and those of all their tensors. */
export function tableProducts(
  p: usize,
  q: usize,
  tensors: i32,
  shapes: usize,
  products: usize,
  totals: usize,
): void {
  for (const end = totals + ((<usize>tensors) << 3); totals < end; totals += 8) {
    const rows = load<i32>(shapes);
    const columns = load<i32>(shapes, 4);
    store<f64>(totals, rowProducts(p, q, rows, columns, products));
    p += bytesOf(shapes);
    q += bytesOf(shapes);
    products += (<usize>rows) << 3;
    shapes += 8;
  }
}

function bytesOf(shape: usize): usize {
  return (<usize>(load<i32>(shape) * load<i32>(shape, 4))) << 2;
}

/**
 * Of every tensor the sum of its finite numbers, one after another, to `sums`, and how many those are to `finite`.
 *
 * @returns how many numbers are not finite
 */
export function tableSums(values: usize, tensors: i32, shapes: usize, sums: usize, finite: usize): i32 {
  let missing = 0;
  for (let t = 0; t < tensors; t += 4) {
    // Every sum waits for itself, number by number: four of them at a time. What is no tensor is the last one again.
    const last = tensors - 1 - t;
    const a = values;
    const bytesA = bytesOf(shapes);
    const b = last > 0 ? a + bytesA : a;
    const bytesB = last > 0 ? bytesOf(shapes + 8) : bytesA;
    const c = last > 1 ? b + bytesB : b;
    const bytesC = last > 1 ? bytesOf(shapes + 16) : bytesB;
    const d = last > 2 ? c + bytesC : c;
    const bytesD = last > 2 ? bytesOf(shapes + 24) : bytesC;
    const common = min(min(bytesA, bytesB), min(bytesC, bytesD)) & ~7;
    let ab = f64x2.splat(0);
    let cd = f64x2.splat(0);
    for (let at: usize = 0; at < common; at += 8) {
      const u = nextOfBoth(a + at, b + at);
      const v = nextOfBoth(c + at, d + at);
      ab = f64x2.add(f64x2.add(ab, lowPair(u)), highPair(u));
      cd = f64x2.add(f64x2.add(cd, lowPair(v)), highPair(v));
    }
    missing += endSum(a, bytesA, common, f64x2.extract_lane(ab, 0), sums, finite);
    if (last > 0) missing += endSum(b, bytesB, common, f64x2.extract_lane(ab, 1), sums + 8, finite + 8);
    if (last > 1) missing += endSum(c, bytesC, common, f64x2.extract_lane(cd, 0), sums + 16, finite + 16);
    if (last > 2) missing += endSum(d, bytesD, common, f64x2.extract_lane(cd, 1), sums + 24, finite + 24);
    values = d + bytesD;
    shapes += 32;
    sums += 32;
    finite += 32;
  }
  return missing;
}

/**
 * Adds what follows the bytes that are summed, or begins anew, where some number is not finite, and leaves such out.
 *
 * @returns how many are not finite
 */
function endSum(at: usize, bytes: usize, summed: usize, sum: f64, sums: usize, finite: usize): i32 {
  const end = at + bytes;
  const missing = notFinite(at, end);
  store<f64>(finite, <f64>(<i32>(bytes >> 2) - missing));
  if (missing == 0) {
    for (at += summed; at < end; at += 4) sum += <f64>load<f32>(at);
  } else {
    sum = 0;
    for (; at < end; at += 4) {
      const value = <f64>load<f32>(at);
      if (value - value == 0) sum += value;
    }
  }
  store<f64>(sums, sum);
  return missing;
}

function notFinite(at: usize, end: usize): i32 {
  let lanes = i32x4.splat(0);
  for (; at + LANE <= end; at += LANE) {
    const value = v128.load(at);
    lanes = i32x4.sub(lanes, f32x4.ne(f32x4.sub(value, value), f32x4.splat(0)));
  }
  let count = sumOfLanes(lanes);
  for (; at < end; at += 4) {
    const value = load<f32>(at);
    if (value - value != 0) count++;
  }
  return count;
}

function sumOfLanes(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}

let distinct: i32 = 0;
let counted: i32 = 0;

/**
 * To `out` the share of exact zeros in the tensor that has most of them; then how many values the looked-at rows have that differ
 * in size within their row, and how many they have that are finite and not zero. Looked at are at most `rowsMax` rows of a tensor,
 * spread evenly. `room` is for four rows.
 */
export function tableMarks(
  values: usize,
  tensors: i32,
  shapes: usize,
  rowsMax: i32,
  room: usize,
  out: usize,
): void {
  let zeroShare: f64 = 0;
  distinct = 0;
  counted = 0;
  for (const end = shapes + ((<usize>tensors) << 3); shapes < end; shapes += 8) {
    const rows = load<i32>(shapes);
    const columns = load<i32>(shapes, 4);
    const bytes = bytesOf(shapes);
    zeroShare = max<f64>(zeroShare, <f64>zeros(values, values + bytes) / <f64>(rows * columns));
    countSizes(values, rows, columns, max(1, (rows + rowsMax - 1) / rowsMax), room);
    values += bytes;
  }
  store<f64>(out, zeroShare);
  store<f64>(out, <f64>distinct, 8);
  store<f64>(out, <f64>counted, 16);
}

function zeros(at: usize, end: usize): i32 {
  let lanes = i32x4.splat(0);
  for (; at + LANE <= end; at += LANE) lanes = i32x4.sub(lanes, f32x4.eq(v128.load(at), f32x4.splat(0)));
  let count = sumOfLanes(lanes);
  for (; at < end; at += 4) if (load<f32>(at) == 0) count++;
  return count;
}

/** Sizes are the bits without the sign; 0 stands for those that do not count. Four rows at a time, each in a lane. */
function countSizes(values: usize, rows: i32, columns: i32, step: i32, room: usize): void {
  const rowBytes = (<usize>columns) << 2;
  const vectors = (rowBytes + LANE - 1) & ~(LANE - 1);
  const stepBytes = <usize>step * rowBytes;
  // Columns behind the last one, of which four are looked at together.
  for (let column = rowBytes; column < vectors; column += 4) v128.store(room + (column << 2), i32x4.splat(0));
  for (let row = 0; row < rows; row += 4 * step) {
    const given = i32x4.lt_s(
      i32x4.add(i32x4.splat(row), i32x4.mul(i32x4(0, 1, 2, 3), i32x4.splat(step))),
      i32x4.splat(rows),
    );
    const a = values + <usize>row * rowBytes;
    // A row that is not there is one that is, and does not count.
    const b = row + step < rows ? a + stepBytes : a;
    const c = row + 2 * step < rows ? b + stepBytes : a;
    const d = row + 3 * step < rows ? c + stepBytes : a;
    for (let column: usize = 0; column < rowBytes; column += 4) {
      let numbers = v128.load32_zero(a + column);
      numbers = v128.load32_lane(b + column, numbers, 1);
      numbers = v128.load32_lane(c + column, numbers, 2);
      numbers = v128.load32_lane(d + column, numbers, 3);
      v128.store(room + (column << 2), v128.and(sizes(numbers), given));
    }
    countDistinct(room, room + (vectors << 2));
  }
}

/** What infinity and numbers that are none have of the bits of a float32 at least, without the sign. */
const INFINITE: i32 = 0x7f800000;

function sizes(numbers: v128): v128 {
  const size = v128.and(numbers, i32x4.splat(0x7fffffff));
  return v128.and(size, i32x4.lt_s(size, i32x4.splat(INFINITE)));
}

/** A size is new where none of those before it in its lane is the same. */
function countDistinct(room: usize, end: usize): void {
  const zero = i32x4.splat(0);
  let known = zero;
  let none = zero;
  for (let at = room; at < end; at += 4 * LANE) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    const c = v128.load(at, 32);
    const d = v128.load(at, 48);
    let isA = i32x4.eq(a, zero);
    let isB = i32x4.eq(b, zero);
    let isC = i32x4.eq(c, zero);
    let isD = i32x4.eq(d, zero);
    none = i32x4.add(none, i32x4.add(i32x4.add(isA, isB), i32x4.add(isC, isD)));
    isB = v128.or(isB, i32x4.eq(b, a));
    isC = v128.or(isC, v128.or(i32x4.eq(c, a), i32x4.eq(c, b)));
    isD = v128.or(v128.or(isD, i32x4.eq(d, a)), v128.or(i32x4.eq(d, b), i32x4.eq(d, c)));
    for (let before = room; before < at; before += LANE) {
      const size = v128.load(before);
      isA = v128.or(isA, i32x4.eq(a, size));
      isB = v128.or(isB, i32x4.eq(b, size));
      isC = v128.or(isC, i32x4.eq(c, size));
      isD = v128.or(isD, i32x4.eq(d, size));
    }
    known = i32x4.add(known, i32x4.add(i32x4.add(isA, isB), i32x4.add(isC, isD)));
  }
  // Every mask is −1.
  const all = <i32>((end - room) >> 2);
  distinct += all + sumOfLanes(known);
  counted += all + sumOfLanes(none);
}
