import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** The Hub's words for how a model was made from its base. */
export type BaseRelation = 'finetune' | 'adapter' | 'quantized' | 'merge';

/** The YAML front matter of a model card, in the Hub's spelling. */
export interface CardData {
  readonly license: string;
  readonly library_name: string;
  readonly pipeline_tag: string;
  readonly tags?: readonly string[];
  readonly base_model?: string;
  readonly base_model_relation?: BaseRelation;
}

/** One file of a repository; `size` in bytes, `sha256` in hex. Weights stay on disk until a range of them is asked for. */
export interface ZooFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly content:
    | { readonly type: 'bytes'; readonly bytes: Uint8Array }
    | { readonly type: 'disk'; readonly location: string };
}

/** One revision of one repository, as the Hub server serves it. Times are ISO 8601 in UTC. */
export interface ZooModel {
  readonly repo: string;
  readonly sha: string;
  readonly createdAt: string;
  readonly lastModified: string;
  readonly gated: false | 'auto' | 'manual';
  readonly private: boolean;
  readonly card: CardData;
  readonly config: Readonly<Record<string, unknown>>;
  readonly files: readonly ZooFile[];
}

const encoder = new TextEncoder();

/** A file held in memory; text is encoded as UTF-8. */
export function memoryFile(path: string, content: Uint8Array | string): ZooFile {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, size: bytes.byteLength, sha256, content: { type: 'bytes', bytes } };
}

/** A file of the repository at `path` that stays on disk at `location`; it is read once, for its hash. */
export async function diskFile(path: string, location: string): Promise<ZooFile> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(location), hash);
  const { size } = await stat(location);
  return { path, size, sha256: hash.digest('hex'), content: { type: 'disk', location } };
}

/** The revision's commit id: 40 hex digits that depend on the repository's name and on every file's path and content. */
export function revisionSha(repo: string, files: readonly ZooFile[]): string {
  const hash = createHash('sha256').update(repo);
  const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of inOrder) hash.update(`\n${file.path}\0${file.sha256}`);
  return hash.digest('hex').slice(0, 40);
}

/** The tags the Hub derives from a card: library, format, license, and the base model both plain and with its relation. */
export function hubTags(card: CardData): string[] {
  const base = card.base_model;
  return [
    card.library_name,
    'safetensors',
    ...(card.tags ?? []),
    ...(base === undefined
      ? []
      : [`base_model:${base}`, `base_model:${card.base_model_relation ?? 'finetune'}:${base}`]),
    `license:${card.license}`,
    'region:us',
  ];
}
