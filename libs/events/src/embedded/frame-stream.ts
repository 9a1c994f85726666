import type { FileHandle } from 'node:fs/promises';
import { type Frame, FRAME_HEADER_BYTES, readFrame } from './frame';

const CHUNK_BYTES = 1024 * 1024;

export interface TakeLimits {
  /** File offset to read up to: the end of a whole frame, where all is well. */
  readonly end: number;
  /** Frames below this position are passed over. */
  readonly from: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
}

export interface Taken {
  readonly frames: Frame[];
  /** File offsets of `frames`. */
  readonly offsets: number[];
  /** What stands at `stream.offset` instead of a frame, or null. */
  readonly fault: string | null;
}

/**
 * Reads the frames of one file in order, in chunks. Allocates no more than the file holds, whatever its lengths
 * say.
 */
export class FrameStream {
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(
    readonly handle: FileHandle,
    /** File offset of the next frame. */
    public offset: number,
  ) {}

  async take({ end, from, recordsMax, bytesMax }: TakeLimits): Promise<Taken> {
    const taken: Taken = { frames: [], offsets: [], fault: null };
    let bytes = 0;
    while (this.offset < end && taken.frames.length < recordsMax) {
      const found = readFrame(this.#window, this.offset - this.#windowAt);
      if (found.type === 'damaged') return { ...taken, fault: found.why };
      if (found.type === 'short') {
        if (this.offset + found.bytes > end) return { ...taken, fault: 'a record that the file cuts off' };
        if (!(await this.#fill(found.bytes, end)))
          return { ...taken, fault: 'the end of a file that was longer' };
        continue;
      }
      if (found.position >= from) {
        bytes += found.raw.length;
        if (taken.frames.length > 0 && bytes > bytesMax) break;
        taken.frames.push(found);
        taken.offsets.push(this.offset);
      }
      this.offset += found.raw.length;
    }
    return taken;
  }

  /** A new window from `offset` on, of at least `bytes`. Never reuses the old one: frames are views of it. */
  async #fill(bytes: number, end: number): Promise<boolean> {
    const wanted = Math.min(Math.max(bytes, CHUNK_BYTES), end - this.offset);
    const window = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.handle.read(window, filled, wanted - filled, this.offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#window = window.subarray(0, filled);
    this.#windowAt = this.offset;
    return filled >= Math.max(bytes, FRAME_HEADER_BYTES);
  }
}
