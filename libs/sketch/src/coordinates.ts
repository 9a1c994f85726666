import { createHash } from 'node:crypto';
import type { SketchOptions } from './format';
import { SKETCH_VERSION } from './format';
import { mix, seedOf } from './seed';

const { floor } = Math;

/** Rows [rowBegin, rowEnd) of a matrix that were read, as far as coordinates are concerned. */
export interface SlabShape {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly rowBegin: number;
  readonly rowEnd: number;
}

/** Which numbers of a matrix are sampled: `columns` of each of `rows` (row numbers of the whole matrix, ascending). */
export interface Grid {
  readonly rows: Float64Array;
  readonly columns: number;
}

/** Half of the coordinates are shared out evenly, so that small matrices are seen too; the other half by size. */
const EVEN_SHARE = 1 / 2;

/**
 * Chooses the sampled coordinates of a model (DESIGN 3.3), a function of names, shapes and slabs alone. Rows are spread over the slab,
 * one from each of as many equal parts; columns are spread over the row in the same way, anew for every row.
 */
export function sampleGrids(slabs: readonly SlabShape[], options: SketchOptions): Grid[] {
  const { rowsPerTensorMax, rowsMax, coordinatesMax } = options;
  const rowsEach = Math.max(
    1,
    Math.min(rowsPerTensorMax, Math.floor(Math.min(rowsMax, coordinatesMax) / Math.max(1, slabs.length))),
  );
  const rows = slabs.map((slab) => sampledRows(slab, rowsEach));
  const columns = shareColumns(
    slabs.map(({ rows: all, width }, at) => ({ sampled: rows[at]!.length, width, size: all * width })),
    coordinatesMax,
  );
  return slabs.map((_, at) => ({ rows: rows[at]!, columns: columns[at]! }));
}

/** Identifies the coordinates of a sketch: two sketches can be compared number by number exactly when theirs are equal. */
export function coordinatesKey(slabs: readonly SlabShape[], grids: readonly Grid[]): string {
  const parts = slabs.map(({ name, rows, width, rowBegin, rowEnd }, at) => [
    name,
    rows,
    width,
    rowBegin,
    rowEnd,
    grids[at]!.rows.length,
    grids[at]!.columns,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([SKETCH_VERSION, parts]))
    .digest('hex')
    .slice(0, 16);
}

/** Fills `columns` ascending column numbers for one row into `out`. */
export function drawColumns(seed: number, row: number, width: number, out: Uint32Array | Float64Array): void {
  const rowSeed = mix(seed, row);
  const columns = out.length;
  for (let part = 0; part < columns; part++) {
    const begin = floor((part * width) / columns);
    const end = floor(((part + 1) * width) / columns);
    out[part] = begin + (mix(rowSeed, part) % (end - begin));
  }
}

/** The slab is left out: a row has the same columns whatever else was read. */
export function columnsSeed({ name, rows, width }: SlabShape): number {
  return seedOf('columns', SKETCH_VERSION, name, rows, width);
}

/** Row numbers of the whole matrix, one from each equal part of the slab. */
function sampledRows({ name, rows, width, rowBegin, rowEnd }: SlabShape, rowsEach: number): Float64Array {
  const read = rowEnd - rowBegin;
  const sampled = new Float64Array(Math.min(rowsEach, read));
  drawColumns(seedOf('rows', SKETCH_VERSION, name, rows, width), 0, read, sampled);
  return sampled.map((row) => rowBegin + row);
}

/** What a matrix could take: its sampled rows, and how wide and how large it is. */
interface Demand {
  readonly sampled: number;
  readonly width: number;
  readonly size: number;
}

/**
 * Columns per sampled row for every matrix: at least an even share, beyond it in proportion to the matrix's size, never more than
 * its width; as many as the budget of numbers holds.
 */
function shareColumns(demands: readonly Demand[], coordinatesMax: number): number[] {
  const rows = demands.reduce((sum, { sampled }) => sum + sampled, 0);
  const even = Math.max(1, Math.floor((coordinatesMax * EVEN_SHARE) / Math.max(1, rows)));
  const columnsAt = (share: number) =>
    demands.map(({ sampled, width, size }) =>
      Math.min(width, Math.max(even, Math.floor((share * size) / sampled))),
    );
  const used = (columns: readonly number[]) =>
    columns.reduce((sum, each, at) => sum + each * demands[at]!.sampled, 0);
  let share = 0;
  for (let step = 1; step > 2 ** -52; step /= 2) {
    if (share + step <= 1 && used(columnsAt(share + step)) <= coordinatesMax) share += step;
  }
  const columns = columnsAt(share);
  let left = coordinatesMax - used(columns);
  // Whole columns rarely use the budget up: one more wherever it still fits, the largest matrices first.
  const bySize = demands.map((_, at) => at).sort((a, b) => demands[b]!.size - demands[a]!.size || a - b);
  for (const at of bySize) {
    const { sampled, width } = demands[at]!;
    if (columns[at]! === width || sampled > left) continue;
    columns[at]!++;
    left -= sampled;
  }
  return columns;
}
