import assert from 'node:assert/strict';
import { CHANGED, DEAD, type EventLog, type Subscription } from '@stemma/events';
import type { ReadModel } from './read-model';

export interface FeedOptions {
  /** Consumer group; two query services that read one log need two. */
  readonly group: string;
  readonly recordsMax: number;
  readonly bytesMax: number;
}

const TOPICS = [CHANGED, DEAD];
const PARTITION = 0;

/**
 * Keeps a read model up to date with the log. The model is in memory, so it owns its position: 0 at every start. It has
 * caught up once it holds all that was in the log when it started.
 */
export class Feed {
  readonly #positions = new Map<string, number>(TOPICS.map((topic) => [topic, 0]));
  #targets: Map<string, number> | undefined;
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
    return this.#caughtUp;
  }

  get failure(): unknown {
    return this.#failure;
  }

  /** @returns a promise that rejects with what went wrong while reading, and resolves when stopped. */
  async start(): Promise<{ done: Promise<void> }> {
    await this.#expectOnePartition();
    this.#targets = await this.#highs();
    this.#settle();
    this.#subscription = await this.log.consume({
      group: this.options.group,
      topics: TOPICS,
      recordsMax: this.options.recordsMax,
      bytesMax: this.options.bytesMax,
      start: async (topic) => this.#position(topic),
      handle: async ({ topic, records }) => {
        this.model.take(records);
        this.#positions.set(topic, (records.at(-1)?.position ?? -1) + 1);
        this.#settle();
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

  /** Whether the model holds all that is in the log now. */
  async isCurrent(): Promise<boolean> {
    return this.#reached(await this.#highs());
  }

  /** A second partition would number its changes from 1 again. */
  async #expectOnePartition(): Promise<void> {
    for (const topic of TOPICS) {
      const count = await this.log.partitions(topic);
      assert.equal(count, 1, `the read model folds one partition of ${topic}, found ${count}`);
    }
  }

  #settle(): void {
    this.#caughtUp ||= this.#targets !== undefined && this.#reached(this.#targets);
  }

  #reached(highs: ReadonlyMap<string, number>): boolean {
    return TOPICS.every((topic) => this.#position(topic) >= (highs.get(topic) ?? 0));
  }

  #position(topic: string): number {
    return this.#positions.get(topic) ?? 0;
  }

  async #highs(): Promise<Map<string, number>> {
    const highs = TOPICS.map(
      async (topic) => [topic, (await this.log.bounds(topic, PARTITION)).high] as const,
    );
    return new Map(await Promise.all(highs));
  }
}
