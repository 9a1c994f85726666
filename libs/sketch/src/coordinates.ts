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

/**
 * Chooses the sampled coordinates of a model (DESIGN 3.3), a function of names, shapes and slabs alone. Rows are spread over the slab,
 * one from each of as many equal parts. Every tensor has an equal share of the numbers, whatever its size: the tree distance takes
 * the determinant over a tensor's columns, which a dozen columns of every tensor tell better than many of a few.
 */
export function sampleGrids(slabs: readonly SlabShape[], options: SketchOptions): Grid[] {
  const { rowsPerTensorMax, rowsMax, coordinatesMax } = options;
  const tensors = Math.max(1, slabs.length);
  const rowsEach = Math.max(
    1,
    Math.min(rowsPerTensorMax, floor(Math.min(rowsMax, coordinatesMax) / tensors)),
  );
  return slabs.map((slab) => {
    const rows = sampledRows(slab, rowsEach);
    const columns = Math.min(slab.width, Math.max(1, floor(coordinatesMax / tensors / rows.length)));
    return { rows, columns };
  });
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

/** Fills ascending column numbers into `out`, one from each of as many equal parts of the width; others for another `draw`. */
export function drawColumns(
  seed: number,
  draw: number,
  width: number,
  out: Uint32Array | Float64Array,
): void {
  const drawSeed = mix(seed, draw);
  const columns = out.length;
  for (let part = 0; part < columns; part++) {
    const begin = floor((part * width) / columns);
    const end = floor(((part + 1) * width) / columns);
    out[part] = begin + (mix(drawSeed, part) % (end - begin));
  }
}

/** The slab is left out: a matrix has the same columns whatever rows of it were read. */
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
