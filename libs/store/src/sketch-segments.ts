import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

import { adviceOnDamage, StoreError, StoreUnavailableError } from './store-error';

/** Where the bytes of a sketch lie, and their CRC-32. */
export interface SketchPlace {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly crc: number;
}

/** Bytes of a file, and their CRC-32: a place as somebody without the store can read it. */
export interface SketchInFile {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly crc: number;
}

export interface WrittenSketches {
  /** In the order of the sketches. */
  readonly places: readonly SketchPlace[];
  /** Resolves when they are on disk. No row that points to one of them may be committed before. */
  readonly synced: Promise<void>;
}

export interface SketchSegmentsOptions {
  readonly folder: string;
  /** A segment file is closed at this size. Default 1 GiB. */
  readonly segmentMaxBytes?: number;
}

const SEGMENT_FILE = /^(\d{6,})\.sketches$/;

interface SegmentUse {
  liveBytes: number;
  /** End of the last live sketch: what lies beyond was never committed. */
  end: number;
}

/**
 * Sketches in append-only segment files. The database says where each lies: bytes are on disk before the row that
 * points to them is committed, and what no row points to is not there. DuckDB itself rewrites a column's last row
 * group, up to 122,880 values, at every checkpoint, which no column of 128 KiB values survives.
 */
export class SketchSegments {
  readonly #handles = new Map<number, FileHandle>();
  readonly #use = new Map<number, SegmentUse>();
  #closed = false;
  #tail = { segment: 0, offset: 0 };

  private constructor(
    private readonly folder: string,
    private readonly segmentMaxBytes: number,
  ) {}

  /** Opens the folder with the places that the database knows; files that none of them needs are deleted. */
  static async open(options: SketchSegmentsOptions, places: Iterable<SketchPlace>): Promise<SketchSegments> {
    const segments = new SketchSegments(options.folder, options.segmentMaxBytes ?? 2 ** 30);
    try {
      await segments.#open(places);
      return segments;
    } catch (error) {
      await segments.close();
      throw error;
    }
  }

  /** Writes sketches behind all others and syncs them. They are not kept until `keep` says so. */
  async append(sketches: readonly Uint8Array[]): Promise<readonly SketchPlace[]> {
    const { places, synced } = await this.write(sketches);
    await synced;
    return places;
  }

  /** The same for whoever has something else to do meanwhile. */
  async write(sketches: readonly Uint8Array[]): Promise<WrittenSketches> {
    let { segment, offset } = this.#tail;
    const written = new Set<FileHandle>();
    const places: SketchPlace[] = [];
    try {
      for (const sketch of sketches) {
        if (offset > 0 && offset + sketch.byteLength > this.segmentMaxBytes)
          [segment, offset] = [segment + 1, 0];
        const handle = await this.#handle(segment);
        await writeWhole(handle, sketch, offset);
        written.add(handle);
        places.push({ segment, offset, bytes: sketch.byteLength, crc: crc32(sketch) });
        offset += sketch.byteLength;
      }
    } catch (error) {
      throw notNow(error, this.folder);
    }
    const synced = this.#sync(written);
    // Whoever fails before it waits for this needs the sketches no more.
    synced.catch(() => undefined);
    return { places, synced };
  }

  /** The database has committed rows that point to these places. */
  keep(places: Iterable<SketchPlace>): void {
    for (const place of places) this.#count(place);
    this.#moveTail();
  }

  /** The database points to these places no more. Segments without any are deleted. */
  async drop(places: Iterable<SketchPlace>): Promise<void> {
    for (const { segment, bytes } of places) {
      const use = this.#use.get(segment);
      if (use !== undefined) use.liveBytes -= bytes;
    }
    for (const [segment, { liveBytes }] of this.#use) {
      if (liveBytes === 0 && segment !== this.#tail.segment) await this.#delete(segment);
    }
  }

  /** Closed segments of which less than half is still pointed to. */
  sparse(): number[] {
    return [...this.#use]
      .filter(([segment, { liveBytes, end }]) => segment !== this.#tail.segment && liveBytes * 2 < end)
      .map(([segment]) => segment);
  }

  /** @throws StoreError 'damaged' when the bytes are not those that were written. */
  async read(place: SketchPlace): Promise<Uint8Array> {
    const handle = this.#handles.get(place.segment) ?? (await this.#handle(place.segment));
    const sketch = new Uint8Array(place.bytes);
    let bytes = 0;
    while (bytes < sketch.length) {
      const { bytesRead } = await handle.read(sketch, bytes, sketch.length - bytes, place.offset + bytes);
      if (bytesRead === 0) break;
      bytes += bytesRead;
    }
    if (bytes < sketch.length || crc32(sketch) !== place.crc) {
      throw this.#damaged(place.segment, `the sketch at ${place.offset} is not what was written`);
    }
    return sketch;
  }

  /** Where a place is for whoever reads it without these segments. */
  inFile({ segment, ...place }: SketchPlace): SketchInFile {
    return { path: this.#path(segment), ...place };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const handle of this.#handles.values()) await handle.close();
    this.#handles.clear();
  }

  async #open(places: Iterable<SketchPlace>): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const place of places) this.#count(place);
    for (const name of await readdir(this.folder)) {
      const segment = SEGMENT_FILE.exec(name)?.[1];
      if (segment !== undefined && !this.#use.has(Number(segment))) await rm(join(this.folder, name));
    }
    for (const [segment, { end }] of this.#use) {
      const { size } = await (await this.#handle(segment)).stat();
      if (size < end) throw this.#damaged(segment, `it has ${size} bytes, not ${end}`);
    }
    this.#moveTail();
  }

  async #sync(handles: Iterable<FileHandle>): Promise<void> {
    try {
      for (const handle of handles) await handle.datasync();
    } catch (error) {
      throw notNow(error, this.folder);
    }
  }

  #count({ segment, offset, bytes }: SketchPlace): void {
    const use = this.#use.get(segment) ?? { liveBytes: 0, end: 0 };
    use.liveBytes += bytes;
    use.end = Math.max(use.end, offset + bytes);
    this.#use.set(segment, use);
  }

  #moveTail(): void {
    const segment = Math.max(1, ...this.#use.keys());
    this.#tail = { segment, offset: this.#use.get(segment)?.end ?? 0 };
  }

  async #delete(segment: number): Promise<void> {
    this.#use.delete(segment);
    const handle = this.#handles.get(segment);
    this.#handles.delete(segment);
    // Reads that have begun end first.
    await handle?.close();
    await rm(this.#path(segment), { force: true });
  }

  async #handle(segment: number): Promise<FileHandle> {
    const known = this.#handles.get(segment);
    if (known !== undefined) return known;
    if (this.#closed) throw new StoreError('closed', `${this.folder} is closed`);
    const handle = await open(this.#path(segment), constants.O_RDWR | constants.O_CREAT);
    this.#handles.set(segment, handle);
    await syncFolder(this.folder);
    return handle;
  }

  #path(segment: number): string {
    return join(this.folder, `${String(segment).padStart(6, '0')}.sketches`);
  }

  #damaged(segment: number, detail: string): StoreError {
    const advice = adviceOnDamage(dirname(this.folder));
    return new StoreError('damaged', `${this.#path(segment)} is damaged (${detail}): ${advice}`);
  }
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.byteLength - at, position + at);
    at += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function notNow(error: unknown, folder: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return DISK_FULL.has(code)
    ? new StoreUnavailableError(`the disk of ${folder} is full: make room`, { cause: error })
    : error;
}
