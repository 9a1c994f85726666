import { setMaxListeners } from 'node:events';
import type { Consumer, HandleContext, LogRecord, Subscription } from '../event-log';
import { checkStart } from '../log-rules';
import { Cursor } from './cursor';
import type { GroupPositions } from './group-positions';
import type { Partition } from './partition';

/** Follows some partitions for one consumer, each at its own pace, until stopped or until anything throws. */
export class EmbeddedSubscription implements Subscription {
  readonly done: Promise<void>;
  readonly #abort = new AbortController();
  readonly #positions = new Map<string, number>();
  /** Never rejects, so that stopping does not pass for listening to `done`. */
  readonly #ended: Promise<void>;
  #failure: { readonly error: unknown } | null = null;

  constructor(
    readonly consumer: Consumer,
    readonly partitions: readonly Partition[],
    readonly groups: GroupPositions,
    onEnded: () => void,
  ) {
    // One listener a partition is no leak.
    setMaxListeners(Infinity, this.#abort.signal);
    this.#ended = this.#run().finally(onEnded);
    this.done = this.#ended.then(() => {
      if (this.#failure !== null) throw this.#failure.error;
    });
  }

  position(topic: string, partition: number): number | null {
    return this.#positions.get(`${topic}/${partition}`) ?? null;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const assignments = this.partitions.map(({ name }) => name);
    await this.#guard(async () => {
      await this.consumer.onAssigned?.(assignments);
      await Promise.all(this.partitions.map((partition) => this.#guard(() => this.#follow(partition))));
    });
    await this.#guard(async () => this.consumer.onRevoked?.(assignments));
  }

  /** The first error ends everything; what is thrown because we are ending is none. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isAbort(error, this.#abort.signal)) this.#failure ??= { error };
      this.#abort.abort();
    }
  }

  async #follow(partition: Partition): Promise<void> {
    const { group, recordsMax, bytesMax } = this.consumer;
    const { topic, partition: number } = partition.name;
    const start = await this.consumer.start(topic, number);
    checkStart(start);
    const committed = this.groups.committed(group, topic, number) ?? partition.bounds.low;
    const cursor = new Cursor(partition, start === 'committed' ? committed : start);
    const { signal } = this.#abort;
    const place = `${topic}/${number}`;
    try {
      this.#positions.set(place, cursor.position);
      while (!signal.aborted) {
        const records = await cursor.read(recordsMax, bytesMax);
        if (records.length > 0 && !signal.aborted) {
          await this.#handle(partition, records, cursor.position);
          if (start === 'committed') await this.groups.commit(group, topic, number, cursor.position);
          this.#positions.set(place, cursor.position);
        }
        await partition.reaches(cursor.position, signal);
      }
    } finally {
      this.#positions.delete(place);
      await cursor.close();
    }
  }

  async #handle(partition: Partition, records: readonly LogRecord[], next: number): Promise<void> {
    const { signal } = this.#abort;
    const context: HandleContext = { signal, heartbeat: async () => signal.throwIfAborted() };
    await this.consumer.handle({ ...partition.name, records, next, high: partition.high }, context);
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as Error | null)?.name === 'AbortError');
}
