// Typed arrays are read with `!` here: every index is bounded by the number of lines.
import { median } from '../median';
import type { PlainConstants } from './constants';
import type { Lines } from './lines';

/**
 * Direction from growth (DESIGN 3.5). An update that is independent of the weights it starts from is nearly orthogonal to
 * them, so a line that was turned has grown: y = x − δ where the first model is the parent, y = δ − x where the second
 * is. The common shrink δ ≥ 0 is weight decay; being the same for all lines it cannot hide how growth varies with the turn.
 *
 * Everything here is exactly antisymmetric: exchanging the models changes y, the ratio and the slope in sign and no other
 * bit. Not checked: that lines are independent of each other; the scale per side makes up for a part of that.
 */
export interface Growth {
  /** L: log-likelihood ratio of "the first is the parent" over "the second is". */
  readonly ratio: number;
  /** β: slope of growth on turn when it is left free; near 1 along descent, near 0 between siblings. */
  readonly slope: number;
  /** Nats by which a free slope explains the lines better than the better of both answers. */
  readonly variantGain: number;
  readonly lines: number;
}

/** Median of the square of a standard normal variable. */
const MEDIAN_SQUARE = 0.455;

/** Growth over the rows and columns of the backbone, each side of each tensor with its own scale of noise. */
export function measureGrowth(lines: Lines, constants: PlainConstants): Growth {
  const count = lines.turn.length;
  if (count < constants.rowsMin) return { ratio: 0, slope: 0, variantGain: 0, lines: count };
  const scaled = scaleSides(lines);
  const answers = twoAnswers(scaled, constants);
  const free = freeFit(scaled);
  const best = Math.min(answers.first, answers.second);
  return {
    ratio: ratioOf(answers, count),
    slope: free.slope,
    variantGain: (best - free.score) / Math.max(1, (2 * free.score) / count),
    lines: count,
  };
}

/** Penalised half sums of squares of both answers, each at its best shrink. */
interface Answers {
  readonly first: number;
  readonly second: number;
}

/**
 * The two answers under an exponential prior of rate decayPrior / mean(x) on the shrink. The best shrink is where the
 * derivative vanishes, or none. Lines need not be scaled: token embeddings come with a variance that is known.
 */
export function twoAnswers(lines: Lines, constants: PlainConstants): Answers {
  const { turn, growth, variance } = lines;
  let weights = 0;
  let firstSum = 0;
  let secondSum = 0;
  let turnSum = 0;
  for (let i = 0; i < turn.length; i++) {
    const weight = 1 / variance[i]!;
    weights += weight;
    firstSum += weight * (growth[i]! - turn[i]!);
    secondSum += weight * (growth[i]! + turn[i]!);
    turnSum += turn[i]!;
  }
  const rate = constants.decayPrior / Math.max(turnSum / turn.length, 1e-12);
  const firstShrink = Math.max(0, (-firstSum - rate) / weights);
  const secondShrink = Math.max(0, (secondSum - rate) / weights);
  let first = 0;
  let second = 0;
  for (let i = 0; i < turn.length; i++) {
    first += (growth[i]! + firstShrink - turn[i]!) ** 2 / variance[i]!;
    second += (growth[i]! - secondShrink + turn[i]!) ** 2 / variance[i]!;
  }
  return { first: first / 2 + rate * firstShrink, second: second / 2 + rate * secondShrink };
}

/** L: the difference of both answers in units of what the better one leaves unexplained per line. */
export function ratioOf({ first, second }: Answers, count: number): number {
  return (second - first) / Math.max(1, (2 * Math.min(first, second)) / count);
}

interface FreeFit {
  readonly slope: number;
  readonly meanTurn: number;
  readonly meanGrowth: number;
  /** Half the weighted sum of squared residuals. */
  readonly score: number;
}

/** Weighted least squares of growth on turn. */
function freeFit({ turn, growth, variance }: Lines): FreeFit {
  let weights = 0;
  let meanTurn = 0;
  let meanGrowth = 0;
  for (let i = 0; i < turn.length; i++) {
    weights += 1 / variance[i]!;
    meanTurn += turn[i]! / variance[i]!;
    meanGrowth += growth[i]! / variance[i]!;
  }
  meanTurn /= weights;
  meanGrowth /= weights;
  let spread = 0;
  let common = 0;
  let total = 0;
  for (let i = 0; i < turn.length; i++) {
    const x = turn[i]! - meanTurn;
    const y = growth[i]! - meanGrowth;
    spread += (x * x) / variance[i]!;
    common += (x * y) / variance[i]!;
    total += (y * y) / variance[i]!;
  }
  // All lines turned alike: no slope can be told.
  const slope = spread > 0 ? common / spread : 0;
  return { slope, meanTurn, meanGrowth, score: Math.max(0, total - slope * common) / 2 };
}

/**
 * Multiplies the variances of every side by its own scale: the median of its squared residuals of a free fit over what it
 * should be, at least 1. A layer whose growth is not as random as assumed then counts for less.
 */
function scaleSides(lines: Lines): Lines {
  const { turn, growth, variance, sideEnds } = lines;
  const { slope, meanTurn, meanGrowth } = freeFit(lines);
  const squares = turn.map((x, i) => (growth[i]! - meanGrowth - slope * (x - meanTurn)) ** 2 / variance[i]!);
  const scaled = variance.slice();
  let begin = 0;
  for (const end of sideEnds) {
    const scale = Math.max(1, median(squares.subarray(begin, end)) / MEDIAN_SQUARE);
    for (let i = begin; i < end; i++) scaled[i]! *= scale;
    begin = end;
  }
  return { ...lines, variance: scaled };
}
