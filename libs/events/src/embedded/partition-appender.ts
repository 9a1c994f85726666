import type { Assignment, NewRecord } from '../event-log';
import { EventLogError, LogUnavailableError, notNow } from '../event-log-error';
import { writeFully } from './durable-file';
import { FRAME_BYTES_MAX, frameBytes, writeFrame } from './frame';
import type { Partition } from './partition';
import { cutAt } from './segment';

export interface AppenderLimits {
  /** A segment is closed once it has this many bytes. */
  readonly segmentBytes: number;
  /** Most bytes of a record, its header included. */
  readonly recordBytesMax: number;
  /** Most bytes of appends that wait for one partition. */
  readonly queueBytesMax: number;
  /** Most bytes that share one fsync (one append that is larger goes alone). */
  readonly writeBytesMax: number;
}

interface Waiting {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (first: number) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Appends to one partition. One write at a time: what arrives while one is being synced goes with the next, so
 * concurrent appends share an fsync. A write begins only when the one before it is durable or cut off (see
 * `frame.ts`).
 */
export class PartitionAppender {
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #running = false;
  #drained: Promise<void> = Promise.resolve();
  /** A write failed and what it left behind the durable bytes could not be cut off yet. */
  #torn = false;

  constructor(
    readonly partition: Partition,
    readonly limits: AppenderLimits,
    readonly now: () => number,
  ) {}

  get name(): Assignment {
    return this.partition.name;
  }

  /**
   * Why these records are never taken, or null. Separate, so that an append over several partitions is refused
   * as a whole.
   */
  refusal(records: readonly NewRecord[]): EventLogError | null {
    const recordBytesMax = Math.min(this.limits.recordBytesMax, FRAME_BYTES_MAX);
    const tooLarge = records.find(({ key, value }) => frameBytes(key, value) > recordBytesMax);
    if (tooLarge !== undefined) {
      const bytes = frameBytes(tooLarge.key, tooLarge.value);
      const key = tooLarge.key.slice(0, 200);
      return new EventLogError(
        'too-large',
        `a record has at most ${recordBytesMax} bytes, that of ${key} has ${bytes}`,
      );
    }
    const bytes = totalBytes(records);
    if (bytes <= this.limits.queueBytesMax) return null;
    return new EventLogError(
      'too-large',
      `an append has at most ${this.limits.queueBytesMax} bytes, this one has ${bytes}`,
    );
  }

  /** Resolves with the position of the first record once all are durable; they follow one another. */
  append(records: readonly NewRecord[]): Promise<number> {
    const bytes = totalBytes(records);
    if (this.#queuedBytes + bytes > this.limits.queueBytesMax) {
      const { topic, partition } = this.partition.name;
      const message = `${this.#queuedBytes} bytes wait to be written to ${topic}/${partition}, at most ${this.limits.queueBytesMax} may`;
      return Promise.reject(new LogUnavailableError(message));
    }
    this.#queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ records, bytes, resolve, reject });
      if (!this.#running) this.#drained = this.#drain();
    });
  }

  /** Resolves when nothing waits and nothing is being written; closes the file. */
  async close(): Promise<void> {
    await this.#drained;
    await this.partition.active.handle.close();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // Lets the appends of this tick come together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      try {
        let position = await this.#write(batch);
        for (const { records, resolve } of batch) {
          resolve(position);
          position += records.length;
        }
      } catch (error) {
        const { topic, partition } = this.partition.name;
        const reason = notNow(error, `${topic}/${partition} could not be written`);
        for (const { reject } of batch) reject(reason);
      }
      for (const { bytes } of batch) this.#queuedBytes -= bytes;
    }
    this.#running = false;
  }

  #nextBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const waiting of this.#queue) {
      bytes += waiting.bytes;
      if (count > 0 && bytes > this.limits.writeBytesMax) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /**
   * Writes and syncs; the first position. Where it fails the file is as before, or is made so before the next
   * write.
   */
  async #write(batch: readonly Waiting[]): Promise<number> {
    if (this.#torn) await this.#cut();
    if (this.partition.active.segment.bytes >= this.limits.segmentBytes) await this.partition.roll();
    const { segment, handle } = this.partition.active;
    const first = this.partition.high;
    const { bytes, offsets } = encode(batch, first, segment.bytes, this.now());
    try {
      await writeFully(handle, bytes, segment.bytes);
      await handle.datasync();
    } catch (error) {
      this.#torn = true;
      await this.#cut().catch(() => undefined);
      throw error;
    }
    offsets.forEach((offset, i) => segment.note(first + i, offset));
    segment.bytes += bytes.length;
    this.partition.advance(first + offsets.length);
    return first;
  }

  /**
   * After a failed fsync nobody knows what of the write is on disk. All of it stands behind the durable bytes,
   * so cutting it off makes that question idle.
   */
  async #cut(): Promise<void> {
    const { segment, handle } = this.partition.active;
    await cutAt(handle, segment.bytes);
    this.#torn = false;
  }
}

function encode(batch: readonly Waiting[], writeBase: number, fileOffset: number, time: number) {
  const bytes = Buffer.allocUnsafe(batch.reduce((sum, waiting) => sum + waiting.bytes, 0));
  const offsets: number[] = [];
  let at = 0;
  for (const { records } of batch) {
    for (const { key, value } of records) {
      const position = writeBase + offsets.length;
      offsets.push(fileOffset + at);
      at = writeFrame(bytes, at, { position, time, writeBase }, key, value);
    }
  }
  return { bytes, offsets };
}

function totalBytes(records: readonly NewRecord[]): number {
  return records.reduce((sum, { key, value }) => sum + frameBytes(key, value), 0);
}
