import type { EmbeddingRows, EmbeddingSketch } from './embedding-sketch';
import { rowIdsOf } from './embedding-sketch';
import type { Figures } from './figures';
import { slabFigures } from './figures';
import type { LowRankBlock } from './low-rank';
import { projectSlab, roundingNoise } from './low-rank';
import { formatOf, isSampleDtype, joinedSampleValues, sampleValues } from './sample-dtype';
import type { SampledWeights, Sketch, Slab, TensorSketch } from './sketch';
import { rowsOf, type TensorParts } from './tensor-codec';

/** One matrix as evidence sees it, whether from a sketch or from whole weights. */
export interface TensorObservation extends Figures {
  readonly name: string;
  readonly dtype: string;
  /** Numbers of the whole matrix. */
  readonly count: number;
  /** Length of a whole row. */
  readonly width: number;
  /** Largest relative rounding error of the type the numbers came in. */
  readonly rounding: number;
  /** Observed rows, and observed numbers in each. */
  readonly rows: number;
  readonly columns: number;
  /** rows × columns, row-major. */
  readonly values: Float32Array | Float64Array;
  /** Of each observed row, over the whole row. */
  readonly rowMeanSquares: Float32Array | Float64Array;
  /** Whether rows × columns is the whole matrix. */
  readonly complete: boolean;
  /** Sum of squares, and number, of all that was read in other rows; rows with a non-finite number are left out. */
  readonly restSquares: number;
  readonly restCount: number;
}

export interface EmbeddingObservation {
  readonly dtype: string;
  readonly vocabulary: number;
  readonly width: number;
  readonly rounding: number;
  /** Token ids of the observed rows, ascending. */
  readonly rowIds: Uint32Array;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
  readonly rowMeanSquares: Float32Array | Float64Array;
}

/** A model as evidence sees it. Observations of equal `architecture` and `coordinates` can be compared number by number. */
export interface Observation {
  readonly architecture: string;
  readonly coordinates: string;
  readonly contentHash: string;
  /** The file holds low-rank factors alone, without the weights they are added to. */
  readonly adapter: boolean;
  /** The type most of the numbers came in. */
  readonly dtype: string;
  readonly tensors: readonly TensorObservation[];
  readonly lowRank: readonly LowRankBlock[];
  readonly embedding: EmbeddingObservation | null;
}

/** An observation as far as models are compared by it: what is told of a pair beside its figures takes the rest. */
export type ComparableObservation = Omit<Observation, 'lowRank'>;

/**
 * What a sketch lets one see: the samples decoded, everything else as it is. Non-finite samples stay in the values. The values of
 * all tensors follow each other in one piece of memory, in their order.
 */
export function toObservation(sketch: Sketch): Observation {
  const { tensors, embedding, lowRank } = sketch;
  const values = new Float32Array(sampleCount(tensors));
  fillValues(tensors, values);
  let end = 0;
  const observed = tensors.map((tensor) => {
    const own = values.subarray(end, (end += rowsOf(tensor) * tensor.columns));
    return observeTensor(tensor, tensor.rowMeanSquares, own);
  });
  return { ...observeModel(sketch, observed, embedding), lowRank };
}

type ModelIdentity = Pick<Sketch, 'architecture' | 'coordinates' | 'contentHash' | 'kind'>;

/** What the parts of an encoded sketch let one see: all numbers that are compared are in one piece of memory. */
export function observeParts(
  identity: ModelIdentity,
  tensors: readonly TensorParts[],
  embedding: EmbeddingSketch | null,
): ComparableObservation {
  const count = sampleCount(tensors);
  const rows = tensors.reduce((sum, tensor) => sum + rowsOf(tensor), 0);
  // Memory that is written at once need not be zeroed before.
  const { buffer } = Buffer.allocUnsafeSlow(4 * (count + rows));
  fillValues(tensors, new Float32Array(buffer, 0, count));
  const means = new Uint8Array(buffer, 4 * count);
  let [at, row] = [0, 0];
  const observed = tensors.map((tensor) => {
    const ownRows = rowsOf(tensor);
    means.set(tensor.rowMeanSquares, 4 * row);
    const rowMeanSquares = new Float32Array(buffer, 4 * (count + row), ownRows);
    const values = new Float32Array(buffer, 4 * at, ownRows * tensor.columns);
    at += values.length;
    row += ownRows;
    return observeTensor(tensor, rowMeanSquares, values);
  });
  return observeModel(identity, observed, embedding);
}

type Sampled = TensorSketch | TensorParts;

function sampleCount(tensors: readonly Sampled[]): number {
  return tensors.reduce((sum, tensor) => sum + rowsOf(tensor) * tensor.columns, 0);
}

/** All samples, tensor after tensor; those that follow each other in one type at once. */
function fillValues(tensors: readonly Sampled[], values: Float32Array): void {
  let begin = 0;
  for (let first = 0, end; first < tensors.length; first = end) {
    const { dtype } = tensors[first]!;
    end = first + 1;
    while (end < tensors.length && tensors[end]!.dtype === dtype) end++;
    const run = tensors.slice(first, end);
    const count = sampleCount(run);
    joinedSampleValues(
      run.map(({ samples }) => samples),
      dtype,
      values.subarray(begin, begin + count),
    );
    begin += count;
  }
}

function observeModel(
  { architecture, coordinates, contentHash, kind }: ModelIdentity,
  tensors: readonly TensorObservation[],
  embedding: EmbeddingSketch | null,
): ComparableObservation {
  return {
    architecture,
    coordinates,
    contentHash,
    adapter: kind === 'adapter',
    dtype: mostCommonDtype(tensors),
    tensors,
    embedding: embedding === null ? null : observeEmbeddingSketch(embedding),
  };
}

/** Field by field: leaving two out of a copy takes ten times as long, and a model has a hundred tensors. */
function observeTensor(
  tensor: Omit<TensorSketch, 'rowMeanSquares' | 'samples'>,
  rowMeanSquares: Float32Array,
  values: Float32Array,
): TensorObservation {
  const rows = rowMeanSquares.length;
  return {
    name: tensor.name,
    dtype: tensor.dtype,
    count: tensor.rows * tensor.width,
    width: tensor.width,
    rounding: formatOf(tensor.dtype).rounding,
    rows,
    columns: tensor.columns,
    values,
    rowMeanSquares,
    complete: rows === tensor.rows && tensor.columns === tensor.width,
    restSquares: tensor.restSquares,
    restCount: tensor.restCount,
    mean: tensor.mean,
    variance: tensor.variance,
    thirdMoment: tensor.thirdMoment,
    fourthMoment: tensor.fourthMoment,
    minimum: tensor.minimum,
    maximum: tensor.maximum,
    zeroFraction: tensor.zeroFraction,
    nonFiniteCount: tensor.nonFiniteCount,
  };
}

/**
 * Everything that was read, unsampled: for whole weights (`wholeReads`), where every matrix is complete and the embedding has all
 * its rows. Numbers are exact: float32 arrays for types of up to 32 bits, float64 above.
 */
export function observeWeights(weights: SampledWeights): Observation {
  const slabs = [...weights.slabs].sort((a, b) => (a.name < b.name ? -1 : 1));
  const observed = slabs.map(observeSlab);
  return {
    architecture: weights.architecture,
    coordinates: 'whole',
    contentHash: weights.contentHash,
    adapter: weights.kind === 'adapter',
    dtype: mostCommonDtype(observed.map(({ tensor }) => tensor)),
    tensors: observed.map(({ tensor }) => tensor),
    lowRank: observed.map(({ block }) => block),
    embedding: weights.embedding === null ? null : observeEmbedding(weights.embedding),
  };
}

/** The type most numbers came in. */
function mostCommonDtype(tensors: readonly Pick<TensorObservation, 'dtype' | 'count'>[]): string {
  const sizes = new Map<string, number>();
  for (const { dtype, count } of tensors) sizes.set(dtype, (sizes.get(dtype) ?? 0) + count);
  const [first] = [...sizes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return first?.[0] ?? 'F32';
}

/** A slab as it is: its rows are the observed ones, whole. */
function observeSlab({ name, dtype, rows, width, rowBegin, rowEnd, ...slab }: Slab): {
  tensor: TensorObservation;
  block: LowRankBlock;
} {
  const values = slab.values();
  const { figures, rowMeanSquares } = slabFigures(values, width);
  const noise = isSampleDtype(dtype) ? roundingNoise(figures, dtype) : 0;
  return {
    block: { name, noise, ...projectSlab(name, values, width, rowBegin) },
    tensor: {
      name,
      dtype,
      ...figures,
      count: rows * width,
      width,
      rounding: roundingOf(dtype),
      rows: rowEnd - rowBegin,
      columns: width,
      values: narrowed(values, dtype),
      rowMeanSquares,
      complete: rowEnd - rowBegin === rows,
      restSquares: 0,
      restCount: 0,
    },
  };
}

function observeEmbeddingSketch({ samples, dtype, ...embedding }: EmbeddingSketch): EmbeddingObservation {
  return { ...embedding, dtype, rounding: formatOf(dtype).rounding, values: sampleValues(samples, dtype) };
}

function observeEmbedding(embedding: EmbeddingRows): EmbeddingObservation {
  const { dtype, vocabulary, width } = embedding;
  const values = embedding.values();
  const { rowMeanSquares } = slabFigures(values, width);
  return {
    dtype,
    vocabulary,
    width,
    rounding: roundingOf(dtype),
    rowIds: rowIdsOf(embedding),
    columns: width,
    values: narrowed(values, dtype),
    rowMeanSquares,
  };
}

/** float64 numbers are observed as they are here, unlike in a sketch. */
function roundingOf(dtype: string): number {
  return dtype !== 'F64' && isSampleDtype(dtype) ? formatOf(dtype).rounding : 2 ** -53;
}

/** Half the memory, and exact: float32 holds every number of the smaller types. */
function narrowed(values: Float64Array, dtype: string): Float32Array | Float64Array {
  return dtype === 'F64' ? values : Float32Array.from(values);
}
