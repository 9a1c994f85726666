import { strict as assert } from 'node:assert';
import { drawColumns } from './coordinates';
import { boundedFloat32, slabFigures } from './figures';
import type { SketchOptions } from './format';
import { SKETCH_VERSION } from './format';
import type { SampleDtype } from './sample-dtype';
import { isSampleDtype, SAMPLE_DTYPES, takeSamples } from './sample-dtype';
import { mix, seedOf } from './seed';

/**
 * Sampled rows of the token embedding. Rows are known by token id, not by position: sketches of a model and of its child with a
 * grown vocabulary are compared on the ids that both have.
 */
export interface EmbeddingSketch {
  readonly dtype: SampleDtype;
  readonly vocabulary: number;
  readonly width: number;
  /** Ascending. */
  readonly rowIds: Uint32Array;
  /** Sampled numbers of each row. */
  readonly columns: number;
  /** Over each row whole. */
  readonly rowMeanSquares: Float32Array;
  /** Rows × columns numbers in the source's type, row-major, little-endian. */
  readonly samples: Uint8Array;
}

/** Whole rows of a token embedding as they were read, run after run. */
export interface EmbeddingRows {
  readonly dtype: string;
  readonly vocabulary: number;
  readonly width: number;
  readonly runs: readonly { readonly rowBegin: number; readonly rowEnd: number }[];
  readonly bytes: Uint8Array;
  values(): Float64Array;
}

/** Keeps at most `embeddingRowsMax` rows (those first in one fixed random order of all ids) with `embeddingColumns` numbers each. */
export function sketchEmbedding(
  embedding: EmbeddingRows,
  { embeddingRowsMax, embeddingColumns }: SketchOptions,
): EmbeddingSketch {
  const { dtype, vocabulary, width } = embedding;
  assert(isSampleDtype(dtype), `expected one of ${SAMPLE_DTYPES.join(', ')} for the embedding, got ${dtype}`);
  const ids = rowIdsOf(embedding);
  const { rowMeanSquares } = slabFigures(embedding.values(), width);
  assert(
    rowMeanSquares.length === ids.length,
    `expected ${ids.length} embedding rows, got ${rowMeanSquares.length}`,
  );
  const kept = keptRows(ids, embeddingRowsMax);
  const columns = Math.min(embeddingColumns, width);
  const positions = new Float64Array(kept.length * columns);
  // The same columns for one id in every vocabulary: the seed knows the width only.
  const seed = seedOf('embedding-columns', SKETCH_VERSION, width);
  for (const [at, row] of kept.entries()) {
    const part = positions.subarray(at * columns, (at + 1) * columns);
    drawColumns(seed, ids[row]!, width, part);
    for (let i = 0; i < columns; i++) part[i]! += row * width;
  }
  return {
    dtype,
    vocabulary,
    width,
    rowIds: Uint32Array.from(kept, (row) => ids[row]!),
    columns,
    rowMeanSquares: Float32Array.from(kept, (row) => boundedFloat32(rowMeanSquares[row]!)),
    samples: takeSamples(embedding.bytes, dtype, positions),
  };
}

/** Token ids of the rows, in the order in which they were read. */
export function rowIdsOf({ runs }: EmbeddingRows): Uint32Array {
  const ids = new Uint32Array(runs.reduce((sum, { rowBegin, rowEnd }) => sum + rowEnd - rowBegin, 0));
  let at = 0;
  for (const { rowBegin, rowEnd } of runs) for (let id = rowBegin; id < rowEnd; id++) ids[at++] = id;
  return ids;
}

/** Positions of the rows to keep, by ascending id. */
function keptRows(ids: Uint32Array, rowsMax: number): number[] {
  const seed = seedOf('embedding-rows', SKETCH_VERSION);
  const rows = Array.from(ids, (id, row) => ({ row, id, draw: mix(seed, id) }));
  if (rows.length > rowsMax) rows.sort((a, b) => a.draw - b.draw || a.id - b.id);
  return rows
    .slice(0, rowsMax)
    .sort((a, b) => a.id - b.id)
    .map(({ row }) => row);
}
