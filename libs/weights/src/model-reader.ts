import { createHash } from 'node:crypto';
import type { Architecture } from './architecture';
import { describeArchitecture } from './architecture';
import type { ByteRange } from './byte-requests';
import { decode } from './decode';
import type { Dtype } from './dtype';
import { readHeaders } from './header-reader';
import type { WeightsLimits } from './limits';
import { defaultLimits } from './limits';
import type { PlannedEmbedding, PlannedSlab, ReadPlanOptions } from './read-plan';
import { planReads } from './read-plan';
import type { RowRun } from './embedding-runs';
import type { Rejected } from './rejection';
import type { ModelSource } from './source-bytes';
import { SourceBytes } from './source-bytes';

/** Whole rows [rowBegin, rowEnd) of one backbone matrix, as published. */
export interface ReadSlab extends RowRun {
  readonly name: string;
  readonly dtype: Dtype;
  readonly rows: number;
  readonly width: number;
  readonly bytes: Uint8Array;
  /** Decodes `bytes`, row-major; a new array each time, so that only one slab's numbers need be in memory. */
  values(): Float64Array;
}

/** Whole rows of the token embedding, run after run. */
export interface ReadEmbedding {
  readonly dtype: Dtype;
  readonly vocabulary: number;
  readonly width: number;
  readonly runs: readonly RowRun[];
  readonly bytes: Uint8Array;
  values(): Float64Array;
}

/** What was read of a model: everything that a sketch or a full-weights observation needs. */
export interface ReadModel {
  readonly type: 'read';
  /** Architecture key, DESIGN 3.1. */
  readonly architecture: string;
  readonly kind: Architecture['kind'];
  readonly parameterCount: number;
  /** Identity of the published bytes, SHA-256 in hex; equal for the same files under other names. */
  readonly contentHash: string;
  /** SHA-256 of each weights file, in hex, where the listing tells it. */
  readonly fileHashes: readonly string[];
  readonly slabs: readonly ReadSlab[];
  readonly embedding: ReadEmbedding | null;
  /** Bytes asked for, headers and probes included. */
  readonly bytesRead: number;
  /** Bytes of all weights files together. */
  readonly bytesPublished: number;
}

export interface ReadModelOptions extends Partial<ReadPlanOptions> {
  readonly limits?: Partial<WeightsLimits>;
  /** Requests under way at a time. */
  readonly requestsInFlightMax?: number;
}

/**
 * Reads the sample of a model that DESIGN 3.2 describes: choose files, headers, architecture, plan, slabs. Performs no
 * I/O itself: `source.read` does, and what it throws ("not now") passes through. All that is wrong with the model comes back as a value.
 */
export async function readModel(
  source: ModelSource,
  options: ReadModelOptions = {},
): Promise<ReadModel | Rejected> {
  const bytes = new SourceBytes(source, options.requestsInFlightMax ?? 8);
  const headers = await readHeaders(source, bytes, { ...defaultLimits, ...options.limits });
  if (headers.type === 'rejected') return headers;
  const architecture = describeArchitecture(headers.tensors);
  if (architecture.type === 'rejected') return architecture;
  const plan = planReads(architecture, options);
  if (plan.type === 'rejected') return plan;
  const problem = await bytes.fetch(plan.requests);
  if (problem !== null) return problem;
  const slabs = plan.slabs.map((slab) => readSlab(slab, bytes));
  const hashes = headers.files.map((file) => fileHash(source, bytes, file));
  const fileHashes = hashes.filter((hash) => hash !== null);
  return {
    type: 'read',
    architecture: architecture.key,
    kind: architecture.kind,
    parameterCount: architecture.parameterCount,
    contentHash:
      fileHashes.length === hashes.length
        ? digest('files', [...fileHashes].sort())
        : sampledHash(architecture, slabs),
    fileHashes,
    slabs,
    embedding: plan.embedding === null ? null : readEmbedding(plan.embedding, bytes),
    bytesRead: bytes.bytesRead,
    bytesPublished: headers.files.reduce((sum, file) => sum + source.files[file]!.size, 0),
  };
}

/** Binds a planned slab to its bytes; nothing is decoded before `values` is called. */
function readSlab(
  { canonicalName, tensor, rows, columns, rowBegin, rowEnd, ...range }: PlannedSlab,
  source: SourceBytes,
): ReadSlab {
  const { dtype } = tensor;
  const bytes = source.bytesOf(range);
  return {
    name: canonicalName,
    dtype,
    rows,
    width: columns,
    rowBegin,
    rowEnd,
    bytes,
    values: () => decode(bytes, dtype),
  };
}

function readEmbedding(
  { tensor, vocabulary, width, runs, ranges }: PlannedEmbedding,
  source: SourceBytes,
): ReadEmbedding {
  const { dtype } = tensor;
  const bytes = concatenated(ranges.map((range) => source.bytesOf(range)));
  return { dtype, vocabulary, width, runs, bytes, values: () => decode(bytes, dtype) };
}

/** The hash that the listing gives, or the file's own where all of it happens to have been read. */
function fileHash({ files }: ModelSource, bytes: SourceBytes, file: number): string | null {
  const { hash, size } = files[file]!;
  if (hash !== null && /^[0-9a-f]{64}$/.test(hash)) return hash;
  const whole: ByteRange = { file, begin: 0, end: size };
  return bytes.has(whole) ? createHash('sha256').update(bytes.bytesOf(whole)).digest('hex') : null;
}

/** Where a listing tells no hashes: the identity of what was read. Equal for all whole copies of a model in one dtype. */
function sampledHash(architecture: Architecture, slabs: readonly ReadSlab[]): string {
  const parts = slabs.map(
    ({ name, dtype, bytes }) => `${name}:${dtype}:${createHash('sha256').update(bytes).digest('hex')}`,
  );
  return digest('sampled', [architecture.key, String(architecture.parameterCount), ...parts]);
}

/** `kind` keeps identities of different making apart: a file's hash never equals a sampled one. */
function digest(kind: string, parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('hex');
}

/** Runs lie apart in the file, and are one table for whoever decodes them. */
function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
