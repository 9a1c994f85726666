import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader';
import { ByteWriter } from './byte-writer';
import type { EmbeddingSketch } from './embedding-sketch';
import {
  defaultSketchOptions,
  FILE_HASHES_MAX,
  FINGERPRINT_SIZE,
  LOW_RANK_SIDE,
  NAME_BYTES_MAX,
  SKETCH_BYTES_MAX,
  SKETCH_BYTES_MAX_16,
  SKETCH_VERSION,
  TENSORS_MAX,
} from './format';
import type { LowRankBlock } from './low-rank';
import { roundingNoise } from './low-rank';
import type { SampleDtype } from './sample-dtype';
import { formatOf, SAMPLE_DTYPES } from './sample-dtype';
import type { Sketch, TensorSketch } from './sketch';

/*
 * The bytes of a sketch, version 1. Little-endian, no padding.
 *
 *   header      4  magic "STSK"
 *               2  version
 *               2  zero
 *               4  length of everything, this header included
 *               8  first bytes of SHA-256 over all that follows
 *   model      32  architecture key            8  coordinates key           32  content hash
 *               1  kind (0 model, 1 adapter)   …  parameter count (count)
 *               1  number of file hashes, then 32 bytes each
 *             512  fingerprint, 128 × f32
 *   tensors     1  how many, then each, sorted by name:
 *                    1  name length, name in UTF-8          1  dtype code
 *                    …  rows, width, numbers read, non-finite numbers (counts)
 *                   56  mean, central moments 2-4, minimum, maximum, zero fraction (f64)
 *                    1  sampled rows                        2  columns
 *                    …  mean square of each sampled row (f32), then rows × columns samples in the source's type
 *   low rank    1  how many, then each, sorted by tensor:
 *                    1  which tensor   1  rows projected    2304  24 × 24 × f32
 *   embedding   1  0 where there is none, else 1 and:
 *                    1  dtype code     …  vocabulary, width (counts)
 *                    2  rows           2  columns
 *                    …  distance of each row id from the one before, less one (counts)
 *                    …  mean square of each row (f32), then rows × columns samples
 *
 * A count is a whole number in LEB128, shortest form.
 * A sketch has exactly one encoding: whatever decodes is encoded to the same bytes again.
 */

const MAGIC = 'STSK';
const HEADER_BYTES = 20;
const LIMITS = defaultSketchOptions;

export type SketchRejection = 'not-a-sketch' | 'unknown-version' | 'damaged' | 'malformed';

/** Bytes that are no sketch, as a value with a sentence for a person. */
export interface RejectedSketch {
  readonly type: 'rejected';
  readonly reason: SketchRejection;
  readonly detail: string;
}

export interface DecodedSketch {
  readonly type: 'sketch';
  readonly sketch: Sketch;
}

/** Encodes a sketch made with the default options or less. Size: at most 128 KiB where no number has more than 16 bits, else 192 KiB. */
export function encodeSketch(sketch: Sketch): Uint8Array {
  const body = new ByteWriter();
  writeModel(body, sketch);
  body.u8(sketch.tensors.length);
  for (const tensor of sketch.tensors) writeTensor(body, tensor);
  writeLowRank(body, sketch);
  writeEmbedding(body, sketch.embedding);
  const bytes = body.finish();
  const writer = new ByteWriter();
  writer.raw(Buffer.from(MAGIC));
  writer.u16(sketch.version);
  writer.u16(0);
  writer.u32(HEADER_BYTES + bytes.byteLength);
  writer.raw(checksum(bytes));
  writer.raw(bytes);
  const encoded = writer.finish();
  const decoded = decodeSketch(encoded);
  assert(
    decoded.type === 'sketch',
    `expected a sketch within the format's bounds: ${decoded.type === 'rejected' ? decoded.detail : ''}`,
  );
  const sizeMax = sketchBytesMax(sketch);
  assert(encoded.byteLength <= sizeMax, `expected at most ${sizeMax} bytes, got ${encoded.byteLength}`);
  return encoded;
}

/**
 * Decodes a sketch from bytes that may be anything. An unknown version is refused by its number; so are damaged bytes (checksum) and
 * well-summed ones whose fields make no sense. Nothing is allocated beyond the size of the input.
 */
export function decodeSketch(bytes: Uint8Array): DecodedSketch | RejectedSketch {
  const problem = headerProblem(bytes);
  if (problem !== null) return problem;
  const reader = new ByteReader(bytes.subarray(HEADER_BYTES));
  const model = readModel(reader);
  const tensors = readTensors(reader);
  const sketch: Sketch = {
    ...model,
    tensors,
    lowRank: readLowRank(reader, tensors),
    embedding: readEmbedding(reader),
  };
  reader.end();
  return reader.problem === null ? { type: 'sketch', sketch } : rejected('malformed', reader.problem);
}

function headerProblem(bytes: Uint8Array): RejectedSketch | null {
  if (bytes.byteLength < HEADER_BYTES || Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== MAGIC) {
    return rejected(
      'not-a-sketch',
      `A sketch begins with "${MAGIC}" and a header of ${HEADER_BYTES} bytes; these ${bytes.byteLength} bytes do not.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint16(4, true);
  if (version !== SKETCH_VERSION) {
    return rejected(
      'unknown-version',
      `This is a sketch of version ${version}; this program reads version ${SKETCH_VERSION}.`,
    );
  }
  const length = view.getUint32(8, true);
  if (length !== bytes.byteLength || length > SKETCH_BYTES_MAX) {
    return rejected(
      'damaged',
      `The sketch says it has ${length} bytes (at most ${SKETCH_BYTES_MAX} are allowed); there are ${bytes.byteLength}.`,
    );
  }
  const isIntact =
    view.getUint16(6, true) === 0 &&
    Buffer.compare(checksum(bytes.subarray(HEADER_BYTES)), bytes.subarray(12, HEADER_BYTES)) === 0;
  return isIntact ? null : rejected('damaged', 'The checksum of the sketch does not match its bytes.');
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest().subarray(0, 8);
}

function rejected(reason: SketchRejection, detail: string): RejectedSketch {
  return { type: 'rejected', reason, detail };
}

/** The bound on a sketch's encoded size, by the widest type in it. */
export function sketchBytesMax({ tensors, embedding }: Sketch): number {
  const dtypes = [...tensors.map(({ dtype }) => dtype), ...(embedding === null ? [] : [embedding.dtype])];
  return dtypes.every((dtype) => formatOf(dtype).sampleBytes <= 2) ? SKETCH_BYTES_MAX_16 : SKETCH_BYTES_MAX;
}

const KINDS = ['model', 'adapter'] as const;

function writeModel(out: ByteWriter, sketch: Sketch): void {
  out.hex(sketch.architecture);
  out.hex(sketch.coordinates);
  out.hex(sketch.contentHash);
  out.u8(KINDS.indexOf(sketch.kind));
  out.count(sketch.parameterCount);
  out.u8(sketch.fileHashes.length);
  for (const hash of sketch.fileHashes) out.hex(hash);
  out.f32s(sketch.fingerprint);
}

function readModel(reader: ByteReader): Omit<Sketch, 'tensors' | 'lowRank' | 'embedding'> {
  const architecture = reader.hex(32);
  const coordinates = reader.hex(8);
  const contentHash = reader.hex(32);
  const kind = KINDS[reader.u8()];
  reader.check(kind !== undefined, 'The kind of model is none that is known.');
  const parameterCount = reader.count('parameter count');
  const hashes = reader.u8();
  reader.check(
    hashes <= FILE_HASHES_MAX,
    `There are ${hashes} file hashes; at most ${FILE_HASHES_MAX} are kept.`,
  );
  const fileHashes = repeat(reader, hashes, () => reader.hex(32));
  const fingerprint = reader.f32s(FINGERPRINT_SIZE, 'fingerprint components');
  return {
    version: SKETCH_VERSION,
    architecture,
    coordinates,
    contentHash,
    kind: kind ?? 'model',
    parameterCount,
    fileHashes,
    fingerprint,
  };
}

function writeTensor(out: ByteWriter, tensor: TensorSketch): void {
  const name = new TextEncoder().encode(tensor.name);
  out.u8(name.byteLength);
  out.raw(name);
  out.u8(formatOf(tensor.dtype).code);
  const {
    rows,
    width,
    readCount,
    nonFiniteCount,
    mean,
    variance,
    thirdMoment,
    fourthMoment,
    minimum,
    maximum,
    zeroFraction,
  } = tensor;
  for (const count of [rows, width, readCount, nonFiniteCount]) out.count(count);
  for (const figure of [mean, variance, thirdMoment, fourthMoment, minimum, maximum, zeroFraction])
    out.f64(figure);
  out.u8(tensor.rowMeanSquares.length);
  out.u16(tensor.columns);
  out.f32s(tensor.rowMeanSquares);
  out.raw(tensor.samples);
}

function readTensors(reader: ByteReader): TensorSketch[] {
  const count = reader.u8();
  reader.check(
    count >= 1 && count <= TENSORS_MAX,
    `There are ${count} tensors; a sketch has 1 to ${TENSORS_MAX}.`,
  );
  const tensors = repeat(reader, count, () => readTensor(reader));
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

function readTensor(reader: ByteReader): TensorSketch {
  const nameBytes = reader.u8();
  reader.check(
    nameBytes <= NAME_BYTES_MAX,
    `A tensor's name has ${nameBytes} bytes; at most ${NAME_BYTES_MAX} are kept.`,
  );
  const name = reader.text(nameBytes, "tensor's name");
  const quoted = JSON.stringify(name);
  const dtype = readDtype(reader);
  const rows = reader.count('number of rows', 1);
  const width = reader.count('width', 1);
  const readCount = reader.count('number of numbers read', 1);
  const nonFiniteCount = reader.count('number of non-finite numbers');
  reader.check(
    nonFiniteCount <= readCount && readCount <= rows * width,
    `Tensor ${quoted} has more numbers read than numbers.`,
  );
  const figures = {
    mean: reader.f64('mean'),
    variance: reader.f64('variance'),
    thirdMoment: reader.f64('third moment'),
    fourthMoment: reader.f64('fourth moment'),
    minimum: reader.f64('minimum'),
    maximum: reader.f64('maximum'),
    zeroFraction: reader.f64('zero fraction'),
  };
  const sampledRows = reader.u8();
  const columns = reader.u16();
  reader.check(
    sampledRows >= 1 && sampledRows <= Math.min(LIMITS.rowsPerTensorMax, rows),
    `Tensor ${quoted} has ${sampledRows} sampled rows.`,
  );
  reader.check(
    columns >= 1 && columns <= width,
    `Tensor ${quoted} has ${columns} sampled columns of ${width}.`,
  );
  const rowMeanSquares = reader.f32s(sampledRows, 'mean squares of rows');
  const samples = reader.raw(sampledRows * columns * formatOf(dtype).sampleBytes);
  return {
    name,
    dtype,
    rows,
    width,
    readCount,
    nonFiniteCount,
    ...figures,
    columns,
    rowMeanSquares,
    samples,
  };
}

function writeLowRank(out: ByteWriter, { lowRank, tensors }: Sketch): void {
  out.u8(lowRank.length);
  for (const { name, rows, values } of lowRank) {
    out.u8(tensors.findIndex((tensor) => tensor.name === name));
    out.u8(rows);
    out.f32s(values);
  }
}

function readLowRank(reader: ByteReader, tensors: readonly TensorSketch[]): LowRankBlock[] {
  const count = reader.u8();
  reader.check(
    count <= LIMITS.lowRankMax,
    `There are ${count} low-rank blocks; at most ${LIMITS.lowRankMax} are kept.`,
  );
  let last = -1;
  return repeat(reader, count, () => {
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

function writeEmbedding(out: ByteWriter, embedding: EmbeddingSketch | null): void {
  out.u8(embedding === null ? 0 : 1);
  if (embedding === null) return;
  const { dtype, vocabulary, width, rowIds, columns, rowMeanSquares, samples } = embedding;
  out.u8(formatOf(dtype).code);
  out.count(vocabulary);
  out.count(width);
  out.u16(rowIds.length);
  out.u16(columns);
  for (const [at, id] of rowIds.entries()) out.count(id - (at === 0 ? 0 : rowIds[at - 1]! + 1));
  out.f32s(rowMeanSquares);
  out.raw(samples);
}

function readEmbedding(reader: ByteReader): EmbeddingSketch | null {
  const present = reader.u8();
  reader.check(present <= 1, `The mark of an embedding is ${present}, neither 0 nor 1.`);
  if (present !== 1) return null;
  const dtype = readDtype(reader);
  const vocabulary = reader.count('vocabulary', 1);
  const width = reader.count('embedding width', 1);
  const rows = reader.u16();
  const columns = reader.u16();
  reader.check(
    rows >= 1 && rows <= LIMITS.embeddingRowsMax,
    `There are ${rows} embedding rows; 1 to ${LIMITS.embeddingRowsMax} are kept.`,
  );
  reader.check(
    columns >= 1 && columns <= Math.min(width, LIMITS.embeddingColumns),
    `An embedding row has ${columns} samples.`,
  );
  let next = 0;
  const rowIds = Uint32Array.from(
    repeat(reader, rows, () => {
      const id = next + reader.count('distance of a token id');
      reader.check(
        id < Math.min(vocabulary, 2 ** 32),
        `Token ${id} is beyond the vocabulary of ${vocabulary}.`,
      );
      next = id + 1;
      return id;
    }),
  );
  const rowMeanSquares = reader.f32s(rows, 'mean squares of embedding rows');
  const samples = reader.raw(rows * columns * formatOf(dtype).sampleBytes);
  return { dtype, vocabulary, width, rowIds, columns, rowMeanSquares, samples };
}

function readDtype(reader: ByteReader): SampleDtype {
  const code = reader.u8();
  const dtype = SAMPLE_DTYPES.find((each) => formatOf(each).code === code);
  reader.check(dtype !== undefined, `The dtype code ${code} is none that is known.`);
  return dtype ?? 'F32';
}

/** Reads `count` items, or fewer where something turns out wrong: a lying count must not make the loop long. */
function repeat<T>(reader: ByteReader, count: number, read: () => T): T[] {
  const items: T[] = [];
  while (items.length < count && reader.problem === null) items.push(read());
  return items;
}
