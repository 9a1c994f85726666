// Typed arrays are read with `!` here: every index is bounded by the array's own length.
import type { Constants } from './constants';
import type { TensorPair } from './observation';
import { logRatio, sineSquare, turnOf } from './turn';

/**
 * Rows of two models as points: how far each was turned and how much it has grown. The rows of one group stand together and
 * end at an entry of `groupEnds`; a group has one scale of noise.
 */
export interface GrowthRows {
  /** x = −ln cos² of the angle between both versions of the row. */
  readonly turn: Float64Array;
  /** y = ln of the ratio of the squared norms, second model over first. */
  readonly growth: Float64Array;
  /** Variance that y has beyond its line, before its group's scale. */
  readonly variance: Float64Array;
  readonly groupEnds: readonly number[];
}

/** Keeps the logarithm of a ratio of zero rows finite; far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/**
 * Variance of a row's growth around its turn: a random direction is orthogonal only up to 4x/width, a real one has a share of
 * its turn on top, and rounding gives both norms an error of their own.
 */
export function rowVariance(turn: number, width: number, noise: number, rounding: number): number {
  return (4 * turn) / width + (noise * turn) ** 2 + (2 * rounding ** 2) / (3 * width);
}

/** y from mean squares over whole rows. */
export function growthOf(meanSquareA: number, meanSquareB: number): number {
  return logRatio(meanSquareA + NOTHING, meanSquareB + NOTHING);
}

/** Collects points into arrays of a capacity known beforehand. */
export class RowCollector {
  readonly #turn: Float64Array;
  readonly #growth: Float64Array;
  readonly #variance: Float64Array;
  readonly #groupEnds: number[] = [];
  #length = 0;

  constructor(
    capacity: number,
    private readonly constants: Constants,
  ) {
    this.#turn = new Float64Array(capacity);
    this.#growth = new Float64Array(capacity);
    this.#variance = new Float64Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Takes a point unless its row did not turn, has nothing left in common, or has a norm that is not finite. */
  add(turn: number, growth: number, variance: number): void {
    const { turnMin, turnMax } = this.constants;
    if (!(turn > turnMin && turn < turnMax) || growth - growth !== 0) return;
    this.#turn[this.#length] = turn;
    this.#growth[this.#length] = growth;
    this.#variance[this.#length] = variance;
    this.#length++;
  }

  endGroup(): void {
    if (this.#length > (this.#groupEnds.at(-1) ?? 0)) this.#groupEnds.push(this.#length);
  }

  rows(): GrowthRows {
    return {
      turn: this.#turn.subarray(0, this.#length),
      growth: this.#growth.subarray(0, this.#length),
      variance: this.#variance.subarray(0, this.#length),
      groupEnds: this.#groupEnds,
    };
  }
}

/**
 * All rows of the backbone that moved, a group for every tensor. What was read of a tensor beside its given rows counts as
 * one more row: its norm is known, and its turn is taken to be that of the given ones. All rests are one group.
 */
export function growthRowsOf(pairs: readonly TensorPair[], constants: Constants): GrowthRows {
  const collector = new RowCollector(
    pairs.reduce((sum, { a }) => sum + a.rows + 1, 0),
    constants,
  );
  const turns = pairs.map((pair) => addRows(pair, collector, constants));
  pairs.forEach((pair, i) => addRest(pair, turns[i]!, collector, constants));
  collector.endGroup();
  return collector.rows();
}

/** The turn is measured on the given coordinates, the growth on whole rows: norms of samples would drown it in noise. */
function addRows({ a, b }: TensorPair, collector: RowCollector, constants: Constants): number {
  const rounding = Math.max(a.rounding, b.rounding);
  const all = { squaresP: 0, squaresQ: 0, product: 0 };
  for (let row = 0, i = 0; row < a.rows; row++) {
    let squaresP = 0;
    let squaresQ = 0;
    let product = 0;
    for (const end = i + a.columns; i < end; i++) {
      const u = a.values[i]!;
      const v = b.values[i]!;
      squaresP += u * u;
      squaresQ += v * v;
      product += u * v;
    }
    if (squaresP - squaresP !== 0 || squaresQ - squaresQ !== 0) continue;
    all.squaresP += squaresP;
    all.squaresQ += squaresQ;
    all.product += product;
    const turn = turnOf(sineSquare(squaresP, squaresQ, product));
    const growth = growthOf(a.rowMeanSquares[row]!, b.rowMeanSquares[row]!);
    collector.add(turn, growth, rowVariance(turn, a.width, constants.turnNoise, rounding));
  }
  collector.endGroup();
  return turnOf(sineSquare(all.squaresP, all.squaresQ, all.product));
}

function addRest({ a, b }: TensorPair, turn: number, collector: RowCollector, constants: Constants): void {
  const count = a.restCount ?? 0;
  // Unequal counts are of rests with numbers that are not finite: what remains of them is not the same rows.
  if (count < constants.restCountMin || count !== b.restCount) return;
  const squaresA = a.restSquares ?? 0;
  const squaresB = b.restSquares ?? 0;
  if (!(squaresA > 0 && squaresB > 0)) return;
  const rounding = Math.max(a.rounding, b.rounding);
  collector.add(
    turn,
    logRatio(squaresA, squaresB),
    rowVariance(turn, count, constants.restTurnNoise, rounding),
  );
}
