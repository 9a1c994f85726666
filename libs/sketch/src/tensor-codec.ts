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
  const count = reader.u8();
  reader.check(
    count >= 1 && count <= TENSORS_MAX,
    `There are ${count} tensors; a sketch has 1 to ${TENSORS_MAX}.`,
  );
  const tensors = reader.repeat(count, () => readTensor(reader));
  const sorted = tensors.every(({ name }, at) => at === 0 || tensors[at - 1]!.name < name);
  reader.check(sorted, 'The tensors are not sorted by name.');
  const rows = tensors.reduce((sum, { rowMeanSquares }) => sum + rowMeanSquares.length, 0);
  const coordinates = tensors.reduce(
    (sum, { rowMeanSquares, columns }) => sum + rowMeanSquares.length * columns,
    0,
  );
  reader.check(rows <= LIMITS.rowsMax, `There are ${rows} sampled rows; at most ${LIMITS.rowsMax} are kept.`);
  reader.check(
    coordinates <= LIMITS.coordinatesMax,
    `There are ${coordinates} samples; at most ${LIMITS.coordinatesMax} are kept.`,
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

function readTensor(reader: ByteReader): TensorSketch {
  const nameBytes = reader.u8();
  reader.check(
    nameBytes <= NAME_BYTES_MAX,
    `A tensor's name has ${nameBytes} bytes; at most ${NAME_BYTES_MAX} are kept.`,
  );
  const name = reader.text(nameBytes, "tensor's name");
  const dtype = readDtype(reader);
  const { zeros, ...counts } = readCounts(reader, name);
  const figures = {
    mean: reader.f64('mean'),
    variance: reader.f64('variance'),
    thirdMoment: reader.f64('third moment'),
    fourthMoment: reader.f64('fourth moment'),
    restSquares: reader.f64('sum of squares beside the samples'),
  };
  const [minimum = 0, maximum = 0] = reader.f32s(2, 'minimum and maximum');
  const zeroFraction = zeros === 0 ? 0 : zeros / (counts.readCount - counts.nonFiniteCount);
  const sampledRows = reader.u8();
  const columns = reader.u16();
  const rowsMax = Math.min(LIMITS.rowsPerTensorMax, counts.rows);
  reader.check(
    sampledRows >= 1 && sampledRows <= rowsMax,
    `Tensor ${JSON.stringify(name)} has ${sampledRows} sampled rows.`,
  );
  reader.check(
    columns >= 1 && columns <= counts.width,
    `Tensor ${JSON.stringify(name)} has ${columns} sampled columns.`,
  );
  const rowMeanSquares = reader.f32s(sampledRows, 'mean squares of rows');
  const samples = reader.raw(sampledRows * columns * formatOf(dtype).sampleBytes);
  return {
    name,
    dtype,
    ...counts,
    ...figures,
    minimum,
    maximum,
    zeroFraction,
    columns,
    rowMeanSquares,
    samples,
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
  reader.check(isSound, `Tensor ${JSON.stringify(name)} has more numbers of one kind than numbers.`);
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

export function readLowRank(reader: ByteReader, tensors: readonly TensorSketch[]): LowRankBlock[] {
  const count = reader.u8();
  reader.check(
    count <= LIMITS.lowRankMax,
    `There are ${count} low-rank blocks; at most ${LIMITS.lowRankMax} are kept.`,
  );
  let last = -1;
  return reader.repeat(count, () => {
    const at = reader.u8();
    const rows = reader.u8();
    const tensor = tensors[at];
    reader.check(tensor !== undefined && at > last, 'The low-rank blocks are not sorted by tensor.');
    reader.check(rows >= 1 && rows <= (tensor?.rows ?? 0), `A low-rank block has ${rows} rows.`);
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

export function readDtype(reader: ByteReader): SampleDtype {
  const code = reader.u8();
  const dtype = SAMPLE_DTYPES.find((each) => formatOf(each).code === code);
  reader.check(dtype !== undefined, `The dtype code ${code} is none that is known.`);
  return dtype ?? 'F32';
}
