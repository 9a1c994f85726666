import type { GrowthRows, RowCollector } from './growth-rows';
import { type GrowthSums, plainGrowthSums } from './growth-sums';
import { PlainKernel } from './plain-kernel';
import type { SampleColumns, SampleTable, TensorPlace } from './sample-table';
import type { Sums } from './table-sums';
import type { OwnMarks } from './tensor-facts';
import { type RowRoom, WasmKernel } from './wasm-kernel';

/** A step between two blocks, from either of them. */
export interface Step {
  /** The first columns of the blocks are looked at. */
  readonly columns: number;
  /** Multiple of the base that is no part of the step, with the first as the base and with the second. */
  readonly factorP: number;
  readonly factorQ: number;
  /** One over the unit that the step is measured in. */
  readonly perUnit: number;
  /** What is added to the variances, and the least that a variance given the columns before can be. */
  readonly floor: number;
}

/**
 * What comparing two models comes down to, over two tables of equal places whose numbers are all finite. All sums are in
 * float64; over the numbers of a row they run through them in turn, over rows they are `sumOverRows`. So all implementations
 * return the same bits, and exchanging p and q exchanges what is returned, or its sign.
 */
export interface PairKernel {
  /** Of a table that has none yet. */
  sums(columns: SampleColumns): Sums;
  /** Of a table that nothing was taken out of. */
  marks(table: SampleTable): OwnMarks;
  /** By tensor: the inner product of both. */
  tensorProducts(p: SampleTable, q: SampleTable): readonly number[];
  /**
   * Mean over columns of ln det(z'z / rows + floor·1) for the step z = (target − factor · base) · perUnit between two blocks:
   * the smaller one of both directions.
   */
  logDeterminant(p: SampleTable, q: SampleTable, place: TensorPlace, step: Step): number;
  /** Adds the rows of a tensor that turned. */
  collectRows(
    p: SampleTable,
    q: SampleTable,
    place: TensorPlace,
    scatter: Scatter,
    collector: RowCollector,
  ): void;
  /**
   * Of two tables of token-embedding rows: the growth of those that are still, of which less than `residualMax` remains; the
   * others are added.
   */
  splitRows(
    p: SampleTable,
    q: SampleTable,
    residualMax: number,
    scatter: Scatter,
    collector: RowCollector,
  ): StillRows;
}

/** How the growth of rows scatters around their turn: as in `rowVariance`. */
export interface Scatter {
  readonly noise: number;
  readonly rounding: number;
}

export interface StillRows {
  /** By row: ln of the ratio of the squared norms, second model over first. */
  readonly growth: Float64Array;
  /** Rows that are finite in both. */
  readonly compared: number;
}

const plain = new PlainKernel();
let wasm: WasmKernel | null = null;

/** Made when it is first of use: it takes some 30 MiB. */
function wasmKernel(): WasmKernel {
  wasm ??= new WasmKernel();
  return wasm;
}

/** The kernel that is fastest for two tables. */
export function kernelFor(p: SampleTable, q: SampleTable): PairKernel {
  return WasmKernel.takes(p) && WasmKernel.takes(q) ? wasmKernel() : plain;
}

/** The sums of a table, which stays with the kernel that is fastest for it. */
export function sumsOf(columns: SampleColumns): Sums {
  return WasmKernel.takes(columns) ? wasmKernel().sums(columns) : plain.sums(columns);
}

/** Room for so many rows, which the next call may give to others. */
export function roomFor(rows: number): RowRoom {
  if (WasmKernel.takesRows(rows)) return wasmKernel().room;
  return {
    turn: new Float64Array(rows),
    growth: new Float64Array(rows),
    variance: new Float64Array(rows),
  };
}

/** The sums that tell growth; `perSquare` as in {@link GrowthSums}. */
export function sumGrowth(rows: GrowthRows, perSquare: number): GrowthSums {
  return WasmKernel.takesRows(rows.turn.length)
    ? wasmKernel().sumGrowth(rows, perSquare)
    : plainGrowthSums(rows, perSquare);
}
