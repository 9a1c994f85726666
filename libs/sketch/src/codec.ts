import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader';
import { ByteWriter } from './byte-writer';
import { readEmbedding, writeEmbedding } from './embedding-codec';
import {
  FILE_HASHES_MAX,
  FINGERPRINT_SIZE,
  SKETCH_BYTES_MAX,
  SKETCH_BYTES_MAX_16,
  SKETCH_VERSION,
} from './format';
import type { ComparableObservation, Observation } from './observation';
import { observeParts } from './observation';
import { formatOf } from './sample-dtype';
import type { Sketch } from './sketch';
import {
  readLowRank,
  readTensorParts,
  readTensors,
  skipLowRank,
  type TensorParts,
  writeLowRank,
  writeTensors,
} from './tensor-codec';

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
 *                    …  rows, width, numbers read, non-finite ones, zeros, numbers beside the sampled rows (counts)
 *                   40  mean, central moments 2-4, sum of squares beside the sampled rows (f64)
 *                    8  minimum, maximum (f32)
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
  writeTensors(body, sketch.tensors);
  writeLowRank(body, sketch.lowRank, sketch.tensors);
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
  // What is stored must be readable: the decoder has all the bounds, and is the cheaper half.
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
 *
 * @param isWhole somebody else has seen to it that these are the bytes that were written: they are not summed again
 */
export function decodeSketch(bytes: Uint8Array, isWhole = false): DecodedSketch | RejectedSketch {
  const problem = headerProblem(bytes, isWhole);
  if (problem !== null) return problem;
  // One copy for all: the sketch keeps parts of it, and the bytes are the caller's.
  const reader = new ByteReader(new Uint8Array(bytes.subarray(HEADER_BYTES)));
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

export interface SketchForComparing {
  readonly type: 'for-comparing';
  readonly observation: ComparableObservation;
}

/**
 * What comparing takes of a stored sketch, whose bytes somebody else has seen to: several times cheaper than a sketch and an observation
 * of it, since what is only told of a model is passed over and every number is copied once. Keeps nothing of the bytes.
 */
export function decodeForComparing(bytes: Uint8Array): SketchForComparing | RejectedSketch {
  const read = readObservation(bytes, skipLowRank);
  return 'reason' in read ? read : { type: 'for-comparing', observation: read.observation };
}

export interface ObservedSketch {
  readonly type: 'observed';
  readonly observation: Observation;
}

/** The same with the low-rank blocks: `toObservation` of a stored sketch, for less. */
export function decodeObservation(bytes: Uint8Array): ObservedSketch | RejectedSketch {
  const read = readObservation(bytes, readLowRank);
  if ('reason' in read) return read;
  return { type: 'observed', observation: { ...read.observation, lowRank: read.lowRank } };
}

function readObservation<T>(
  bytes: Uint8Array,
  readBlocks: (reader: ByteReader, tensors: readonly TensorParts[]) => T,
): { readonly observation: ComparableObservation; readonly lowRank: T } | RejectedSketch {
  const problem = headerProblem(bytes, true);
  if (problem !== null) return problem;
  const reader = new ByteReader(bytes.subarray(HEADER_BYTES));
  const identity = readIdentity(reader);
  reader.raw(32 * readHashCount(reader) + 4 * FINGERPRINT_SIZE);
  const tensors = readTensorParts(reader);
  const lowRank = readBlocks(reader, tensors);
  const embedding = readEmbedding(reader);
  reader.end();
  if (reader.problem !== null) return rejected('malformed', reader.problem);
  return { observation: observeParts(identity, tensors, embedding), lowRank };
}

/** Magic and version come before the checksum: another version may sum otherwise, and must be named, not called damaged. */
function headerProblem(bytes: Uint8Array, isWhole: boolean): RejectedSketch | null {
  if (
    bytes.byteLength < HEADER_BYTES ||
    Buffer.from(bytes.buffer, bytes.byteOffset, 4).toString('latin1') !== MAGIC
  ) {
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
    (isWhole ||
      Buffer.compare(checksum(bytes.subarray(HEADER_BYTES)), bytes.subarray(12, HEADER_BYTES)) === 0);
  return isIntact ? null : rejected('damaged', 'The checksum of the sketch does not match its bytes.');
}

/** Against damage, not against forgers: who can write sketches can also sum them. */
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
  const identity = readIdentity(reader);
  const hashes = readHashCount(reader);
  const fileHashes = reader.repeat(hashes, () => reader.hex(32));
  const fingerprint = reader.f32s(FINGERPRINT_SIZE, 'fingerprint components');
  return { version: SKETCH_VERSION, ...identity, fileHashes, fingerprint };
}

type Identity = Pick<Sketch, 'architecture' | 'coordinates' | 'contentHash' | 'kind' | 'parameterCount'>;

function readIdentity(reader: ByteReader): Identity {
  const architecture = reader.hex(32);
  const coordinates = reader.hex(8);
  const contentHash = reader.hex(32);
  const kind = KINDS[reader.u8()];
  reader.check(kind !== undefined, () => 'The kind of model is none that is known.');
  const parameterCount = reader.count('parameter count');
  return { architecture, coordinates, contentHash, kind: kind ?? 'model', parameterCount };
}

function readHashCount(reader: ByteReader): number {
  const hashes = reader.u8();
  reader.check(
    hashes <= FILE_HASHES_MAX,
    () => `There are ${hashes} file hashes; at most ${FILE_HASHES_MAX} are kept.`,
  );
  return hashes;
}
