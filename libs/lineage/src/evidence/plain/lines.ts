// Typed arrays are read with `!` here: every index is bounded by the array's own length.
import type { TensorPair } from '../observation';
import { logRatio } from '../turn';
import type { PlainConstants } from './constants';

/**
 * Rows and columns of two models as points: how far each was turned and how much it has grown (DESIGN 3.5).
 * The lines of one side (the rows or the columns of one tensor) stand together and end at an entry of `sideEnds`.
 */
export interface Lines {
  /** x = −ln cos² of the angle between both versions of the line. */
  readonly turn: Float64Array;
  /** y = ln of the ratio of the squared norms, second model over first. */
  readonly growth: Float64Array;
  /** Variance that y has beyond its line: see {@link lineVariance}. */
  readonly variance: Float64Array;
  readonly sideEnds: readonly number[];
}

/** Keeps the turn of orthogonal lines finite. */
const COSINE_SQUARE_MIN = 1e-12;

/** −ln cos² from the squared norms of two lines and their product; not finite where one of these is zero or not finite. */
function turnOf(squaresP: number, squaresQ: number, product: number): number {
  const cosineSquare = (product * product) / (squaresP * squaresQ);
  return -Math.log(Math.min(1, Math.max(COSINE_SQUARE_MIN, cosineSquare)));
}

/**
 * Variance of a line's growth around its turn: a random direction is orthogonal only up to 4x/width, a real one has
 * a share of its turn on top.
 */
export function lineVariance(turn: number, width: number, constants: PlainConstants): number {
  return (4 * turn) / width + (constants.turnNoise * turn) ** 2;
}

/** Fills arrays of a capacity known beforehand with the lines that can be used. */
class LineCollector {
  readonly #turn: Float64Array;
  readonly #growth: Float64Array;
  readonly #variance: Float64Array;
  readonly #sideEnds: number[] = [];
  #length = 0;

  constructor(
    capacity: number,
    private readonly constants: PlainConstants,
  ) {
    this.#turn = new Float64Array(capacity);
    this.#growth = new Float64Array(capacity);
    this.#variance = new Float64Array(capacity);
  }

  /** Takes a line unless it did not turn, has nothing left in common, or has a norm that is zero or not finite. */
  add(turn: number, growth: number, width: number): void {
    const { turnMin, turnMax } = this.constants;
    if (!(turn > turnMin && turn < turnMax) || growth - growth !== 0) return;
    this.#turn[this.#length] = turn;
    this.#growth[this.#length] = growth;
    this.#variance[this.#length] = lineVariance(turn, width, this.constants);
    this.#length++;
  }

  endSide(): void {
    if (this.#length > (this.#sideEnds.at(-1) ?? 0)) this.#sideEnds.push(this.#length);
  }

  lines(): Lines {
    return {
      turn: this.#turn.subarray(0, this.#length),
      growth: this.#growth.subarray(0, this.#length),
      variance: this.#variance.subarray(0, this.#length),
      sideEnds: this.#sideEnds,
    };
  }
}

/** All lines of the backbone that moved: rows of every tensor, and columns of those that are given whole. */
export function linesOf(pairs: readonly TensorPair[], constants: PlainConstants): Lines {
  const capacity = pairs.reduce((sum, { a }) => sum + a.rows + (a.complete ? a.columns : 0), 0);
  const collector = new LineCollector(capacity, constants);
  for (const pair of pairs) {
    addRows(pair, collector);
    if (pair.a.complete) addColumns(pair, collector);
  }
  return collector.lines();
}

/** The turn is measured on the given coordinates, the growth on whole rows: norms of samples would drown it in noise. */
function addRows({ a, b }: TensorPair, collector: LineCollector): void {
  const p = a.values;
  const q = b.values;
  for (let row = 0, i = 0; row < a.rows; row++) {
    let squaresP = 0;
    let squaresQ = 0;
    let product = 0;
    for (const end = i + a.columns; i < end; i++) {
      const u = p[i]!;
      const v = q[i]!;
      squaresP += u * u;
      squaresQ += v * v;
      product += u * v;
    }
    const growth = logRatio(a.rowMeanSquares[row]!, b.rowMeanSquares[row]!);
    collector.add(turnOf(squaresP, squaresQ, product), growth, a.width);
  }
  collector.endSide();
}

function addColumns({ a, b }: TensorPair, collector: LineCollector): void {
  const squaresP = new Float64Array(a.columns);
  const squaresQ = new Float64Array(a.columns);
  const product = new Float64Array(a.columns);
  for (let row = 0, i = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++, i++) {
      const u = a.values[i]!;
      const v = b.values[i]!;
      squaresP[column]! += u * u;
      squaresQ[column]! += v * v;
      product[column]! += u * v;
    }
  }
  for (let column = 0; column < a.columns; column++) {
    const p = squaresP[column]!;
    const q = squaresQ[column]!;
    collector.add(turnOf(p, q, product[column]!), logRatio(p, q), a.rows);
  }
  collector.endSide();
}
