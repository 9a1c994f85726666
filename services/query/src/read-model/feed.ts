import { CHANGED, DEAD, type Assignment, type EventLog, type Subscription } from '@stemma/events';
import type { ReadModel } from './read-model';

export interface FeedOptions {
  /** Consumer group; two query services that read one log need two. */
  readonly group: string;
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** How long a look at the end of the log is good for. */
  readonly logEndFreshMs: number;
}

const TOPICS = [CHANGED, DEAD];

/**
 * Keeps a read model up to date with all partitions of the log. The model is in memory, so it owns its positions: 0 at every
 * start. It has caught up once it holds all that was in the log when it started.
 */
export class Feed {
  /** Where to go on in each partition, should it be taken from us and come back. */
  readonly #positions = new Map<string, number>();
  #partitions: readonly Assignment[] = [];
  #targets: readonly number[] = [];
  #end: { readonly highs: Promise<readonly number[]>; readonly atMs: number } | undefined;
  #subscription: Subscription | undefined;
  #failure: unknown;
  #caughtUp = false;

  constructor(
    private readonly log: EventLog,
    private readonly model: ReadModel,
    private readonly options: FeedOptions,
  ) {}

  /** Whether the model has held everything once; it stays so. */
  get caughtUp(): boolean {
    // Looked up and not noted: the end of a partition may hold no record, of which no batch tells.
    return (this.#caughtUp ||= this.#reached(this.#targets));
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** Partitions that are not read: for long only where another service is in this one's consumer group. */
  get unread(): number {
    return this.#partitions.filter((one) => this.#position(one) === null).length;
  }

  /** @returns a promise that rejects with what went wrong while reading, and resolves when stopped. */
  async start(): Promise<{ done: Promise<void> }> {
    this.#partitions = await this.#allPartitions();
    this.model.history.spreadOver(this.#partitions.filter(({ topic }) => topic === CHANGED).length);
    this.#targets = await this.#highs();
    this.#subscription = await this.log.consume({
      group: this.options.group,
      topics: TOPICS,
      recordsMax: this.options.recordsMax,
      bytesMax: this.options.bytesMax,
      start: async (topic, partition) => this.#positions.get(nameOf({ topic, partition })) ?? 0,
      handle: async (batch) => {
        this.model.take(batch.records);
        this.#positions.set(nameOf(batch), batch.next);
      },
    });
    const done = this.#subscription.done.catch((error: unknown) => {
      this.#failure = error;
      throw error;
    });
    return { done };
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** Whether the model holds all that is in the log now (or was a moment ago, where a look is good for longer). */
  async isCurrent(): Promise<boolean> {
    const nowMs = performance.now();
    if (this.#end === undefined || nowMs - this.#end.atMs >= this.options.logEndFreshMs) {
      this.#end = { highs: this.#highs(), atMs: nowMs };
    }
    return this.#reached(await this.#end.highs);
  }

  async #allPartitions(): Promise<Assignment[]> {
    const counts = TOPICS.map(async (topic) => ({ topic, count: await this.log.partitions(topic) }));
    return (await Promise.all(counts)).flatMap(({ topic, count }) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    );
  }

  #reached(highs: readonly number[]): boolean {
    if (this.#subscription === undefined) return false;
    return this.#partitions.every((one, i) => (this.#position(one) ?? -1) >= (highs[i] ?? 0));
  }

  #position({ topic, partition }: Assignment): number | null {
    return this.#subscription?.position(topic, partition) ?? null;
  }

  /** In the order of the partitions. */
  async #highs(): Promise<number[]> {
    const bounds = this.#partitions.map(({ topic, partition }) => this.log.bounds(topic, partition));
    return (await Promise.all(bounds)).map(({ high }) => high);
  }
}

const nameOf = ({ topic, partition }: Assignment): string => `${topic}/${partition}`;
