import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { HierarchicalNSW } from 'hnswlib-node';
import { z } from 'zod';

const FORMAT = 'stemma-hnsw-1';
const MANIFEST = 'manifest.json';
/** hnswlib's header: six 8-byte numbers, two 4-byte ones, five 8-byte ones. */
const HEADER_BYTES = 96;

export interface IndexFileRejected {
  readonly type: 'rejected';
  readonly reason: 'missing' | 'damaged' | 'other-format' | 'other-owner';
  readonly detail: string;
}

export interface IndexFileDescription {
  readonly folder: string;
  readonly owner: string;
  readonly dimensions: number;
  readonly m: number;
}

/** What hnswlib does not keep: the next unused element number, and pairs (element, identity in the store). */
export interface IndexElements {
  readonly elementNext: number;
  readonly elements: Int32Array;
}

const Manifest = z.object({
  format: z.string(),
  owner: z.string(),
  dimensions: z.number(),
  m: z.number(),
  file: z.string().regex(/^[0-9a-f]{64}\.hnsw$/),
  bytes: z.number(),
  sha256: z.string(),
  elementNext: z.number(),
  /** Little-endian int32, base64. */
  elements: z.string(),
});

/**
 * Writes an index so that a reader finds either the file before or this one, whole: hnswlib reports no error for a
 * missing folder or a full disk, syncs nothing and keeps no checksum, so its file is checked against its own
 * header, hashed, synced, and only then named in the manifest, which is itself hashed and renamed into place.
 */
export async function writeIndexFile(
  index: Pick<HierarchicalNSW, 'writeIndex' | 'getCurrentCount'>,
  { folder, owner, dimensions, m }: IndexFileDescription,
  { elementNext, elements }: IndexElements,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, 'index.tmp');
  await index.writeIndex(temporary);
  const bytes = await wholeBytes(temporary, index.getCurrentCount());
  await sync(temporary);
  const sha256 = await hashOf(temporary);
  const file = `${sha256}.hnsw`;
  await rename(temporary, join(folder, file));
  const body = JSON.stringify({
    format: FORMAT,
    owner,
    dimensions,
    m,
    file,
    bytes,
    sha256,
    elementNext,
    elements: Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength).toString('base64'),
  } satisfies z.infer<typeof Manifest>);
  await replaceFile(join(folder, MANIFEST), `${digest(body)}\n${body}`);
  for (const name of await readdir(folder)) {
    if (name.endsWith('.hnsw') && name !== file) await rm(join(folder, name));
  }
}

/**
 * Reads what `writeIndexFile` wrote, into a new object, and only if every byte is what was written: hnswlib takes
 * most damaged files for good ones and crashes on others.
 */
export async function readIndexFile(
  description: IndexFileDescription,
): Promise<({ type: 'index'; index: HierarchicalNSW } & IndexElements) | IndexFileRejected> {
  const { folder, owner, dimensions, m } = description;
  const manifest = await readManifest(folder);
  if ('type' in manifest) return manifest;
  if (manifest.format !== FORMAT || manifest.dimensions !== dimensions || manifest.m !== m) {
    const found = `${manifest.format}, ${manifest.dimensions} dimensions, m ${manifest.m}`;
    return rejected('other-format', `expected ${FORMAT}, ${dimensions} dimensions, m ${m}, found ${found}`);
  }
  if (manifest.owner !== owner) return rejected('other-owner', `the index belongs to ${manifest.owner}`);
  const path = join(folder, manifest.file);
  const size = await stat(path).then(
    (found) => found.size,
    () => null,
  );
  if (size !== manifest.bytes) return rejected('damaged', `${path} has ${size} bytes, not ${manifest.bytes}`);
  const sha256 = await hashOf(path);
  if (sha256 !== manifest.sha256)
    return rejected('damaged', `${path} has SHA-256 ${sha256}, not ${manifest.sha256}`);
  const index = new HierarchicalNSW('l2', dimensions);
  await index.readIndex(path, true);
  const bytes = Buffer.from(manifest.elements, 'base64');
  const elements = Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
  return { type: 'index', index, elementNext: manifest.elementNext, elements };
}

async function readManifest(folder: string): Promise<z.infer<typeof Manifest> | IndexFileRejected> {
  const path = join(folder, MANIFEST);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return rejected('missing', `there is no ${path}`);
  const body = text.slice(text.indexOf('\n') + 1);
  if (text.slice(0, text.indexOf('\n')) !== digest(body))
    return rejected('damaged', `${path} is not as written`);
  const manifest = Manifest.safeParse(JSON.parse(body));
  return manifest.success ? manifest.data : rejected('other-format', `${path} is of another format`);
}

/** The size of an index file, if it is the size that its own header and link lists say. */
async function wholeBytes(path: string, elements: number): Promise<number> {
  const { size } = await stat(path);
  const file = await open(path);
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    await file.read(header, 0, HEADER_BYTES, 0);
    const count = Number(header.readBigUInt64LE(16));
    let at = HEADER_BYTES + count * Number(header.readBigUInt64LE(24));
    const lists = Buffer.alloc(Math.max(0, size - at));
    await file.read(lists, 0, lists.length, at);
    let left = count;
    for (let offset = 0; left > 0 && offset + 4 <= lists.length; left--) {
      const listBytes = 4 + lists.readUInt32LE(offset);
      offset += listBytes;
      at += listBytes;
    }
    if (count === elements && left === 0 && at === size) return size;
    throw new Error(`the index file was not written whole: ${size} bytes of ${path}, disk full?`);
  } finally {
    await file.close();
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await sync(join(path, '..'));
}

async function sync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function rejected(reason: IndexFileRejected['reason'], detail: string): IndexFileRejected {
  return { type: 'rejected', reason, detail };
}
