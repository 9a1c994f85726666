import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';
import { defaultSketchOptions, LOW_RANK_SIDE, NAME_BYTES_MAX, TENSORS_MAX } from './format';
import type { LowRankBlock } from './low-rank';
import { roundingNoise } from './low-rank';
import type { SampleDtype } from './sample-dtype';
import { formatOf, SAMPLE_DTYPES } from './sample-dtype';
import type { TensorSketch } from './sketch';

/* The tensors and low-rank blocks of a sketch; `codec.ts` has the layout. */

const LIMITS = defaultSketchOptions;

export function writeTensors(out: ByteWriter, tensors: readonly TensorSketch[]): void {
  out.u8(tensors.length);
  for (const tensor of tensors) writeTensor(out, tensor);
}

export function readTensors(reader: ByteReader): TensorSketch[] {
  return readTensorsWith(reader, (rows) => reader.f32s(rows, MEAN_SQUARES));
}

/** A tensor whose mean squares of rows are still bytes, at any address. */
export type TensorParts = TensorWith<Uint8Array>;

/** Tensors without a copy of any number. */
export function readTensorParts(reader: ByteReader): TensorParts[] {
  return readTensorsWith(reader, (rows) => reader.floats(rows, MEAN_SQUARES));
}

const MEAN_SQUARES = 'mean squares of rows';

interface TensorWith<Means> extends Omit<TensorSketch, 'rowMeanSquares'> {
  readonly rowMeanSquares: Means;
}

/** Means are float32, or the bytes of some. */
type Means = Float32Array | Uint8Array;

export const rowsOf = ({ rowMeanSquares }: TensorWith<Means>): number => rowMeanSquares.byteLength / 4;

function readTensorsWith<Some extends Means>(
  reader: ByteReader,
  readMeans: (rows: number) => Some,
): TensorWith<Some>[] {
  const count = reader.u8();
  reader.check(
    count >= 1 && count <= TENSORS_MAX,
    () => `There are ${count} tensors; a sketch has 1 to ${TENSORS_MAX}.`,
  );
  const tensors = reader.repeat(count, () => readTensor(reader, readMeans));
  const sorted = tensors.every(({ name }, at) => at === 0 || tensors[at - 1]!.name < name);
  reader.check(sorted, () => 'The tensors are not sorted by name.');
  const rows = tensors.reduce((sum, tensor) => sum + rowsOf(tensor), 0);
  const coordinates = tensors.reduce((sum, tensor) => sum + rowsOf(tensor) * tensor.columns, 0);
  reader.check(
    rows <= LIMITS.rowsMax,
    () => `There are ${rows} sampled rows; at most ${LIMITS.rowsMax} are kept.`,
  );
  reader.check(
    coordinates <= LIMITS.coordinatesMax,
    () => `There are ${coordinates} samples; at most ${LIMITS.coordinatesMax} are kept.`,
  );
  return tensors;
}

function writeTensor(out: ByteWriter, tensor: TensorSketch): void {
  const name = new TextEncoder().encode(tensor.name);
  out.u8(name.byteLength);
  out.raw(name);
  out.u8(formatOf(tensor.dtype).code);
  const { rows, width, readCount, nonFiniteCount, zeroFraction, restCount } = tensor;
  // The fraction is a quotient of these two, so rounding gives the count back exactly.
  const zeros = Math.round(zeroFraction * (readCount - nonFiniteCount));
  for (const count of [rows, width, readCount, nonFiniteCount, zeros, restCount]) out.count(count);
  const { mean, variance, thirdMoment, fourthMoment, restSquares, minimum, maximum } = tensor;
  for (const figure of [mean, variance, thirdMoment, fourthMoment, restSquares]) out.f64(figure);
  out.f32s(Float32Array.of(minimum, maximum));
  out.u8(tensor.rowMeanSquares.length);
  out.u16(tensor.columns);
  out.f32s(tensor.rowMeanSquares);
  out.raw(tensor.samples);
}

/** Field by field: a copy with some left out takes ten times as long, and a model has a hundred tensors. */
function readTensor<Some extends Means>(
  reader: ByteReader,
  readMeans: (rows: number) => Some,
): TensorWith<Some> {
  const nameBytes = reader.u8();
  reader.check(
    nameBytes <= NAME_BYTES_MAX,
    () => `A tensor's name has ${nameBytes} bytes; at most ${NAME_BYTES_MAX} are kept.`,
  );
  const name = reader.text(nameBytes, "tensor's name");
  const dtype = readDtype(reader);
  const { rows, width, readCount, nonFiniteCount, zeros, restCount } = readCounts(reader, name);
  const mean = reader.f64('mean');
  const variance = reader.f64('variance');
  const thirdMoment = reader.f64('third moment');
  const fourthMoment = reader.f64('fourth moment');
  const restSquares = reader.f64('sum of squares beside the samples');
  const minimum = reader.f32('minimum');
  const maximum = reader.f32('maximum');
  const sampledRows = reader.u8();
  const columns = reader.u16();
  reader.check(
    sampledRows >= 1 && sampledRows <= Math.min(LIMITS.rowsPerTensorMax, rows),
    () => `Tensor ${JSON.stringify(name)} has ${sampledRows} sampled rows.`,
  );
  reader.check(
    columns >= 1 && columns <= width,
    () => `Tensor ${JSON.stringify(name)} has ${columns} sampled columns.`,
  );
  return {
    name,
    dtype,
    rows,
    width,
    readCount,
    nonFiniteCount,
    restCount,
    mean,
    variance,
    thirdMoment,
    fourthMoment,
    restSquares,
    minimum,
    maximum,
    zeroFraction: zeros === 0 ? 0 : zeros / (readCount - nonFiniteCount),
    columns,
    rowMeanSquares: readMeans(sampledRows),
    samples: reader.raw(sampledRows * columns * formatOf(dtype).sampleBytes),
  };
}

/** Sizes that must agree with each other before anything is read by them. */
function readCounts(reader: ByteReader, name: string) {
  const rows = reader.count('number of rows', 1);
  const width = reader.count('width', 1);
  const readCount = reader.count('number of numbers read', 1);
  const nonFiniteCount = reader.count('number of non-finite numbers');
  const zeros = reader.count('number of zeros');
  const restCount = reader.count('number of numbers beside the samples');
  const finiteCount = readCount - nonFiniteCount;
  const isSound = readCount <= rows * width && zeros <= finiteCount && restCount <= finiteCount;
  reader.check(isSound, () => `Tensor ${JSON.stringify(name)} has more numbers of one kind than numbers.`);
  return { rows, width, readCount, nonFiniteCount, zeros, restCount };
}

/** A block points to its tensor by position. `noise` is left out: it follows from that tensor's figures. */
export function writeLowRank(
  out: ByteWriter,
  lowRank: readonly LowRankBlock[],
  tensors: readonly TensorSketch[],
): void {
  out.u8(lowRank.length);
  for (const { name, rows, values } of lowRank) {
    out.u8(tensors.findIndex((tensor) => tensor.name === name));
    out.u8(rows);
    out.f32s(values);
  }
}

export function readLowRank(
  reader: ByteReader,
  tensors: readonly Omit<TensorSketch, 'rowMeanSquares' | 'samples'>[],
): LowRankBlock[] {
  const count = readLowRankCount(reader);
  let last = -1;
  return reader.repeat(count, () => {
    const at = reader.u8();
    const rows = reader.u8();
    const tensor = tensors[at];
    reader.check(tensor !== undefined && at > last, () => 'The low-rank blocks are not sorted by tensor.');
    reader.check(rows >= 1 && rows <= (tensor?.rows ?? 0), () => `A low-rank block has ${rows} rows.`);
    last = at;
    const values = reader.f32s(LOW_RANK_SIDE ** 2, 'low-rank entries');
    return {
      name: tensor?.name ?? '',
      rows,
      noise: tensor === undefined ? 0 : roundingNoise(tensor, tensor.dtype),
      values,
    };
  });
}

/** Goes past the low-rank blocks, whatever they hold. */
export function skipLowRank(reader: ByteReader): void {
  reader.raw(readLowRankCount(reader) * (2 + 4 * LOW_RANK_SIDE ** 2));
}

function readLowRankCount(reader: ByteReader): number {
  const count = reader.u8();
  reader.check(
    count <= LIMITS.lowRankMax,
    () => `There are ${count} low-rank blocks; at most ${LIMITS.lowRankMax} are kept.`,
  );
  return count;
}

/** By code. */
const DTYPES = new Map(SAMPLE_DTYPES.map((dtype) => [formatOf(dtype).code, dtype]));

export function readDtype(reader: ByteReader): SampleDtype {
  const code = reader.u8();
  const dtype = DTYPES.get(code);
  reader.check(dtype !== undefined, () => `The dtype code ${code} is none that is known.`);
  return dtype ?? 'F32';
}
