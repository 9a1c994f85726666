// Typed arrays are read with `!` here: every index is bounded by the number of rows.
import type { Constants } from './constants';
import { lnLikelihoodOverDecay, type ShrinkParabola } from './decay-prior';
import type { GrowthRows } from './growth-rows';
import { median } from './median';
import { WeightedProduct } from './weighted-product';

/**
 * Direction from growth. An update that is independent of the weights it starts from is nearly orthogonal to them, so a row
 * that was turned has grown: y = x − d where the first model is the parent, y = d − x where the second is. The common shrink
 * d ≥ 0 is weight decay; being the same for all rows it cannot hide how growth varies with the turn.
 *
 * Everything here is exactly antisymmetric: exchanging the models changes y, the ratio and the slope in sign and no other
 * bit. Not checked: that rows are independent of each other; the scale per group makes up for a part of that.
 */
export interface Growth {
  /** L: log-likelihood ratio of "the first is the parent" over "the second is". */
  readonly ratio: number;
  /** β: slope of growth on turn when it is left free; near 1 along descent, near 0 between siblings. */
  readonly slope: number;
  /** Nats by which a free slope explains the rows better than the better of both answers at its best shrink. */
  readonly variantGain: number;
  readonly rows: number;
}

/** Median of the square of a standard normal variable. */
const MEDIAN_SQUARE = 0.455;

/**
 * Growth over rows, each group with its own scale of noise. With an `alignment`, the updates of all rows may in addition share
 * one component along their weights, drawn once with this standard deviation.
 */
export function measureGrowth(rows: GrowthRows, constants: Constants, alignment = 0): Growth {
  const count = rows.turn.length;
  if (count < constants.rowsMin) return { ratio: 0, slope: 0, variantGain: 0, rows: count };
  const { turn, growth } = rows;
  const common = alignment > 0 ? turn.map((x) => 2 * Math.sqrt(x)) : null;
  const variance = scaledVariance(rows, common, alignment);
  const product = new WeightedProduct(inverse(variance), common, alignment);
  const first = answer(rows, 1, product);
  const second = answer(rows, -1, product);
  const best = Math.min(leastOf(first), leastOf(second));
  const scale = Math.max(1, (2 * best) / count);
  const meanTurn = Math.max(1e-12, turn.reduce((sum, x) => sum + x, 0) / count);
  const likelihood = (parabola: ShrinkParabola): number =>
    lnLikelihoodOverDecay(divided(parabola, scale), meanTurn, constants);
  const line = fitLine(turn, growth, product);
  const left = product.of(line.residuals, line.residuals) / 2;
  return {
    ratio: likelihood(first) - likelihood(second),
    slope: line.slope,
    variantGain: (best - left) / Math.max(1, (2 * left) / count),
    rows: count,
  };
}

/** What the rows leave of one answer: sign 1, y = x − d (the first model is the parent); −1, y = d − x. */
function answer({ turn, growth }: GrowthRows, sign: 1 | -1, product: WeightedProduct): ShrinkParabola {
  const residuals = growth.map((y, i) => y - sign * turn[i]!);
  const ones = new Float64Array(turn.length).fill(1);
  return {
    atNone: product.of(residuals, residuals) / 2,
    slope: sign * product.of(ones, residuals),
    curve: product.of(ones, ones),
  };
}

/** S at the best shrink. */
function leastOf({ atNone, slope, curve }: ShrinkParabola): number {
  const shrink = Math.max(0, -slope / curve);
  return atNone + slope * shrink + (curve * shrink * shrink) / 2;
}

function divided({ atNone, slope, curve }: ShrinkParabola, by: number): ShrinkParabola {
  return { atNone: atNone / by, slope: slope / by, curve: curve / by };
}

/** Weighted least squares of growth on turn; flat where all rows turned alike and no slope can be told. */
function fitLine(
  turn: Float64Array,
  growth: Float64Array,
  product: WeightedProduct,
): { readonly slope: number; readonly residuals: Float64Array } {
  const ones = new Float64Array(turn.length).fill(1);
  const [a, b, c] = [product.of(ones, ones), product.of(ones, turn), product.of(turn, turn)];
  const [p, q] = [product.of(ones, growth), product.of(turn, growth)];
  const determinant = a * c - b * b;
  const isTold = determinant > 1e-12 * a * c;
  const slope = isTold ? (a * q - b * p) / determinant : 0;
  const offset = isTold ? (c * p - b * q) / determinant : p / a;
  return { slope, residuals: growth.map((y, i) => y - offset - slope * turn[i]!) };
}

/**
 * The variances, every group's multiplied by its own scale: the median of its squared residuals of a free line over what it
 * should be, at least 1. A layer whose growth is not as random as assumed then counts for less.
 */
function scaledVariance(
  { turn, growth, variance, groupEnds }: GrowthRows,
  common: Float64Array | null,
  alignment: number,
): Float64Array {
  const product = new WeightedProduct(inverse(variance), common, alignment);
  const residuals = product.withoutDirection(fitLine(turn, growth, product).residuals);
  const squares = residuals.map((residual, i) => residual ** 2 / variance[i]!);
  const scaled = variance.slice();
  let begin = 0;
  for (const end of groupEnds) {
    const scale = Math.max(1, median(squares.subarray(begin, end)) / MEDIAN_SQUARE);
    for (let i = begin; i < end; i++) scaled[i]! *= scale;
    begin = end;
  }
  return scaled;
}

function inverse(variance: Float64Array): Float64Array {
  return variance.map((v) => 1 / v);
}
