import { LogUnavailableError } from '../event-log-error';
import { recordBytes, type Unplaced } from './kafka-record';

export interface QueueLimits {
  readonly batchBytesMax: number;
  readonly queueBytesMax: number;
}

interface Append {
  readonly positions: number[];
  /** How many records it has. */
  readonly count: number;
  readonly resolve: (positions: number[]) => void;
  readonly reject: (reason: unknown) => void;
}

interface Waiting {
  readonly record: Unplaced;
  readonly bytes: number;
  readonly append: Append;
}

/**
 * What waits to be sent to one partition. One send at a time (see `IdempotentProducer`), with as many records as a batch may
 * have bytes: Kafka bounds the batch, and all of a send to one partition is one batch. So concurrent appends share a send, and
 * a large one takes several.
 */
export class SendQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;
  #running = false;
  #drained: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly limits: QueueLimits,
    /** Sends one batch; resolves with the position of its first record. */
    private readonly send: (records: readonly Unplaced[]) => Promise<number>,
  ) {}

  /** Resolves with the positions when all records, of which there are some, are acknowledged. */
  append(records: readonly Unplaced[]): Promise<number[]> {
    const sized = records.map((record) => ({ record, bytes: recordBytes(record) }));
    const bytes = sized.reduce((sum, one) => sum + one.bytes, 0);
    const { queueBytesMax } = this.limits;
    if (this.#bytes + bytes > queueBytesMax) {
      const full = `${this.#bytes} bytes wait to be sent to ${this.name}, and at most ${queueBytesMax} may with the ${bytes} to come`;
      return Promise.reject(new LogUnavailableError(full));
    }
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      const append: Append = { positions: [], count: records.length, resolve, reject };
      for (const one of sized) this.#waiting.push({ ...one, append });
      if (!this.#running) this.#drained = this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  get drained(): Promise<void> {
    return this.#drained;
  }

  async #drain(): Promise<void> {
    this.#running = true;
    // Lets the appends of this tick come together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        const base = await this.send(batch.map(({ record }) => record));
        batch.forEach(({ append }, i) => answer(append, base + i));
      } catch (error) {
        this.#fail(new Set(batch.map(({ append }) => append)), error);
      }
      for (const { bytes } of batch) this.#bytes -= bytes;
    }
    this.#running = false;
  }

  #nextBatch(): Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const one of this.#waiting) {
      bytes += one.bytes;
      if (count > 0 && bytes > this.limits.batchBytesMax) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** What is left of an append that failed is not sent: its records would stand without those before them. */
  #fail(appends: ReadonlySet<Append>, error: unknown): void {
    this.#waiting = this.#waiting.filter(({ append, bytes }) => {
      if (!appends.has(append)) return true;
      this.#bytes -= bytes;
      return false;
    });
    for (const { reject } of appends) reject(error);
  }
}

function answer(append: Append, position: number): void {
  append.positions.push(position);
  if (append.positions.length === append.count) append.resolve(append.positions);
}
