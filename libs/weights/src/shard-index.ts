import { scanJson } from './json-scan';
import type { WeightsLimits } from './limits';
import { defaultLimits } from './limits';
import type { Rejected } from './rejection';
import { quoted, rejected } from './rejection';
import { isObject, parsed, utf8 } from './safetensors';

/** What a `*.safetensors.index.json` says: which shard holds which tensor. Paths are relative to the index's folder. */
export interface ShardIndex {
  readonly type: 'index';
  /** Every shard once, sorted. */
  readonly shards: readonly string[];
  readonly shardOf: ReadonlyMap<string, string>;
}

/** `{ weight_map: { name: shard } }` nests two deep; `metadata` is free-form, within reason. */
const INDEX_DEPTH_MAX = 8;

/** Reads a shard index, taken for hostile: a bounded number of shards, each a plain relative path to a safetensors file. */
export function parseShardIndex(
  bytes: Uint8Array,
  options: Partial<WeightsLimits> = {},
): ShardIndex | Rejected {
  const limits = { ...defaultLimits, ...options };
  if (bytes.byteLength > limits.indexBytesMax) {
    return rejected(
      'index-malformed',
      `The shard index has ${bytes.byteLength} bytes; at most ${limits.indexBytesMax} are read.`,
    );
  }
  const text = utf8(bytes);
  if (text === null) return rejected('index-malformed', 'The shard index is not valid UTF-8 text.');
  const scan = scanJson(text, { depthMax: INDEX_DEPTH_MAX, keysMax: limits.tensorsMax });
  if (scan.type === 'duplicate-key')
    return rejected('duplicate-name', `The shard index names ${quoted(scan.key)} twice.`);
  if (scan.type === 'too-many-keys') {
    return rejected('too-many-tensors', `The shard index lists more than ${limits.tensorsMax} tensors.`);
  }
  const json = scan.type === 'sound' ? parsed(text) : undefined;
  if (!isObject(json) || !isObject(json['weight_map'])) {
    return rejected('index-malformed', 'The shard index is not a JSON object with a "weight_map" object.');
  }
  return shardsOf(Object.entries(json['weight_map']), limits);
}

function shardsOf(
  entries: readonly [string, unknown][],
  { shardsMax }: WeightsLimits,
): ShardIndex | Rejected {
  const shardOf = new Map<string, string>();
  const shards = new Set<string>();
  for (const [name, shard] of entries) {
    if (typeof shard !== 'string')
      return rejected('index-malformed', `The shard of tensor ${quoted(name)} is not a file name.`);
    if (!isSafePath(shard)) {
      return rejected(
        'unsafe-path',
        `The shard index points to ${quoted(shard)}, which is not a plain path to a safetensors file beside it.`,
      );
    }
    shardOf.set(name, shard);
    shards.add(shard);
    if (shards.size > shardsMax)
      return rejected('too-many-shards', `The shard index lists more than ${shardsMax} shards.`);
  }
  if (shards.size === 0) return rejected('no-weights', 'The shard index lists no tensor.');
  return { type: 'index', shards: [...shards].sort(), shardOf };
}

/**
 * An allow-list, since what a path means depends on who opens it: printable ASCII segments that begin with a letter, digit or
 * underscore. That leaves out absolute paths, `..`, hidden files, drive letters, backslashes, escapes, schemes and queries.
 */
function isSafePath(path: string): boolean {
  return path.length <= 512 && /^(?:\w[\w.+=@, -]*\/)*\w[\w.+=@, -]*\.safetensors$/.test(path);
}
