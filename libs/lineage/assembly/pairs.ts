/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
// What comparing two models comes down to, in SIMD: inner products of their rows, log-determinants of their steps, and weighted
// sums over rows that turned.
//
// The order of summation is a contract shared with src/evidence/plain-kernel.ts and src/evidence/plain-growth.ts, so that both
// give the same bits: everything is float64, sums over the numbers of a row run through them in turn, and sums over rows are
// that over the even ones plus that over the odd ones. Samples are float32, row by row.

const LANE: usize = 16;

function joined(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** ln of two positive normal numbers: FreeBSD's e_log.c, error under one unit in the last place. */
function ln(x: v128): v128 {
  // Down to √½ … √2, by a power of two.
  const shifted = i64x2.add(x, i64x2.splat(0x95f6200000000));
  const power = i64x2.sub(i64x2.shr_u(shifted, 52), i64x2.splat(0x3ff));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(power, power, 0, 2, 0, 2));
  const reduced = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e00000000));
  const f = f64x2.sub(reduced, f64x2.splat(1));
  const half = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.mul(w, f64x2.splat(1.531383769920937332e-1));
  even = f64x2.mul(w, f64x2.add(f64x2.splat(2.222219843214978396e-1), even));
  even = f64x2.mul(w, f64x2.add(f64x2.splat(3.999999999940941908e-1), even));
  let odd = f64x2.mul(w, f64x2.splat(1.479819860511658591e-1));
  odd = f64x2.mul(w, f64x2.add(f64x2.splat(1.818357216161805012e-1), odd));
  odd = f64x2.mul(w, f64x2.add(f64x2.splat(2.857142874366239149e-1), odd));
  odd = f64x2.mul(z, f64x2.add(f64x2.splat(6.66666666666673513e-1), odd));
  const series = f64x2.add(odd, even);
  let sum = f64x2.mul(s, f64x2.add(half, series));
  sum = f64x2.add(sum, f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)));
  sum = f64x2.add(f64x2.sub(sum, half), f);
  return f64x2.add(sum, f64x2.mul(k, f64x2.splat(6.9314718036912381649e-1)));
}

/** Two float32 as float64. */
function lowPair(floats: v128): v128 {
  return f64x2.promote_low_f32x4(floats);
}

function highPair(floats: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(floats, floats, 1, 1));
}

/** The next two numbers of two rows: the first of each, then the second of each. */
function nextOfBoth(row: usize, other: usize): v128 {
  return v128.shuffle<f32>(v128.load64_zero(row), v128.load64_zero(other), 0, 4, 1, 5);
}

/** The product of every row of `p` with that of `q`, to `out`, and that of all; a lane has a row. */
export function rowProducts(p: usize, q: usize, rows: i32, columns: i32, out: usize): f64 {
  let total = f64x2.splat(0);
  const rowBytes = (<usize>columns) << 2;
  const evenBytes = rowBytes & ~7;
  for (let row = 0; row < rows; row += 2) {
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
    if (at < rowBytes) {
      const u = v128.shuffle<f32>(v128.load32_zero(p + at), v128.load32_zero(p + step + at), 0, 4, 1, 5);
      const v = v128.shuffle<f32>(v128.load32_zero(q + at), v128.load32_zero(q + step + at), 0, 4, 1, 5);
      sums = f64x2.add(sums, f64x2.mul(lowPair(u), lowPair(v)));
    }
    if (step == 0) sums = f64x2.replace_lane(sums, 1, 0);
    v128.store(out, sums);
    total = f64x2.add(total, sums);
    p += rowBytes << 1;
    q += rowBytes << 1;
    out += LANE;
  }
  return joined(total);
}

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

// What decides which rows count, and where they go.
let turnMin: f64 = 0;
let turnMax: f64 = 0;
let turns: usize = 0;
let growths: usize = 0;
let variances: usize = 0;

/** Where rows that turned are written from now on, and within which bounds they have turned. */
export function collectInto(
  least: f64,
  most: f64,
  atTurns: usize,
  atGrowths: usize,
  atVariances: usize,
): void {
  turnMin = least;
  turnMax = most;
  turns = atTurns;
  growths = atGrowths;
  variances = atVariances;
}

/**
 * The rows of a block as points: turn, growth and its variance, those of them that count, one after another.
 *
 * @returns how many there are
 */
export function collectRows(
  products: usize,
  squaresP: usize,
  squaresQ: usize,
  logsP: usize,
  logsQ: usize,
  rows: i32,
  perWidth: f64,
  noise: f64,
  rounding: f64,
): i32 {
  const end = (<usize>rows) << 3;
  const first = turns;
  for (let at: usize = 0; at < end; at += LANE) {
    const turn = turnOf(v128.load(products + at), v128.load(squaresP + at), v128.load(squaresQ + at));
    const growth = f64x2.sub(v128.load(logsQ + at), v128.load(logsP + at));
    keepRows(turn, growth, perWidth, noise, rounding, at + 8 < end ? 3 : 1);
  }
  return <i32>((turns - first) >> 3);
}

/** Writes those of two rows that count, of those that are asked for. */
function keepRows(turn: v128, growth: v128, perWidth: f64, noise: f64, rounding: f64, asked: i32): void {
  const wobble = f64x2.mul(f64x2.splat(noise), turn);
  let variance = f64x2.mul(turn, f64x2.splat(perWidth));
  variance = f64x2.add(f64x2.add(variance, f64x2.mul(wobble, wobble)), f64x2.splat(rounding));
  let counts = v128.and(f64x2.gt(turn, f64x2.splat(turnMin)), f64x2.lt(turn, f64x2.splat(turnMax)));
  counts = v128.and(counts, f64x2.eq(f64x2.sub(growth, growth), f64x2.splat(0)));
  const which = i64x2.bitmask(counts) & asked;
  if (which & 1) keepRow(turn, growth, variance, 0);
  if (which & 2) keepRow(turn, growth, variance, 1);
}

function keepRow(turn: v128, growth: v128, variance: v128, lane: u8): void {
  store<f64>(turns, lane == 0 ? f64x2.extract_lane(turn, 0) : f64x2.extract_lane(turn, 1));
  store<f64>(growths, lane == 0 ? f64x2.extract_lane(growth, 0) : f64x2.extract_lane(growth, 1));
  store<f64>(variances, lane == 0 ? f64x2.extract_lane(variance, 0) : f64x2.extract_lane(variance, 1));
  turns += 8;
  growths += 8;
  variances += 8;
}

/**
 * Token-embedding rows: of those that are still, the growth, to `stills`; the others as points, like those of a block.
 *
 * @returns how many are still; `out` has how many could be compared, and how many are points (i32)
 */
export function splitRows(
  products: usize,
  squaresP: usize,
  squaresQ: usize,
  logsP: usize,
  logsQ: usize,
  rootsP: usize,
  rootsQ: usize,
  rows: i32,
  columns: f64,
  residualMax: f64,
  perWidth: f64,
  noise: f64,
  rounding: f64,
  stills: usize,
  out: usize,
): i32 {
  const end = (<usize>rows) << 3;
  const first = stills;
  const firstTurn = turns;
  let compared = 0;
  for (let at: usize = 0; at < end; at += LANE) {
    const product = v128.load(products + at);
    const p = v128.load(squaresP + at);
    const q = v128.load(squaresQ + at);
    const growth = f64x2.sub(v128.load(logsQ + at), v128.load(logsP + at));
    const residual = residualOf(product, p, q, v128.load(rootsP + at), v128.load(rootsQ + at), columns);
    const finite = f64x2.eq(f64x2.sub(residual, residual), f64x2.splat(0));
    const told = i64x2.bitmask(finite) & (at + 8 < end ? 3 : 1);
    const still = i64x2.bitmask(f64x2.lt(residual, f64x2.splat(residualMax))) & told;
    compared += (told & 1) + (told >> 1);
    if (still & 1) {
      store<f64>(stills, f64x2.extract_lane(growth, 0));
      stills += 8;
    }
    if (still & 2) {
      store<f64>(stills, f64x2.extract_lane(growth, 1));
      stills += 8;
    }
    if (still != told) keepRows(turnOf(product, p, q), growth, perWidth, noise, rounding, told & ~still);
  }
  store<i32>(out, compared);
  store<i32>(out, <i32>((turns - firstTurn) >> 3), 4);
  return <i32>((stills - first) >> 3);
}

/** Mean square of what remains of two rows, each scaled half of the way to the other's norm, over the mean of their mean squares. */
function residualOf(product: v128, p: v128, q: v128, rootP: v128, rootQ: v128, columns: f64): v128 {
  const scaledP = f64x2.mul(f64x2.div(rootQ, rootP), p);
  const scaledQ = f64x2.mul(f64x2.div(rootP, rootQ), q);
  const squares = f64x2.sub(f64x2.add(scaledP, scaledQ), f64x2.add(product, product));
  const means = f64x2.add(f64x2.mul(rootP, rootP), f64x2.mul(rootQ, rootQ));
  return f64x2.div(squares, f64x2.mul(f64x2.splat(columns / 2), means));
}

/** −ln cos² of the angle between two rows; that of a right angle where one is zero or not finite. */
function turnOf(product: v128, squaresP: v128, squaresQ: v128): v128 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const cosine = f64x2.div(f64x2.mul(product, product), f64x2.mul(squaresP, squaresQ));
  const sine = f64x2.pmin(one, f64x2.pmax(zero, f64x2.sub(one, cosine)));
  const told = v128.and(f64x2.gt(squaresP, zero), f64x2.gt(squaresQ, zero));
  const rest = f64x2.sub(one, v128.bitselect(sine, one, told));
  return f64x2.neg(ln(f64x2.pmax(f64x2.splat(1e-12), rest)));
}

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
