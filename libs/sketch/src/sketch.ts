import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import type { Grid } from './coordinates';
import { columnsSeed, coordinatesKey, drawColumns, sampleGrids } from './coordinates';
import type { EmbeddingSketch, EmbeddingRows } from './embedding-sketch';
import { sketchEmbedding } from './embedding-sketch';
import type { Figures } from './figures';
import { bounded, boundedFloat32, slabFigures } from './figures';
import type { FingerprintInput } from './fingerprint';
import { fingerprint } from './fingerprint';
import type { SketchOptions } from './format';
import { defaultSketchOptions, FILE_HASHES_MAX, NAME_BYTES_MAX, SKETCH_VERSION } from './format';
import type { LowRankBlock } from './low-rank';
import { projectSlab, roundingNoise } from './low-rank';
import type { SampleDtype } from './sample-dtype';
import { isSampleDtype, SAMPLE_DTYPES, sampleValues, takeSamples } from './sample-dtype';
import { seedOf } from './seed';

/** What is kept of one matrix. */
export interface TensorSketch extends Figures {
  readonly name: string;
  readonly dtype: SampleDtype;
  /** Shape of the whole matrix. */
  readonly rows: number;
  readonly width: number;
  /** Numbers that were read: the figures are over these. */
  readonly readCount: number;
  /** Sum of squares, and number, of all that was read in rows that are not sampled; rows with a non-finite number are left out. */
  readonly restSquares: number;
  readonly restCount: number;
  /** Sampled numbers of each sampled row. */
  readonly columns: number;
  /** Over each sampled row whole, not over its samples: direction needs that (DESIGN 3.5). */
  readonly rowMeanSquares: Float32Array;
  /** Sampled rows × columns numbers in the source's type, row-major, little-endian. */
  readonly samples: Uint8Array;
}

/** What Stemma keeps of a model's weights (DESIGN 3.3): bounded in size, comparable with every sketch of its architecture. */
export interface Sketch {
  readonly version: number;
  /** Architecture key, 64 hex digits. */
  readonly architecture: string;
  /** Identity of the sampled coordinates, 16 hex digits: see `comparable`. */
  readonly coordinates: string;
  readonly kind: 'model' | 'adapter';
  readonly parameterCount: number;
  /** SHA-256 identity of the published weights, 64 hex digits. */
  readonly contentHash: string;
  /** SHA-256 of the weights files, as far as known; at most 32 of them. */
  readonly fileHashes: readonly string[];
  /** Sorted by name. */
  readonly tensors: readonly TensorSketch[];
  readonly fingerprint: Float32Array;
  /** Sorted by name. */
  readonly lowRank: readonly LowRankBlock[];
  readonly embedding: EmbeddingSketch | null;
}

/** Whole rows [rowBegin, rowEnd) of a matrix as they were read; `values` decodes `bytes`. */
export interface Slab {
  readonly name: string;
  readonly dtype: string;
  readonly rows: number;
  readonly width: number;
  readonly rowBegin: number;
  readonly rowEnd: number;
  readonly bytes: Uint8Array;
  values(): Float64Array;
}

/** What was read of a model: structurally what `readModel` of the weights library returns. */
export interface SampledWeights {
  readonly architecture: string;
  readonly kind: 'model' | 'adapter';
  readonly parameterCount: number;
  readonly contentHash: string;
  readonly fileHashes: readonly string[];
  readonly slabs: readonly Slab[];
  readonly embedding: EmbeddingRows | null;
}

/** Sketches what was read of a model. Numbers are decoded one slab at a time; the result depends on nothing but the arguments. */
export function sketchWeights(weights: SampledWeights, overrides: Partial<SketchOptions> = {}): Sketch {
  const options = { ...defaultSketchOptions, ...overrides };
  const slabs = weights.slabs
    .map((slab) => ({ ...slab, name: sketchName(slab.name), values: () => slab.values() }))
    .sort(byName);
  const grids = sampleGrids(slabs, options);
  const projected = lowRankNames(
    slabs.map(({ name }) => name),
    options.lowRankMax,
  );
  const tensors: TensorSketch[] = [];
  const inputs: FingerprintInput[] = [];
  const lowRank: LowRankBlock[] = [];
  for (const [at, slab] of slabs.entries()) {
    const values = slab.values();
    const { tensor, positions } = sketchSlab(slab, values, grids[at]!);
    tensors.push(tensor);
    inputs.push({ name: slab.name, values: sampleValues(tensor.samples, tensor.dtype), positions });
    if (projected.has(slab.name)) {
      const noise = roundingNoise(tensor, tensor.dtype);
      lowRank.push({ name: slab.name, noise, ...projectSlab(slab.name, values, slab.width, slab.rowBegin) });
    }
  }
  const { architecture, kind, parameterCount, contentHash } = weights;
  return {
    version: SKETCH_VERSION,
    architecture,
    coordinates: coordinatesKey(slabs, grids),
    kind,
    parameterCount,
    contentHash,
    fileHashes: weights.fileHashes.slice(0, FILE_HASHES_MAX),
    tensors,
    fingerprint: fingerprint(inputs),
    lowRank,
    embedding: weights.embedding === null ? null : sketchEmbedding(weights.embedding, options),
  };
}

/** Whether two sketches hold the same coordinates of one architecture, so that their numbers can be compared pairwise. */
export function comparable(a: Sketch, b: Sketch): boolean {
  return a.version === b.version && a.architecture === b.architecture && a.coordinates === b.coordinates;
}

/** The type in which most of the sampled tensors' parameters are kept; ties by name. */
export function dtypeOf({ tensors }: Sketch): SampleDtype {
  const sizes = new Map<SampleDtype, number>();
  for (const { dtype, rows, width } of tensors) sizes.set(dtype, (sizes.get(dtype) ?? 0) + rows * width);
  const [first] = [...sizes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return first?.[0] ?? 'F32';
}

/** Names a sketch can hold: long ones keep their beginning and a hash. What already looks shortened is shortened again, so no two collide. */
export function sketchName(name: string): string {
  const isLong = Buffer.byteLength(name) > NAME_BYTES_MAX;
  if (!isLong && !/~[0-9a-f]{24}$/.test(name)) return name;
  let begin = '';
  for (const char of name) {
    if (Buffer.byteLength(begin + char) > NAME_BYTES_MAX - 25) break;
    begin += char;
  }
  return `${begin}~${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
}

/** One matrix: figures over all that was read, norms and samples of the sampled rows. */
function sketchSlab(
  slab: Slab,
  values: Float64Array,
  grid: Grid,
): { tensor: TensorSketch; positions: Float64Array } {
  const { name, dtype, rows, width, rowBegin } = slab;
  assert(isSampleDtype(dtype), `expected one of ${SAMPLE_DTYPES.join(', ')} for ${name}, got ${dtype}`);
  const expected = (slab.rowEnd - rowBegin) * width;
  assert(values.length === expected, `expected ${expected} numbers of ${name}, got ${values.length}`);
  const { figures, rowMeanSquares, finiteRows } = slabFigures(values, width);
  const positions = samplePositions(slab, grid);
  const inSlab = positions.map((position) => position - rowBegin * width);
  return {
    positions,
    tensor: {
      name,
      dtype,
      rows,
      width,
      readCount: values.length,
      ...figures,
      // Exact for every type but float64, which samples are rounded from as well.
      minimum: boundedFloat32(figures.minimum),
      maximum: boundedFloat32(figures.maximum),
      ...restOf(rowMeanSquares, finiteRows, grid, slab),
      columns: grid.columns,
      rowMeanSquares: Float32Array.from(grid.rows, (row) => boundedFloat32(rowMeanSquares[row - rowBegin]!)),
      samples: takeSamples(slab.bytes, dtype, inSlab),
    },
  };
}

/** The norm of what was read besides the sampled rows: one more, very wide, row for direction (DESIGN 3.5). */
function restOf(
  rowMeanSquares: Float64Array,
  finiteRows: Uint8Array,
  grid: Grid,
  { width, rowBegin }: Slab,
): { restSquares: number; restCount: number } {
  const sampled = new Set(Array.from(grid.rows, (row) => row - rowBegin));
  let sum = 0;
  let rows = 0;
  for (const [row, meanSquare] of rowMeanSquares.entries()) {
    if (sampled.has(row) || finiteRows[row] === 0) continue;
    sum += meanSquare;
    rows++;
  }
  return { restSquares: bounded(sum * width), restCount: rows * width };
}

/**
 * Positions in the whole matrix, row · width + column, of the sampled numbers: the same columns in every row, since what the columns
 * of a change have in common shows only over many rows.
 */
function samplePositions(slab: Slab, { rows, columns }: Grid): Float64Array {
  const drawn = new Float64Array(columns);
  drawColumns(columnsSeed(slab), 0, slab.width, drawn);
  const positions = new Float64Array(rows.length * columns);
  for (const [at, row] of rows.entries()) {
    for (let i = 0; i < columns; i++) positions[at * columns + i] = row * slab.width + drawn[i]!;
  }
  return positions;
}

/** Attention matrices first, and of those values and queries, where low-rank updates usually are; ties by a hash of the name. */
function lowRankNames(names: readonly string[], lowRankMax: number): Set<string> {
  const rank = (name: string) =>
    /value|query|v_proj|q_proj|to_v|to_q|qkv|c_attn|in_proj/i.test(name)
      ? 0
      : /attn|attention|[ko]_proj|key|to_k|to_out/i.test(name)
        ? 1
        : 2;
  const ranked = names.map((name) => ({
    name,
    rank: rank(name),
    draw: seedOf('low-rank', SKETCH_VERSION, name),
  }));
  const attention = ranked.filter((each) => each.rank < 2);
  return new Set(
    (attention.length > 0 ? attention : ranked)
      .sort((a, b) => a.rank - b.rank || a.draw - b.draw || byName(a, b))
      .slice(0, lowRankMax)
      .map(({ name }) => name),
  );
}

/** By code units, the same on every machine and in every locale. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
