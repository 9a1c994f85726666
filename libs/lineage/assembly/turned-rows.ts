/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck
import { LANE, ln } from './lanes';

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

/** Keeps logarithms and ratios of zero rows finite. */
const NOTHING: f64 = 1e-30;

/** Logarithms of the mean squares of rows; NaN where a mean square is none. */
export function logMeans(means: usize, rows: i32, logs: usize): void {
  const end = (<usize>rows) << 3;
  for (let at: usize = 0; at < end; at += LANE) {
    const mean = v128.load(means + at);
    const isTold = v128.and(
      f64x2.ge(mean, f64x2.splat(0)),
      f64x2.lt(mean, f64x2.splat(f64.POSITIVE_INFINITY)),
    );
    const log = ln(f64x2.add(mean, f64x2.splat(NOTHING)));
    v128.store(logs + at, v128.bitselect(log, f64x2.splat(f64.NaN), isTold));
  }
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
  meansP: usize,
  meansQ: usize,
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
    const residual = residualOf(product, p, q, v128.load(meansP + at), v128.load(meansQ + at), columns);
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
function residualOf(product: v128, p: v128, q: v128, meanP: v128, meanQ: v128, columns: f64): v128 {
  const rootP = f64x2.sqrt(f64x2.add(meanP, f64x2.splat(NOTHING)));
  const rootQ = f64x2.sqrt(f64x2.add(meanQ, f64x2.splat(NOTHING)));
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
