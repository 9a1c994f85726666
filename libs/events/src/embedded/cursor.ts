import type { LogRecord } from '../event-log';
import { type Frame, frameKey, frameValue } from './frame';
import type { FrameStream } from './frame-stream';
import type { Partition } from './partition';
import { openStream, type Segment } from './segment';

/**
 * A place in a partition from which records are read in order, each checked against its checksum and its
 * position.
 */
export class Cursor {
  #at: { segment: Segment; stream: FrameStream } | null = null;

  constructor(
    readonly partition: Partition,
    /** Position of the next record; refused at the first read where it is outside the log. */
    public position: number,
  ) {}

  /** The next records, at least one if there is one; empty at the end of the log. */
  async read(recordsMax: number, bytesMax: number): Promise<LogRecord[]> {
    const { topic, partition } = this.partition.name;
    return (await this.frames(recordsMax, bytesMax)).map((frame) => ({
      topic,
      partition,
      position: frame.position,
      key: frameKey(frame),
      value: frameValue(frame),
      time: frame.time,
    }));
  }

  async frames(recordsMax: number, bytesMax: number): Promise<Frame[]> {
    for (;;) {
      const { segment, stream } = (this.#at ??= await this.#open());
      // Before the read: a segment that is closed by now has all its bytes.
      const next = this.partition.segmentAfter(segment);
      const end = segment.bytes;
      const taken = await stream.take({ end, from: this.position, recordsMax, bytesMax });
      if (taken.frames.length > 0) {
        this.#pass(segment, taken.frames, taken.offsets);
        return taken.frames;
      }
      if (taken.fault !== null) throw segment.corrupt(stream.offset, taken.fault);
      if (next === undefined) return [];
      await this.close();
      this.#enter(segment, next);
    }
  }

  async close(): Promise<void> {
    const at = this.#at;
    this.#at = null;
    await at?.stream.handle.close();
  }

  async #open(): Promise<{ segment: Segment; stream: FrameStream }> {
    for (;;) {
      const segment = this.partition.segmentOf(this.position);
      const listed = (): boolean => this.partition.segments.includes(segment);
      try {
        const stream = await openStream(segment, this.position);
        // Compaction replaces file and list entry in one tick: what is still listed is what we opened.
        if (listed()) return { segment, stream };
        await stream.handle.close();
      } catch (error) {
        if (listed()) throw error;
      }
    }
  }

  #pass(segment: Segment, frames: readonly Frame[], offsets: readonly number[]): void {
    for (const [i, frame] of frames.entries()) {
      const offset = offsets[i] ?? 0;
      if (frame.position < this.position || (frame.position > this.position && !this.partition.gaps)) {
        throw segment.corrupt(offset, `position ${frame.position} instead of ${this.position}`);
      }
      segment.note(frame.position, offset);
      this.position = frame.position + 1;
    }
  }

  #enter(from: Segment, next: Segment): void {
    if (next.base === this.position) return;
    // Throws where retention has passed us by.
    this.partition.segmentOf(this.position);
    if (next.base < this.position || !this.partition.gaps) {
      throw from.corrupt(
        from.bytes,
        `an end at position ${this.position}, but the next segment begins at ${next.base}`,
      );
    }
    this.position = next.base;
  }
}
