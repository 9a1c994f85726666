// Typed arrays are read with `!` here: every index is bounded by the number of rows.
import type { GrowthRows } from './growth-rows';
import { median } from './median';
import { sumOverRows } from './plain-kernel';

/** Weighted sums over rows x, y that tell growth, weights being one over each row's variance times its group's scale. */
export interface GrowthSums {
  /** Of the residuals y − x, what the first model as the parent leaves: their squares and their sum. */
  readonly firstSquares: number;
  readonly firstSum: number;
  /** Of the residuals y + x, what the second as the parent leaves. */
  readonly secondSquares: number;
  readonly secondSum: number;
  readonly weights: number;
  /** Slope of the free line, and half the squares that it leaves. */
  readonly slope: number;
  readonly lineLeft: number;
  /** Sum of x, unweighted. */
  readonly turns: number;
}

/** Median of the square of a standard normal variable. */
const MEDIAN_SQUARE = 0.455;

/**
 * The sums in plain TypeScript: for rows of whole weights of large models, and the test oracle.
 *
 * @param perSquare 0, or one over the squared deviation of a common multiple of 2√x that every row may be off by: it is integrated
 * out, which takes from every inner product of two columns the product of theirs with that direction (Woodbury's identity)
 */
export function plainGrowthSums(rows: GrowthRows, perSquare: number): GrowthSums {
  const { turn } = rows;
  const directions = perSquare > 0 ? turn.map((x) => 2 * Math.sqrt(x)) : null;
  const even = new WeightedRows(
    rows,
    rows.variance.map((v) => 1 / v),
    directions,
    perSquare,
  );
  const weighted = new WeightedRows(rows, rescaled(rows, even), directions, perSquare);
  const [ofFirst, ofSecond] = [
    (i: number): number => rows.growth[i]! - turn[i]!,
    (i: number): number => rows.growth[i]! + turn[i]!,
  ];
  const one = (): number => 1;
  const line = weighted.line();
  const ofLine = weighted.residualOf(line);
  return {
    firstSquares: weighted.product(ofFirst, ofFirst),
    firstSum: weighted.product(one, ofFirst),
    secondSquares: weighted.product(ofSecond, ofSecond),
    secondSum: weighted.product(one, ofSecond),
    weights: weighted.product(one, one),
    slope: line.slope,
    lineLeft: weighted.product(ofLine, ofLine) / 2,
    turns: sumOverRows(turn.length, (i) => turn[i]!),
  };
}

/**
 * The weights, every group's divided by its own scale: the median of the squares that a free line leaves of it over what that
 * should be, at least 1. A layer whose growth is not as random as assumed then counts for less.
 */
function rescaled({ variance, groupEnds }: GrowthRows, weighted: WeightedRows): Float64Array {
  const squares = weighted.squaresLeftBy(weighted.line());
  const weights = new Float64Array(variance.length);
  let begin = 0;
  for (const end of groupEnds) {
    const scale = Math.max(1, median(squares.subarray(begin, end)) / MEDIAN_SQUARE);
    for (let i = begin; i < end; i++) weights[i] = 1 / (variance[i]! * scale);
    begin = end;
  }
  return weights;
}

/** A line y = offset + slope · x through rows. */
interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** A number for every row. */
type Column = (row: number) => number;

/** Rows with a weight each, and inner products of columns over them. */
class WeightedRows {
  readonly #denominator: number;

  constructor(
    private readonly rows: GrowthRows,
    private readonly weights: Float64Array,
    private readonly directions: Float64Array | null,
    perSquare: number,
  ) {
    this.#denominator = directions === null ? 0 : perSquare + this.#plain(this.#direction, this.#direction);
  }

  product(p: Column, q: Column): number {
    const plain = this.#plain(p, q);
    if (this.directions === null) return plain;
    return plain - (this.#plain(this.#direction, p) * this.#plain(this.#direction, q)) / this.#denominator;
  }

  /** Least squares of growth on turn; flat where all rows turned alike and no slope can be told. */
  line(): Line {
    const one = (): number => 1;
    const x: Column = (i) => this.rows.turn[i]!;
    const y: Column = (i) => this.rows.growth[i]!;
    const [a, b, c] = [this.product(one, one), this.product(one, x), this.product(x, x)];
    const [p, q] = [this.product(one, y), this.product(x, y)];
    const determinant = a * c - b * b;
    if (!(determinant > 1e-12 * a * c)) return { slope: 0, offset: p / a };
    return { slope: (a * q - b * p) / determinant, offset: (c * p - b * q) / determinant };
  }

  residualOf({ slope, offset }: Line): Column {
    const { turn, growth } = this.rows;
    return (i) => growth[i]! - offset - slope * turn[i]!;
  }

  /** Weighted squares that a line leaves of every row, each less the best multiple of the direction. */
  squaresLeftBy(line: Line): Float64Array {
    const residualOf = this.residualOf(line);
    const { directions } = this;
    const multiple = directions === null ? 0 : this.#plain(this.#direction, residualOf) / this.#denominator;
    return this.weights.map((weight, i) => {
      const residual = directions === null ? residualOf(i) : residualOf(i) - multiple * directions[i]!;
      return residual * residual * weight;
    });
  }

  readonly #direction: Column = (i) => this.directions![i]!;

  #plain(p: Column, q: Column): number {
    return sumOverRows(this.weights.length, (i) => this.weights[i]! * p(i) * q(i));
  }
}
