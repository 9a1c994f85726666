import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** What a snapshot is of: with anything else it is of no use. */
export interface SnapshotIdentity {
  /** The data folder: another one has other labels. */
  readonly store: string;
  /** The next record of the log. */
  readonly position: number;
  /** Digest of everything that figures and prices depend on beside the models. */
  readonly basis: string;
}

export type Sections = ReadonlyMap<string, Uint8Array>;

export interface SnapshotRefused {
  readonly type: 'rejected';
  readonly reason: 'missing' | 'damaged' | 'other-store' | 'other-basis' | 'other-position';
  readonly detail: string;
}

interface Manifest extends SnapshotIdentity {
  readonly version: number;
  readonly files: readonly {
    readonly section: string;
    readonly name: string;
    readonly bytes: number;
    readonly crc: number;
  }[];
}

const VERSION = 1;
const MANIFEST = 'manifest.json';
const FILE = /^[a-z]+-\d+\.bin$/;

/**
 * Writes a snapshot beside the one that is there and then takes its place: the manifest names the files, and is renamed into
 * place when all of them are on disk.
 */
export async function writeSnapshot(
  folder: string,
  identity: SnapshotIdentity,
  sections: Sections,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const files: Manifest['files'][number][] = [];
  for (const [section, bytes] of sections) {
    const name = `${section}-${identity.position}.bin`;
    await writeDurably(join(folder, name), bytes);
    files.push({ section, name, bytes: bytes.byteLength, crc: crc32(bytes) });
  }
  const manifest: Manifest = { version: VERSION, ...identity, files };
  const temporary = join(folder, `${MANIFEST}.tmp`);
  await writeDurably(temporary, Buffer.from(JSON.stringify(manifest)));
  await rename(temporary, join(folder, MANIFEST));
  await syncFolder(folder);
  const kept = new Set(files.map(({ name }) => name));
  for (const name of await readdir(folder))
    if (FILE.test(name) && !kept.has(name)) await rm(join(folder, name), { force: true });
}

/** The sections of the snapshot of exactly this identity, checked; or why there is none. */
export async function readSnapshot(
  folder: string,
  identity: SnapshotIdentity,
): Promise<Sections | SnapshotRefused> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => null);
  if (text === null) return refused('missing', 'there is no snapshot');
  const manifest = parseManifest(text);
  if (manifest === null) return refused('damaged', 'the manifest cannot be read');
  const difference = differenceOf(manifest, identity);
  if (difference !== null) return difference;
  const sections = new Map<string, Uint8Array>();
  for (const { section, name, bytes, crc } of manifest.files) {
    const found = await readFile(join(folder, name)).catch(() => null);
    if (found === null) return refused('damaged', `${name} cannot be read`);
    if (found.byteLength !== bytes || crc32(found) !== crc)
      return refused('damaged', `${name} is not what was written`);
    // A plain array: slices of a Buffer would share its memory.
    sections.set(section, new Uint8Array(found.buffer, found.byteOffset, found.byteLength));
  }
  return sections;
}

export const isRefused = (found: Sections | SnapshotRefused): found is SnapshotRefused => 'type' in found;

function differenceOf(
  manifest: Manifest,
  { store, position, basis }: SnapshotIdentity,
): SnapshotRefused | null {
  if (manifest.store !== store) return refused('other-store', `it is of the data folder ${manifest.store}`);
  if (manifest.version !== VERSION || manifest.basis !== basis)
    return refused('other-basis', 'it was made with another method or other settings');
  if (manifest.position !== position)
    return refused('other-position', `it is of position ${manifest.position}, the store is at ${position}`);
  return null;
}

function parseManifest(text: string): Manifest | null {
  try {
    const manifest = JSON.parse(text) as Manifest;
    const files: unknown = manifest.files;
    const isWhole = Array.isArray(files) && manifest.files.every(({ name }) => FILE.test(name));
    return isWhole ? manifest : null;
  } catch {
    return null;
  }
}

function refused(reason: SnapshotRefused['reason'], detail: string): SnapshotRefused {
  return { type: 'rejected', reason, detail };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
