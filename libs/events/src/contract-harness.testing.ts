import { randomUUID } from 'node:crypto';
import type { Batch, Consumer, EventLog, LogRecord, NewRecord, Subscription, TopicSpec } from './event-log';

/** One log's data, to be opened again and again. */
export interface LogUnderTest {
  open(): Promise<EventLog>;
  destroy(): Promise<void>;
  /** Compacts now, all but the last append. */
  compact?(log: EventLog): Promise<void>;
}

/** A consumer that keeps what it gets. */
export interface Seen extends Consumer {
  readonly batches: Batch[];
  readonly records: LogRecord[];
}

/** What a test of the contract works with: a log, fresh for every test, and patience. */
export class Harness {
  #open: Subscription[] = [];
  #under!: LogUnderTest;
  log!: EventLog;

  constructor(
    readonly create: () => Promise<LogUnderTest>,
    readonly waitMs: number,
  ) {}

  async begin(): Promise<void> {
    this.#open = [];
    this.#under = await this.create();
    this.log = await this.#under.open();
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.map((subscription) => subscription.stop()));
    await this.log.close();
    await this.#under.destroy();
  }

  async compact(): Promise<void> {
    await this.#under.compact?.(this.log);
  }

  async reopen(): Promise<void> {
    await this.log.close();
    this.log = await this.#under.open();
  }

  async topic(spec: Partial<TopicSpec> = {}): Promise<string> {
    const topic = { name: `contract-${randomUUID()}`, partitions: 1, cleanup: 'keep' as const, ...spec };
    await this.log.ensureTopics([topic]);
    return topic.name;
  }

  /** Subscribes and waits until `records` have been handled. */
  async read(consumer: Seen, records: number): Promise<Subscription> {
    const subscription = await this.log.consume(consumer);
    this.#open.push(subscription);
    let failure: Error | undefined;
    subscription.done.catch((error: Error) => (failure = error));
    await this.until(`${records} records`, () => consumer.records.length >= records || failure !== undefined);
    if (failure !== undefined) throw failure;
    return subscription;
  }

  async until(what: string, test: () => boolean): Promise<void> {
    for (
      const end = Date.now() + this.waitMs;
      !test();
      await new Promise((resolve) => setTimeout(resolve, 5))
    ) {
      if (Date.now() > end) throw new Error(`not within ${this.waitMs} ms: ${what}`);
    }
  }
}

export const numbered = (count: number, from = 0): NewRecord[] =>
  Array.from({ length: count }, (_, i) => ({ key: `key-${from + i}`, value: `value-${from + i}` }));

export const values = (seen: Seen): string[] => seen.records.map(({ value }) => value);

export function seeing(topics: string | string[], change: Partial<Consumer> = {}): Seen {
  const batches: Batch[] = [];
  const records: LogRecord[] = [];
  return {
    batches,
    records,
    group: `group-${randomUUID()}`,
    topics: [topics].flat(),
    recordsMax: 1000,
    bytesMax: 1 << 20,
    start: async () => 0,
    ...change,
    async handle(batch, context) {
      await change.handle?.(batch, context);
      batches.push(batch);
      records.push(...batch.records);
    },
  };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

/** All records of a partition. */
export async function wholeOf(log: EventLog, topic: string, partition = 0, from = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const some of log.read(topic, partition, from)) records.push(...some);
  return records;
}
