/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
import { joined, LANE } from './lanes';

// What growthSums hands on from step to step.
let slope: f64 = 0;
let offset: f64 = 0;

/**
 * The weighted sums over rows that tell growth, to `out`: squares and sum of the residuals of y = x, squares and sum of those of
 * y = −x, sum of the weights, slope of the free line, squares of its residuals, sum of x.
 *
 * Groups end at `ends` (i32). Where `perSquare`, one over the squared deviation, is not zero, every row may be off by a common
 * multiple of its direction, which is integrated out. `weights`, `squares` and `directions` are room for a number a row; there
 * and behind the rows is room for one more.
 */
export function growthSums(
  count: i32,
  turns: usize,
  growths: usize,
  variances: usize,
  ends: usize,
  groups: i32,
  perSquare: f64,
  weights: usize,
  squares: usize,
  directions: usize,
  out: usize,
): void {
  const bytes = (<usize>count) << 3;
  const isDirected = perSquare > 0;
  // A row of no weight makes their number even.
  store<f64>(turns + bytes, 0);
  store<f64>(growths + bytes, 0);
  store<f64>(directions + bytes, 0);
  if (isDirected)
    for (let at: usize = 0; at < bytes; at += LANE)
      v128.store(directions + at, f64x2.mul(f64x2.splat(2), f64x2.sqrt(v128.load(turns + at))));
  for (let at: usize = 0; at < bytes; at += LANE)
    v128.store(weights + at, f64x2.div(f64x2.splat(1), v128.load(variances + at)));
  store<f64>(weights + bytes, 0);

  let denominator = perSquare;
  if (isDirected) denominator += along(bytes, weights, directions, directions);
  fitLine(bytes, turns, growths, weights, directions, isDirected, denominator);
  writeSquares(bytes, turns, growths, weights, directions, isDirected, denominator, squares);
  rescale(ends, groups, variances, weights, squares);

  if (isDirected) denominator = perSquare + along(bytes, weights, directions, directions);
  writeAnswers(bytes, turns, growths, weights, directions, isDirected, denominator, out);
  fitLine(bytes, turns, growths, weights, directions, isDirected, denominator);
  store<f64>(out, slope, 40);
  store<f64>(out, leftByLine(bytes, turns, growths, weights, directions, isDirected, denominator), 48);
}

/** Inner product of a column with the direction. */
function along(bytes: usize, weights: usize, directions: usize, column: usize): f64 {
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE) {
    const weighted = f64x2.mul(v128.load(weights + at), v128.load(directions + at));
    sum = f64x2.add(sum, f64x2.mul(weighted, v128.load(column + at)));
  }
  return joined(sum);
}

/** The same with a column of ones. */
function alongOnes(bytes: usize, weights: usize, directions: usize): f64 {
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE)
    sum = f64x2.add(sum, f64x2.mul(v128.load(weights + at), v128.load(directions + at)));
  return joined(sum);
}

/** Least squares of growth on turn; flat where no slope can be told. */
function fitLine(
  bytes: usize,
  turns: usize,
  growths: usize,
  weights: usize,
  directions: usize,
  isDirected: bool,
  denominator: f64,
): void {
  let ones = f64x2.splat(0);
  let sumX = f64x2.splat(0);
  let sumXX = f64x2.splat(0);
  let sumY = f64x2.splat(0);
  let sumXY = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE) {
    const w = v128.load(weights + at);
    const x = v128.load(turns + at);
    const y = v128.load(growths + at);
    const wx = f64x2.mul(w, x);
    ones = f64x2.add(ones, w);
    sumX = f64x2.add(sumX, wx);
    sumXX = f64x2.add(sumXX, f64x2.mul(wx, x));
    sumY = f64x2.add(sumY, f64x2.mul(w, y));
    sumXY = f64x2.add(sumXY, f64x2.mul(wx, y));
  }
  let a = joined(ones);
  let b = joined(sumX);
  let c = joined(sumXX);
  let p = joined(sumY);
  let q = joined(sumXY);
  if (isDirected) {
    const one = alongOnes(bytes, weights, directions);
    const x = along(bytes, weights, directions, turns);
    const y = along(bytes, weights, directions, growths);
    a -= (one * one) / denominator;
    b -= (one * x) / denominator;
    c -= (x * x) / denominator;
    p -= (one * y) / denominator;
    q -= (x * y) / denominator;
  }
  const determinant = a * c - b * b;
  const isTold = determinant > 1e-12 * a * c;
  slope = isTold ? (a * q - b * p) / determinant : 0;
  offset = isTold ? (c * p - b * q) / determinant : p / a;
}

function residualOfLine(x: v128, y: v128): v128 {
  return f64x2.sub(f64x2.sub(y, f64x2.splat(offset)), f64x2.mul(f64x2.splat(slope), x));
}

function lineAlong(bytes: usize, turns: usize, growths: usize, weights: usize, directions: usize): f64 {
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE) {
    const residual = residualOfLine(v128.load(turns + at), v128.load(growths + at));
    const weighted = f64x2.mul(v128.load(weights + at), v128.load(directions + at));
    sum = f64x2.add(sum, f64x2.mul(weighted, residual));
  }
  return joined(sum);
}

/** Weighted squares that the line leaves of every row, each less the best multiple of the direction. */
function writeSquares(
  bytes: usize,
  turns: usize,
  growths: usize,
  weights: usize,
  directions: usize,
  isDirected: bool,
  denominator: f64,
  out: usize,
): void {
  let multiple = f64x2.splat(0);
  if (isDirected) multiple = f64x2.splat(lineAlong(bytes, turns, growths, weights, directions) / denominator);
  for (let at: usize = 0; at < bytes; at += LANE) {
    let residual = residualOfLine(v128.load(turns + at), v128.load(growths + at));
    if (isDirected) residual = f64x2.sub(residual, f64x2.mul(multiple, v128.load(directions + at)));
    v128.store(out + at, f64x2.mul(f64x2.mul(residual, residual), v128.load(weights + at)));
  }
}

/** Half the weighted squares that the line leaves. */
function leftByLine(
  bytes: usize,
  turns: usize,
  growths: usize,
  weights: usize,
  directions: usize,
  isDirected: bool,
  denominator: f64,
): f64 {
  let squares = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE) {
    const residual = residualOfLine(v128.load(turns + at), v128.load(growths + at));
    const weighted = f64x2.mul(v128.load(weights + at), residual);
    squares = f64x2.add(squares, f64x2.mul(weighted, residual));
  }
  let sum = joined(squares);
  if (isDirected) {
    const residual = lineAlong(bytes, turns, growths, weights, directions);
    sum -= (residual * residual) / denominator;
  }
  return sum / 2;
}

/** What the rows leave of both answers. */
function writeAnswers(
  bytes: usize,
  turns: usize,
  growths: usize,
  weights: usize,
  directions: usize,
  isDirected: bool,
  denominator: f64,
  out: usize,
): void {
  let ones = f64x2.splat(0);
  let sumX = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let squares1 = f64x2.splat(0);
  let squares2 = f64x2.splat(0);
  let along1 = f64x2.splat(0);
  let along2 = f64x2.splat(0);
  for (let at: usize = 0; at < bytes; at += LANE) {
    const w = v128.load(weights + at);
    const x = v128.load(turns + at);
    const y = v128.load(growths + at);
    const residual1 = f64x2.sub(y, x);
    const residual2 = f64x2.add(y, x);
    const weighted1 = f64x2.mul(w, residual1);
    const weighted2 = f64x2.mul(w, residual2);
    ones = f64x2.add(ones, w);
    sumX = f64x2.add(sumX, x);
    sum1 = f64x2.add(sum1, weighted1);
    sum2 = f64x2.add(sum2, weighted2);
    squares1 = f64x2.add(squares1, f64x2.mul(weighted1, residual1));
    squares2 = f64x2.add(squares2, f64x2.mul(weighted2, residual2));
    if (isDirected) {
      const d = f64x2.mul(w, v128.load(directions + at));
      along1 = f64x2.add(along1, f64x2.mul(d, residual1));
      along2 = f64x2.add(along2, f64x2.mul(d, residual2));
    }
  }
  let a = joined(ones);
  let s1 = joined(sum1);
  let s2 = joined(sum2);
  let ss1 = joined(squares1);
  let ss2 = joined(squares2);
  if (isDirected) {
    const one = alongOnes(bytes, weights, directions);
    const d1 = joined(along1);
    const d2 = joined(along2);
    a -= (one * one) / denominator;
    s1 -= (one * d1) / denominator;
    s2 -= (one * d2) / denominator;
    ss1 -= (d1 * d1) / denominator;
    ss2 -= (d2 * d2) / denominator;
  }
  store<f64>(out, ss1);
  store<f64>(out, s1, 8);
  store<f64>(out, ss2, 16);
  store<f64>(out, s2, 24);
  store<f64>(out, a, 32);
  store<f64>(out, joined(sumX), 56);
}

/** Median of the square of a standard normal variable. */
const MEDIAN_SQUARE: f64 = 0.455;

/** Multiplies the variance of every group by the median of its squares over what that should be, at least 1. */
function rescale(ends: usize, groups: i32, variances: usize, weights: usize, squares: usize): void {
  let begin: usize = 0;
  for (let group = 0; group < groups; group++) {
    const end = (<usize>load<i32>(ends + ((<usize>group) << 2))) << 3;
    const scale = max<f64>(1, medianAbove(squares + begin, squares + end) / MEDIAN_SQUARE);
    if (scale > 1)
      for (let at = begin; at < end; at += 8)
        store<f64>(weights + at, 1 / (load<f64>(variances + at) * scale));
    begin = end;
  }
}

/** The median of a list, or 0 where it is at most what it should be; changes the list's order. */
function medianAbove(begin: usize, end: usize): f64 {
  let under: i32 = 0;
  for (let at = begin; at < end; at += 8) under += i32(load<f64>(at) <= MEDIAN_SQUARE);
  const length = <i32>((end - begin) >> 3);
  if (2 * under > length) return 0;
  const middle = begin + ((<usize>(length >> 1)) << 3);
  select(begin, end - 8, middle);
  if (length & 1) return load<f64>(middle);
  let below = load<f64>(begin);
  for (let at = begin + 8; at < middle; at += 8) below = max<f64>(below, load<f64>(at));
  return (below + load<f64>(middle)) / 2;
}

/** Puts the number of a rank in its place, smaller ones before and larger ones behind it (Hoare's FIND). */
function select(left: usize, right: usize, rank: usize): void {
  while (left < right) {
    const pivot = load<f64>(rank);
    let i = left;
    let k = right;
    while (i <= k) {
      while (load<f64>(i) < pivot) i += 8;
      while (pivot < load<f64>(k)) k -= 8;
      if (i > k) break;
      const smaller = load<f64>(k);
      store<f64>(k, load<f64>(i));
      store<f64>(i, smaller);
      i += 8;
      k -= 8;
    }
    if (k < rank) left = i;
    if (rank < i) right = k;
  }
}
