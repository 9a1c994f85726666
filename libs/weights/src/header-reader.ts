import type { WeightsLimits } from './limits';
import type { Rejected } from './rejection';
import { quoted, rejected } from './rejection';
import type { Tensor } from './safetensors';
import { headerExtent, parseSafetensorsHeader } from './safetensors';
import type { ShardIndex } from './shard-index';
import { parseShardIndex } from './shard-index';
import type { ModelSource, SourceBytes } from './source-bytes';
import { chooseWeightFiles, folderOf } from './weight-files';

export interface ModelHeaders {
  readonly type: 'headers';
  /** Positions of the weights files in the listing; `Tensor.file` is such a position. */
  readonly files: readonly number[];
  readonly tensors: readonly Tensor[];
}

/** Bytes read before a header's length is known, shared out over the files. Small models are read whole by this. */
const PROBE_BYTES = 256 * 2 ** 10;
const PROBE_BYTES_MIN = 16 * 2 ** 10;

/** Finds a model's weights files and reads their headers: one request a file, two where a header is longer than the probe. */
export async function readHeaders(
  source: ModelSource,
  bytes: SourceBytes,
  limits: WeightsLimits,
): Promise<ModelHeaders | Rejected> {
  const choice = chooseWeightFiles(source.files);
  if (choice.type === 'rejected') return choice;
  const index = choice.index === null ? null : await readIndex(source, bytes, choice.index, limits);
  if (index?.type === 'rejected') return index;
  const files = index === null ? choice.files : shardFiles(source, choice.index!, index);
  if ('type' in files) return files;
  if (files.length > limits.shardsMax) {
    return rejected(
      'too-many-shards',
      `The weights are in ${files.length} files; at most ${limits.shardsMax} are read.`,
    );
  }
  const problem = await fetchHeaders(source, bytes, files, limits);
  if (problem !== null) return problem;
  const tensors = parseHeaders(source, bytes, files, limits);
  if ('type' in tensors) return tensors;
  return index === null ? { type: 'headers', files, tensors } : indexed(source, files, tensors, index);
}

/** The index is read before it is parsed, and its size is known from the listing before it is read. */
async function readIndex(
  source: ModelSource,
  bytes: SourceBytes,
  file: number,
  limits: WeightsLimits,
): Promise<ShardIndex | Rejected> {
  const { size } = source.files[file]!;
  if (size > limits.indexBytesMax) {
    return rejected(
      'index-malformed',
      `The shard index has ${size} bytes; at most ${limits.indexBytesMax} are read.`,
    );
  }
  const whole = { file, begin: 0, end: size };
  return (await bytes.fetch([whole])) ?? parseShardIndex(bytes.bytesOf(whole), limits);
}

/** Positions of the shards in the listing. The index names them relative to its own folder, and can name nothing outside it. */
function shardFiles({ files }: ModelSource, index: number, { shards }: ShardIndex): number[] | Rejected {
  const folder = folderOf(files[index]!.path);
  const positionOf = new Map(files.map(({ path }, at) => [path, at]));
  const positions: number[] = [];
  for (const shard of shards) {
    const at = positionOf.get(folder + shard);
    if (at === undefined)
      return rejected(
        'missing-shard',
        `The shard index names ${quoted(shard)}, which is not among the ${files.length} files.`,
      );
    positions.push(at);
  }
  return positions;
}

/**
 * Two rounds for all files together: a probe of each, then the rest of the headers that are longer. What the files say of their
 * lengths is checked between the rounds, so a lying length costs nothing.
 */
async function fetchHeaders(
  source: ModelSource,
  bytes: SourceBytes,
  files: readonly number[],
  limits: WeightsLimits,
): Promise<Rejected | null> {
  const probeBytes = Math.max(PROBE_BYTES_MIN, Math.floor(PROBE_BYTES / files.length));
  const probe = (file: number) => ({ file, begin: 0, end: Math.min(source.files[file]!.size, probeBytes) });
  const problem = await bytes.fetch(files.map(probe));
  if (problem !== null) return problem;
  const rest = [];
  for (const file of files) {
    const extent = headerExtent(bytes.bytesOf(probe(file)), { fileBytes: source.files[file]!.size, limits });
    if (extent.type === 'rejected') return named(extent, source, file);
    rest.push({ file, begin: Math.min(extent.bytes, probe(file).end), end: extent.bytes });
  }
  return bytes.fetch(rest);
}

/** All headers must be sound: a model with one broken shard is a broken model. */
function parseHeaders(
  source: ModelSource,
  bytes: SourceBytes,
  files: readonly number[],
  limits: WeightsLimits,
): Tensor[] | Rejected {
  const tensors: Tensor[] = [];
  for (const file of files) {
    const fileBytes = source.files[file]!.size;
    const prefix = bytes.bytesOf({ file, begin: 0, end: Math.min(fileBytes, 8) });
    const extent = headerExtent(prefix, { fileBytes, limits });
    if (extent.type === 'rejected') return named(extent, source, file);
    const header = parseSafetensorsHeader(bytes.bytesOf({ file, begin: 0, end: extent.bytes }), {
      fileBytes,
      file,
      limits,
    });
    if (header.type === 'rejected') return named(header, source, file);
    for (const tensor of header.tensors) tensors.push(tensor);
    if (tensors.length > limits.tensorsMax) {
      return rejected('too-many-tensors', `The weights hold more than ${limits.tensorsMax} tensors in all.`);
    }
  }
  return tensors;
}

/** Keeps of every shard the tensors that the index places there, as loaders do; an index that promises more is turned away. */
function indexed(
  { files: listed }: ModelSource,
  files: readonly number[],
  tensors: readonly Tensor[],
  { shards, shardOf }: ShardIndex,
): ModelHeaders | Rejected {
  const shardAt = new Map(files.map((file, at) => [file, shards[at]!]));
  const kept = tensors.filter(({ name, file }) => shardOf.get(name) === shardAt.get(file));
  if (kept.length === shardOf.size) return { type: 'headers', files, tensors: kept };
  const found = new Set(kept.map(({ name }) => name));
  const [name, shard] = [...shardOf].find(([each]) => !found.has(each))!;
  return rejected(
    'index-mismatch',
    `The shard index places tensor ${quoted(name)} in ${quoted(shard)} (of ${listed.length} files), which does not hold it.`,
  );
}

/** A model has several files: the sentence must say which one is meant. */
function named({ reason, detail }: Rejected, { files }: ModelSource, file: number): Rejected {
  return rejected(reason, `${quoted(files[file]!.path)}: ${detail}`);
}
