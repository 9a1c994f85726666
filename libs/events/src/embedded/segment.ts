import { type FileHandle, open } from 'node:fs/promises';
import { ADVICE_ON_DAMAGE, EventLogError } from '../event-log-error';
import { writeFully } from './durable-file';
import { holdsLaterWrite } from './frame';
import { FrameStream } from './frame-stream';

/** The first bytes of a segment file: its format and version. */
export const SEGMENT_MAGIC = Buffer.from('STEMLOG1', 'latin1');
const INDEX_STEP_BYTES = 64 * 1024;

/** A segment file: the records from position `base` on, `bytes` of them durable. */
export class Segment {
  /**
   * Now and then a position and where it stands in the file, ascending; filled by whoever writes or reads
   * through.
   */
  readonly #positions: number[] = [];
  readonly #offsets: number[] = [];

  constructor(
    readonly path: string,
    readonly base: number,
    public bytes: number,
  ) {}

  note(position: number, offset: number): void {
    if (offset < (this.#offsets.at(-1) ?? SEGMENT_MAGIC.length) + INDEX_STEP_BYTES) return;
    this.#positions.push(position);
    this.#offsets.push(offset);
  }

  /** A file offset at or before the first record whose position is not below `position`. */
  offsetBefore(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#positions[middle] ?? Infinity) <= position) low = middle + 1;
      else high = middle;
    }
    return this.#offsets[low - 1] ?? SEGMENT_MAGIC.length;
  }

  corrupt(offset: number, what: string): EventLogError {
    const damage = `${this.path} is damaged at byte ${offset}: found ${what}`;
    return new EventLogError('corrupt', `${damage}; ${ADVICE_ON_DAMAGE}`);
  }
}

export function segmentPath(folder: string, base: number): string {
  return `${folder}/${String(base).padStart(16, '0')}.log`;
}

/**
 * A new, empty, durable segment file (its folder is synced by the caller). A file of that name holds nothing
 * acknowledged.
 */
export async function createSegment(
  folder: string,
  base: number,
): Promise<{ segment: Segment; handle: FileHandle }> {
  const path = segmentPath(folder, base);
  const handle = await open(path, 'w+');
  try {
    await writeFully(handle, SEGMENT_MAGIC, 0);
    await handle.sync();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { segment: new Segment(path, base, SEGMENT_MAGIC.length), handle };
}

/** Opens a segment for reading, at the place from where `position` is found. */
export async function openStream(segment: Segment, position: number): Promise<FrameStream> {
  const handle = await open(segment.path, 'r');
  try {
    await checkMagic(segment, handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return new FrameStream(handle, segment.offsetBefore(position));
}

async function checkMagic(segment: Segment, handle: FileHandle): Promise<void> {
  const magic = Buffer.alloc(SEGMENT_MAGIC.length);
  await handle.read(magic, 0, magic.length, 0);
  if (magic.equals(SEGMENT_MAGIC)) return;
  throw segment.corrupt(
    0,
    `${magic.toString('hex')} where a segment begins with ${SEGMENT_MAGIC.toString('hex')}`,
  );
}

/** What was cut off at start: the rest of a write that was never acknowledged. */
export interface Repair {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface Recovered {
  readonly segment: Segment;
  readonly handle: FileHandle;
  readonly nextPosition: number;
  readonly repair: Repair | null;
}

/**
 * Opens the last segment for appending. Walks all of it; a tail that was torn in the middle of a write is cut
 * off; damage with a later write behind it was acknowledged once, so it is an error and nothing is touched.
 * What is left is synced: a process that was killed may have written it without having come to that.
 */
export async function recoverSegment(path: string, base: number): Promise<Recovered> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const segment = new Segment(path, base, size);
    if (size <= SEGMENT_MAGIC.length) {
      // A crash right after the file was created: the beginning may be missing, records cannot be.
      await cutAt(handle, 0);
      await writeFully(handle, SEGMENT_MAGIC, 0);
      await handle.sync();
      segment.bytes = SEGMENT_MAGIC.length;
      return { segment, handle, nextPosition: base, repair: null };
    }
    await checkMagic(segment, handle);
    const walked = await walk(segment, handle);
    if (walked.fault !== null) await refuseDamage(segment, handle, walked);
    const { nextPosition, offset } = walked;
    await cutAt(handle, offset);
    segment.bytes = offset;
    const repair = offset < size ? { file: path, offset, bytes: size - offset } : null;
    return { segment, handle, nextPosition, repair };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Walked {
  readonly nextPosition: number;
  readonly fault: string | null;
  readonly offset: number;
}

/**
 * The last segment is never compacted, so its positions follow one another: a whole record of another one is no
 * torn tail.
 */
async function walk(segment: Segment, handle: FileHandle): Promise<Walked> {
  const stream = new FrameStream(handle, SEGMENT_MAGIC.length);
  let nextPosition = segment.base;
  for (;;) {
    const { frames, offsets, fault } = await stream.take({
      end: segment.bytes,
      from: 0,
      recordsMax: 4096,
      bytesMax: Infinity,
    });
    for (const [i, frame] of frames.entries()) {
      const offset = offsets[i] ?? 0;
      if (frame.position !== nextPosition) {
        throw segment.corrupt(offset, `position ${frame.position} instead of ${nextPosition}`);
      }
      segment.note(nextPosition, offset);
      nextPosition += 1;
    }
    if (fault !== null || frames.length === 0) return { nextPosition, fault, offset: stream.offset };
  }
}

async function refuseDamage(
  segment: Segment,
  handle: FileHandle,
  { nextPosition, fault, offset }: Walked,
): Promise<void> {
  const rest = Buffer.alloc(segment.bytes - offset);
  await handle.read(rest, 0, rest.length, offset);
  if (!holdsLaterWrite(rest, nextPosition)) return;
  throw segment.corrupt(offset, `${fault}, with later records behind it`);
}

export async function cutAt(handle: FileHandle, offset: number): Promise<void> {
  await handle.truncate(offset);
  await handle.sync();
}
