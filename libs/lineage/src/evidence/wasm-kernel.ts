// Typed arrays are read with `!` here: every index is bounded by the room that is checked for.
import assert from 'node:assert/strict';
import type { GrowthRows, RowCollector } from './growth-rows';
import type { GrowthSums } from './growth-sums';
import type { KernelExports } from './kernel-exports';
import { KERNEL_WASM_BASE64 } from './kernel-wasm';
import type { PairKernel, Scatter, Step, StillRows } from './pair-kernel';
import type { SampleColumns, SampleTable, TensorPlace } from './sample-table';
import type { Sums } from './table-sums';
import { LOOKED_AT_MAX, type OwnMarks, ownMarks } from './tensor-facts';

const PAGE_BYTES = 65_536;
const VECTOR_BYTES = 16;

const COLUMNS_MAX = 16;
const TENSORS_MAX = 4_096;
const TENSOR_ROWS_MAX = 4_096;
const ROWS_MAX = 65_536;

/** Places for one number of each row, of each rest of a tensor, and two more. */
const COLUMN_BYTES = 8 * (ROWS_MAX + TENSORS_MAX + 2);

/** Memory: results, moments and steps of a tensor, columns of rows, ends of groups, then the tables. */
const MOMENTS_AT = 64;
const STEPS_AT = MOMENTS_AT + COLUMNS_MAX ** 2 * VECTOR_BYTES;
const PRODUCTS_AT = STEPS_AT + TENSOR_ROWS_MAX * COLUMNS_MAX * VECTOR_BYTES;
const [TURNS_AT, GROWTHS_AT, VARIANCES_AT, WEIGHTS_AT, SQUARES_AT, DIRECTIONS_AT, ENDS_AT] = [
  1, 2, 3, 4, 5, 6, 7,
].map((column) => PRODUCTS_AT + column * COLUMN_BYTES) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];
/** By tensor of the table at hand: rows and columns; products or squares, and behind those sums and counts. */
const SHAPES_AT = ENDS_AT + COLUMN_BYTES;
const TOTALS_AT = SHAPES_AT + 8 * TENSORS_MAX;
const TABLES_AT = TOTALS_AT + 24 * TENSORS_MAX;

/** In longer rows it is slower to compare all numbers than to look them up. */
const COMPARED_COLUMNS_MAX = 64;

/** Room for some 250 sketches. */
const TABLES_BYTES = 1 << 25;
/** The last number is read with what follows it. */
const SLACK_BYTES = 16;

/** What we use of WebAssembly: neither ES2023 nor Node's types declare it. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Columns for rows that turned. */
export interface RowRoom {
  readonly turn: Float64Array;
  readonly growth: Float64Array;
  readonly variance: Float64Array;
}

/** Where the parts of two tables lie. */
interface Placed {
  readonly p: SampleTable;
  readonly q: SampleTable;
  readonly atP: number;
  readonly atQ: number;
  /** They lie there until so much was written. */
  readonly writtenMost: number;
  /** The products of their rows are there, too. */
  hasProducts: boolean;
}

/**
 * The kernel in WebAssembly SIMD (assembly/index.ts). The tables that were compared last stay in its memory, a ring: the
 * neighbours of one model are mostly neighbours of the next.
 */
export class WasmKernel implements PairKernel {
  readonly #memory = new WebAssembly.Memory({ initial: Math.ceil((TABLES_AT + TABLES_BYTES) / PAGE_BYTES) });
  readonly #exports: KernelExports;
  readonly #results = new Float64Array(this.#memory.buffer, 0, 8);
  readonly #counts = new Int32Array(this.#memory.buffer, 0, 2);
  readonly #squares = new Float64Array(this.#memory.buffer, SQUARES_AT, ROWS_MAX);
  readonly #shapes = new Int32Array(this.#memory.buffer, SHAPES_AT, 2 * TENSORS_MAX);
  /** The places that the shapes are of. */
  #shaped: readonly TensorPlace[] | null = null;
  readonly #totals = new Float64Array(this.#memory.buffer, TOTALS_AT, TENSORS_MAX);
  readonly #ends = new Int32Array(this.#memory.buffer, ENDS_AT, ROWS_MAX + TENSORS_MAX);
  /** The same for all who ask. */
  readonly room: RowRoom = {
    turn: new Float64Array(this.#memory.buffer, TURNS_AT, ROWS_MAX + TENSORS_MAX),
    growth: new Float64Array(this.#memory.buffer, GROWTHS_AT, ROWS_MAX + TENSORS_MAX),
    variance: new Float64Array(this.#memory.buffer, VARIANCES_AT, ROWS_MAX + TENSORS_MAX),
  };
  /** Where a table was written, counted over all that was ever written: it is there until the ring has come round. */
  readonly #writtenAt = new WeakMap<SampleColumns, number>();
  #written = 0;
  #placed: Placed | null = null;

  constructor() {
    const compiled = new WebAssembly.Module(Buffer.from(KERNEL_WASM_BASE64, 'base64'));
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#exports = instance.exports as KernelExports;
  }

  /** Whether a table fits: 32 bits, and not whole weights of a large model. */
  static takes(table: SampleColumns): boolean {
    const { values, rows, places, rowsMost } = table;
    if (!(values instanceof Float32Array) || bytesOf(table) > TABLES_BYTES / 4) return false;
    return places.length <= TENSORS_MAX && rows <= ROWS_MAX && rowsMost <= TENSOR_ROWS_MAX;
  }

  static takesRows(rows: number): boolean {
    return rows <= ROWS_MAX + TENSORS_MAX;
  }

  sums(columns: SampleColumns): Sums {
    const { length } = columns.places;
    const at = this.#write(columns);
    const [sumsAt, finiteAt] = [TOTALS_AT + 8 * length, TOTALS_AT + 16 * length];
    const isFinite = this.#exports.tableSums(at, length, SHAPES_AT, sumsAt, finiteAt) === 0;
    // One piece of memory for all three.
    const { buffer } = new Float64Array(this.#memory.buffer, TOTALS_AT, 3 * length).slice();
    return {
      isFinite,
      squares: new Float64Array(buffer, 0, length),
      sums: new Float64Array(buffer, 8 * length, length),
      finite: new Float64Array(buffer, 16 * length, length),
    };
  }

  marks(table: SampleTable): OwnMarks {
    const { places, tensors } = table;
    if (places.some(({ columns }) => columns > COMPARED_COLUMNS_MAX)) return ownMarks(tensors);
    const at = this.#keep(table);
    this.#shape(places);
    this.#exports.tableMarks(at, places.length, SHAPES_AT, LOOKED_AT_MAX, STEPS_AT, 0);
    const [zeroShareMost, distinct, values] = this.#results as unknown as [number, number, number];
    return { zeroShareMost, distinct, values };
  }

  tensorProducts(p: SampleTable, q: SampleTable): readonly number[] {
    const placed = this.#place(p, q);
    placed.hasProducts = true;
    const { atP, atQ } = placed;
    const { length } = p.places;
    this.#shape(p.places);
    this.#exports.tableProducts(atP, atQ, length, SHAPES_AT, PRODUCTS_AT, TOTALS_AT);
    const products: number[] = [];
    for (let t = 0; t < length; t++) products.push(this.#totals[t]!);
    return products;
  }

  logDeterminant(p: SampleTable, q: SampleTable, place: TensorPlace, step: Step): number {
    const { columns, factorP, factorQ, perUnit, floor } = step;
    assert(columns <= COLUMNS_MAX, `steps of at most ${COLUMNS_MAX} columns expected, ${columns} found`);
    const { atP, atQ } = this.#place(p, q);
    return this.#exports.leastLogDeterminant(
      atP + 4 * place.begin,
      atQ + 4 * place.begin,
      place.rows,
      place.columns,
      columns,
      factorP,
      factorQ,
      perUnit,
      floor,
      STEPS_AT,
      MOMENTS_AT,
    );
  }

  collectRows(
    p: SampleTable,
    q: SampleTable,
    { rowBegin, rows, width }: TensorPlace,
    { noise, rounding }: Scatter,
    collector: RowCollector,
  ): void {
    const { atP, atQ } = this.#withProducts(p, q);
    this.#collectInto(collector);
    const begin = 8 * rowBegin;
    collector.length += this.#exports.collectRows(
      PRODUCTS_AT + begin,
      atP + squaresAt(p) + begin,
      atQ + squaresAt(q) + begin,
      atP + logsAt(p) + begin,
      atQ + logsAt(q) + begin,
      rows,
      4 / width,
      noise,
      rounding,
    );
  }

  splitRows(
    p: SampleTable,
    q: SampleTable,
    residualMax: number,
    { noise, rounding }: Scatter,
    collector: RowCollector,
  ): StillRows {
    const { rows, columns, width } = p.places[0]!;
    const { atP, atQ } = this.#withProducts(p, q);
    this.#collectInto(collector);
    const stills = this.#exports.splitRows(
      PRODUCTS_AT,
      atP + squaresAt(p),
      atQ + squaresAt(q),
      atP + logsAt(p),
      atQ + logsAt(q),
      atP + meansAt(p),
      atQ + meansAt(q),
      rows,
      columns,
      residualMax,
      4 / width,
      noise,
      rounding,
      SQUARES_AT,
      0,
    );
    collector.length += this.#counts[1]!;
    return { growth: this.#squares.slice(0, stills), compared: this.#counts[0]! };
  }

  sumGrowth(rows: GrowthRows, perSquare: number): GrowthSums {
    const count = rows.turn.length;
    if (rows.turn.buffer !== this.#memory.buffer) {
      this.room.turn.set(rows.turn);
      this.room.growth.set(rows.growth);
      this.room.variance.set(rows.variance);
    }
    this.#ends.set(rows.groupEnds);
    this.#exports.growthSums(
      count,
      TURNS_AT,
      GROWTHS_AT,
      VARIANCES_AT,
      ENDS_AT,
      rows.groupEnds.length,
      perSquare,
      WEIGHTS_AT,
      SQUARES_AT,
      DIRECTIONS_AT,
      0,
    );
    const results = this.#results;
    return {
      firstSquares: results[0]!,
      firstSum: results[1]!,
      secondSquares: results[2]!,
      secondSum: results[3]!,
      weights: results[4]!,
      slope: results[5]!,
      lineLeft: results[6]!,
      turns: results[7]!,
    };
  }

  #withProducts(p: SampleTable, q: SampleTable): Placed {
    const placed = this.#place(p, q);
    if (!placed.hasProducts) this.tensorProducts(p, q);
    return placed;
  }

  /** The next rows go behind those that a collector has. */
  #collectInto({ room, length, turnMin, turnMax }: RowCollector): void {
    assert(room === this.room, 'room of this kernel expected');
    const at = 8 * length;
    this.#exports.collectInto(turnMin, turnMax, TURNS_AT + at, GROWTHS_AT + at, VARIANCES_AT + at);
  }

  #place(p: SampleTable, q: SampleTable): Placed {
    const before = this.#placed;
    const isThere = before !== null && this.#written <= before.writtenMost;
    if (isThere && before.p === p && before.q === q) return before;
    this.#keep(p);
    const atQ = this.#keep(q);
    // To keep the second may have overwritten the first; the ring has room for both, and more.
    const atP = this.#keep(p);
    const writtenMost = TABLES_BYTES + Math.min(this.#writtenAt.get(p)!, this.#writtenAt.get(q)!);
    this.#placed = { p, q, atP, atQ, writtenMost, hasProducts: false };
    return this.#placed;
  }

  /** The address of a table, which is written if it is not there. */
  #keep(table: SampleColumns): number {
    const before = this.#writtenAt.get(table);
    return before !== undefined && this.#written - before <= TABLES_BYTES
      ? TABLES_AT + (before % TABLES_BYTES)
      : this.#write(table);
  }

  /** Writes a table where the ring has come to, with what is to be known of its rows; the squares of its tensors are left, too. */
  #write(table: SampleColumns): number {
    const bytes = bytesOf(table);
    // A table does not go round the end.
    const left = TABLES_BYTES - (this.#written % TABLES_BYTES);
    if (bytes > left) this.#written += left;
    const at = TABLES_AT + (this.#written % TABLES_BYTES);
    this.#fill(table, at);
    this.#writtenAt.set(table, this.#written);
    this.#written += bytes;
    return at;
  }

  #fill(table: SampleColumns, at: number): void {
    const { buffer } = this.#memory;
    const { places, rows, wholeRows } = table;
    new Float32Array(buffer, at).set(table.values);
    this.#shape(places);
    this.#exports.tableProducts(at, at, places.length, SHAPES_AT, at + squaresAt(table), TOTALS_AT);
    new Float64Array(buffer, at + meansAt(table)).set(table.rowMeanSquares);
    this.#exports.logMeans(at + meansAt(table), rows, at + logsAt(table));
    // Rows that miss a number are told by their squares.
    if (wholeRows === null) return;
    const squares = new Float64Array(buffer, at + squaresAt(table), rows);
    wholeRows.forEach((isWhole, row) => {
      if (isWhole === 0) squares[row] = NaN;
    });
  }

  #shape(places: readonly TensorPlace[]): void {
    if (this.#shaped === places) return;
    this.#shaped = places;
    places.forEach(({ rows, columns }, t) => {
      this.#shapes[2 * t] = rows;
      this.#shapes[2 * t + 1] = columns;
    });
  }
}

/** In a table's room: its samples, then by row the squares, the mean squares over whole rows and the logarithms of these. */
const squaresAt = ({ values }: SampleColumns): number => upToVectors(4 * values.length + SLACK_BYTES);
const meansAt = (table: SampleColumns): number => squaresAt(table) + columnBytes(table);
const logsAt = (table: SampleColumns): number => meansAt(table) + columnBytes(table);
const bytesOf = (table: SampleColumns): number => logsAt(table) + columnBytes(table) + SLACK_BYTES;

/** Two rows are looked at together. */
const columnBytes = ({ rows }: SampleColumns): number => upToVectors(8 * rows);
const upToVectors = (bytes: number): number => Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES;
