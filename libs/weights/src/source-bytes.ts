import { strict as assert } from 'node:assert';
import type { ByteRange } from './byte-requests';
import type { Rejected } from './rejection';
import { quoted, rejected } from './rejection';

/** A published model as its reader sees it: the listing of its repository, and a way to read bytes [begin, end) of a listed file. */
export interface ModelSource {
  readonly files: readonly { readonly path: string; readonly size: number; readonly hash: string | null }[];
  /** Resolves to exactly `end - begin` bytes, or throws what the caller handles ("not now"). */
  read(file: number, begin: number, end: number): Promise<Uint8Array>;
}

/** Bytes of one reply and where they lie. */
interface Held extends ByteRange {
  readonly bytes: Uint8Array;
}

/** The bytes of a model that have been read so far. Ranges that are held already are not read again. */
export class SourceBytes {
  readonly #source: ModelSource;
  readonly #inFlightMax: number;
  readonly #held = new Map<number, Held[]>();
  #bytesRead = 0;

  constructor(source: ModelSource, inFlightMax: number) {
    assert(
      Number.isInteger(inFlightMax) && inFlightMax >= 1,
      `expected at least one request in flight, got ${inFlightMax}`,
    );
    this.#source = source;
    this.#inFlightMax = inFlightMax;
  }

  /** Bytes that came back, wanted or not. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Reads what is not held yet, a bounded number of requests at a time; null, or why the model is turned away. */
  async fetch(ranges: readonly ByteRange[]): Promise<Rejected | null> {
    // Reversed, since workers take from the end: requests go out in the order given.
    const queue = ranges.filter((range) => range.end > range.begin && !this.has(range)).reverse();
    let problem: Rejected | null = null;
    const work = async () => {
      for (let range = queue.pop(); range !== undefined; range = queue.pop()) {
        problem = (await this.#fetchOne(range)) ?? problem;
        if (problem !== null) queue.length = 0;
      }
    };
    const workers = Array.from({ length: Math.min(this.#inFlightMax, queue.length) }, work);
    try {
      await Promise.all(workers);
    } finally {
      // After a throw nobody wants the rest: the other workers must find nothing more to ask for.
      queue.length = 0;
    }
    return problem;
  }

  /** Whether every byte of the range has been read. */
  has(range: ByteRange): boolean {
    return this.#pieces(range) !== null;
  }

  /** The bytes of a range that has been fetched: a view where one request brought it, a copy where several did. */
  bytesOf(range: ByteRange): Uint8Array {
    const pieces = this.#pieces(range);
    assert(
      pieces !== null,
      `expected bytes ${range.begin} to ${range.end} of file ${range.file} to have been read`,
    );
    if (pieces.length === 1) return pieces[0]!;
    const whole = new Uint8Array(range.end - range.begin);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return whole;
  }

  async #fetchOne({ file, begin, end }: ByteRange): Promise<Rejected | null> {
    const bytes = await this.#source.read(file, begin, end);
    this.#bytesRead += bytes.byteLength;
    if (bytes.byteLength !== end - begin) {
      const path = quoted(this.#source.files[file]?.path ?? String(file));
      return rejected(
        'short-read',
        `Asked for ${end - begin} bytes of ${path} from byte ${begin}, got ${bytes.byteLength}.`,
      );
    }
    const held = this.#held.get(file) ?? [];
    this.#held.set(
      file,
      [...held, { file, begin, end, bytes }].sort((a, b) => a.begin - b.begin || a.end - b.end),
    );
    return null;
  }

  /** Views that together are the range, or null where part of it has not been read. */
  #pieces({ file, begin, end }: ByteRange): Uint8Array[] | null {
    const pieces: Uint8Array[] = [];
    let at = begin;
    for (const held of this.#held.get(file) ?? []) {
      if (at >= end) break;
      // Sorted by their beginnings: one that begins too late leaves a hole, which the final test finds.
      if (held.begin > at || held.end <= at) continue;
      const until = Math.min(end, held.end);
      pieces.push(held.bytes.subarray(at - held.begin, until - held.begin));
      at = until;
    }
    return at >= end ? pieces : null;
  }
}
