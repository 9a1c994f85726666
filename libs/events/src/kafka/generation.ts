import { setMaxListeners } from 'node:events';
import type { Assignment, Consumer } from '../event-log';
import { PartitionReader, type ReaderHost } from './partition-reader';

/** What one generation of the group has assigned to us, from `onAssigned` to `onRevoked`. */
export class Generation {
  readonly #abort = new AbortController();
  readonly #readers: ReadonlyMap<string, PartitionReader>;
  #reading: Promise<unknown> = Promise.resolve();
  #told = false;

  constructor(
    readonly assignments: readonly Assignment[],
    host: ReaderHost,
    private readonly consumer: Consumer,
    /** Told of what the consumer, or the log, threw, unless it did so because we are ending. */
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.#readers = new Map(
      assignments.map((assignment) => [keyOf(assignment), new PartitionReader(assignment, host)]),
    );
    // One listener a partition is no leak.
    setMaxListeners(Infinity, this.signal);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  reader(assignment: Assignment): PartitionReader | undefined {
    return this.#readers.get(keyOf(assignment));
  }

  /** Resolves when the consumer knows what it has; it goes on reading then. Never rejects. */
  async begin(): Promise<void> {
    if (this.signal.aborted || this.assignments.length === 0) return;
    this.#told = true;
    await this.#guard(async () => this.consumer.onAssigned?.(this.assignments));
    if (this.signal.aborted) return;
    const readers = [...this.#readers.values()];
    this.#reading = Promise.all(readers.map((reader) => this.#guard(() => reader.follow(this.signal))));
  }

  end(): void {
    this.#abort.abort();
  }

  /** After `end` and `begin`: resolves when no handler runs any more and the consumer knows what it has no longer. */
  async finish(): Promise<void> {
    await this.#reading;
    if (this.#told) await this.#guard(async () => this.consumer.onRevoked?.(this.assignments));
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isAbort(error, this.signal)) this.onFailure(error);
    }
  }
}

const keyOf = ({ topic, partition }: Assignment): string => `${topic}/${partition}`;

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError');
}
