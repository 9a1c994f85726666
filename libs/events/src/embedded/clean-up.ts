import { renameSync } from 'node:fs';
import { open, stat, unlink } from 'node:fs/promises';
import type { TopicSpec } from '../event-log';
import { syncFolder, writeFully } from './durable-file';
import { type Frame, frameKey, isTombstone } from './frame';
import type { Partition } from './partition';
import { openStream, Segment, SEGMENT_MAGIC } from './segment';

const DAY_MS = 86_400_000;
const SCAN = { recordsMax: 4096, bytesMax: 4 * 1024 * 1024 };

/**
 * Does to a partition's closed segments what the topic's spec says. The segment being written is never touched.
 */
export async function cleanUp(partition: Partition, spec: TopicSpec, now: number): Promise<void> {
  if (spec.cleanup === 'delete') await retain(partition, spec, now);
  if (spec.cleanup === 'compact') await compact(partition, now - (spec.tombstoneMs ?? DAY_MS));
}

/**
 * Drops segments from the front: whole ones whose last write is too old, or that are not needed for
 * `retentionBytes`.
 */
async function retain(partition: Partition, spec: TopicSpec, now: number): Promise<void> {
  const { retentionMs = Infinity, retentionBytes = Infinity } = spec;
  let bytes = partition.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  for (const segment of partition.closed) {
    bytes -= segment.bytes;
    const { mtimeMs } = await stat(segment.path);
    if (mtimeMs > now - retentionMs && bytes < retentionBytes) break;
    await partition.drop(segment);
  }
  await syncFolder(partition.folder);
}

/**
 * Rewrites the closed segments so that of every key only the newest record is left, and not even that where it
 * is a tombstone older than `tombstonesBefore`. Positions stay. Holds every key in memory once. Oldest segment
 * first, all of them: a tombstone goes only after everything it covers, also if this is interrupted.
 */
async function compact(partition: Partition, tombstonesBefore: number): Promise<void> {
  const closed = partition.closed;
  const newest = new Map<string, number>();
  for (const segment of [...partition.segments]) {
    for await (const frame of framesOf(segment)) newest.set(frameKey(frame), frame.position);
  }
  const keep = (frame: Frame): boolean =>
    newest.get(frameKey(frame)) === frame.position && !(isTombstone(frame) && frame.time < tombstonesBefore);
  for (const segment of closed) {
    if (await holds(segment, (frame) => !keep(frame))) await rewrite(partition, segment, keep);
  }
}

async function holds(segment: Segment, test: (frame: Frame) => boolean): Promise<boolean> {
  for await (const frame of framesOf(segment)) if (test(frame)) return true;
  return false;
}

async function rewrite(partition: Partition, old: Segment, keep: (frame: Frame) => boolean): Promise<void> {
  const temporary = `${old.path}.tmp`;
  const handle = await open(temporary, 'w');
  const kept = new Segment(old.path, old.base, SEGMENT_MAGIC.length);
  try {
    await writeFully(handle, SEGMENT_MAGIC, 0);
    for await (const frame of framesOf(old)) {
      if (!keep(frame)) continue;
      await writeFully(handle, frame.raw, kept.bytes);
      kept.note(frame.position, kept.bytes);
      kept.bytes += frame.raw.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  // An empty first segment stays: its name is where the log begins.
  if (kept.bytes === SEGMENT_MAGIC.length && old !== partition.segments[0]) {
    await partition.drop(old);
    await unlink(temporary);
  } else {
    // In one tick: see `Cursor.#open`.
    renameSync(temporary, old.path);
    partition.segments[partition.segments.indexOf(old)] = kept;
  }
  await syncFolder(partition.folder);
}

async function* framesOf(segment: Segment): AsyncGenerator<Frame> {
  const end = segment.bytes;
  const stream = await openStream(segment, segment.base);
  try {
    for (;;) {
      const { frames, fault } = await stream.take({ end, from: segment.base, ...SCAN });
      yield* frames;
      if (fault !== null) throw segment.corrupt(stream.offset, fault);
      if (frames.length === 0) return;
    }
  } finally {
    await stream.handle.close();
  }
}
