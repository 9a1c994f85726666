// Typed arrays are read with `!` here: every index is bounded by the array's own length.
import type { Constants } from './constants';
import { roomFor } from './pair-kernel';
import type { TablePair } from './table-pair';
import { logRatio, sineSquare, turnOf } from './turn';
import type { RowRoom } from './wasm-kernel';

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
 *
 * @param rounding as from {@link roundingVariance}
 */
export function rowVariance(turn: number, width: number, noise: number, rounding: number): number {
  const wobble = noise * turn;
  return turn * (4 / width) + wobble * wobble + rounding;
}

/** What rounding both models adds to the variance of a row's growth. */
export function roundingVariance(width: number, rounding: number): number {
  return (2 * rounding * rounding) / (3 * width);
}

/** y from mean squares over whole rows. */
export function growthOf(meanSquareA: number, meanSquareB: number): number {
  return logRatio(meanSquareA + NOTHING, meanSquareB + NOTHING);
}

/** Collects points into room that the next collector may be given. */
export class RowCollector {
  readonly room: RowRoom;
  readonly turnMin: number;
  readonly turnMax: number;
  readonly #groupEnds: number[] = [];
  length = 0;

  constructor(capacity: number, { turnMin, turnMax }: Constants) {
    this.room = roomFor(capacity);
    this.turnMin = turnMin;
    this.turnMax = turnMax;
  }

  /** Takes a point unless its row did not turn, has nothing left in common, or has a norm that is not finite. */
  add(turn: number, growth: number, variance: number): void {
    if (!(turn > this.turnMin && turn < this.turnMax) || growth - growth !== 0) return;
    this.room.turn[this.length] = turn;
    this.room.growth[this.length] = growth;
    this.room.variance[this.length] = variance;
    this.length++;
  }

  endGroup(): void {
    if (this.length > (this.#groupEnds.at(-1) ?? 0)) this.#groupEnds.push(this.length);
  }

  rows(): GrowthRows {
    return {
      turn: this.room.turn.subarray(0, this.length),
      growth: this.room.growth.subarray(0, this.length),
      variance: this.room.variance.subarray(0, this.length),
      groupEnds: this.#groupEnds,
    };
  }
}

/**
 * All rows of the backbone that moved, a group for every tensor. What was read of a tensor beside its given rows counts as
 * one more row: its norm is known, and its turn is taken to be that of the given ones. All rests are one group. A rest is so
 * many numbers that their chance alignment with an update, 2√(x / count), would be next to nothing; but a tensor's update has
 * fewer degrees of freedom than numbers, and what it is aligned by as a whole has a deviation of its own.
 */
export function growthRowsOf(pair: TablePair, constants: Constants): GrowthRows {
  const { p, q, kernel } = pair;
  const { places, rows } = p;
  const collector = new RowCollector(rows + places.length, constants);
  // The turn is measured on the given coordinates, the growth on whole rows: norms of samples would drown it in noise.
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    const rounding = roundingVariance(place.width, roundingOf(pair, at));
    kernel.collectRows(p, q, place, { noise: constants.turnNoise, rounding }, collector);
    collector.endGroup();
  }
  for (let at = 0; at < places.length; at++) addRest(pair, at, collector, constants);
  collector.endGroup();
  return collector.rows();
}

function roundingOf({ p, q }: TablePair, at: number): number {
  return Math.max(p.roundings[at]!, q.roundings[at]!);
}

function addRest(pair: TablePair, at: number, collector: RowCollector, constants: Constants): void {
  const { p, q, products } = pair;
  const count = p.restCounts[at]!;
  const squaresP = p.restSquares[at]!;
  const squaresQ = q.restSquares[at]!;
  // Unequal counts are of rests with numbers that are not finite: what remains of them is not the same rows.
  if (count < constants.restCountMin || count !== q.restCounts[at]) return;
  if (!(squaresP > 0 && squaresQ > 0)) return;
  const turn = turnOf(sineSquare(p.squares[at]!, q.squares[at]!, products[at]!));
  const rounding = roundingVariance(count, roundingOf(pair, at));
  const variance = rowVariance(turn, count, constants.restTurnNoise, rounding);
  collector.add(turn, logRatio(squaresP, squaresQ), variance + 4 * turn * constants.restAlignment ** 2);
}
