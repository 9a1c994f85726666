import type {
  Assignment,
  Batch,
  Consumer,
  EventLog,
  HandleContext,
  NewRecord,
  PartitionWriter,
  Position,
  Subscription,
} from '@stemma/events';
import type { Registry } from 'prom-client';
import { DelegatingLog } from '../delegating-log';
import { ImpatientLog } from '../impatient-log';
import { LogMetrics, type ReaderFigures, type Reading } from './log-metrics';

/** A partition that is read, and the end of the log as it was last known. */
interface Following extends Assignment {
  high: number | null;
}

interface Reader {
  subscription: Subscription | null;
  readonly following: Map<string, Following>;
}

/** An `EventLog` that counts what goes through it, so that no service has to. */
export class ObservedLog extends DelegatingLog implements ReaderFigures {
  readonly #metrics: LogMetrics;
  /** A collection of metrics does not wait for brokers that are away. */
  readonly #impatient: ImpatientLog;
  readonly #readers = new Set<Reader>();
  /** When the batches in hand were begun, oldest first. */
  readonly #begunMs = new Set<{ readonly ms: number }>();

  constructor(log: EventLog, registry: Registry) {
    super(log);
    this.#impatient = new ImpatientLog(log);
    this.#metrics = new LogMetrics(registry, this);
  }

  override append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    return this.#timed(topic, records, () => this.log.append(topic, records));
  }

  override async openWriter(topic: string, partition: number): Promise<PartitionWriter> {
    const writer = await this.log.openWriter(topic, partition);
    return {
      append: (records) => this.#timed(topic, records, () => writer.append(records)),
      close: () => writer.close(),
    };
  }

  override async consume(consumer: Consumer): Promise<Subscription> {
    const reader: Reader = { subscription: null, following: new Map() };
    this.#readers.add(reader);
    try {
      const subscription = await this.log.consume(this.#observed(consumer, reader));
      reader.subscription = subscription;
      // A promise of its own: that it is forgotten here does not pass for somebody listening to what ended it.
      const done = subscription.done.finally(() => this.#readers.delete(reader));
      return {
        done,
        stop: () => subscription.stop(),
        position: (topic, partition) => subscription.position(topic, partition),
      };
    } catch (error) {
      this.#readers.delete(reader);
      throw error;
    }
  }

  async readings(): Promise<readonly Reading[]> {
    const asked = [...this.#readers].flatMap(({ subscription, following }) =>
      [...following.values()].map((one) => this.#reading(subscription, one)),
    );
    return (await Promise.all(asked)).filter((reading) => reading !== null);
  }

  batchInHandMs(): number {
    const [oldest] = this.#begunMs;
    return oldest === undefined ? 0 : performance.now() - oldest.ms;
  }

  #observed(consumer: Consumer, { following }: Reader): Consumer {
    const keyOf = ({ topic, partition }: Assignment): string => `${topic}/${partition}`;
    return {
      group: consumer.group,
      topics: consumer.topics,
      recordsMax: consumer.recordsMax,
      bytesMax: consumer.bytesMax,
      start(topic, partition) {
        following.set(keyOf({ topic, partition }), { topic, partition, high: null });
        return consumer.start(topic, partition);
      },
      handle: async (batch, context) => {
        const known = following.get(keyOf(batch));
        if (known !== undefined) known.high = batch.high;
        await this.#handle(consumer, batch, context);
      },
      async onAssigned(assignments) {
        await consumer.onAssigned?.(assignments);
      },
      async onRevoked(assignments) {
        for (const assignment of assignments) following.delete(keyOf(assignment));
        await consumer.onRevoked?.(assignments);
      },
    };
  }

  async #handle(consumer: Consumer, batch: Batch, context: HandleContext): Promise<void> {
    const begun = { ms: performance.now() };
    this.#begunMs.add(begun);
    try {
      await consumer.handle(batch, context);
      this.#metrics.handled(batch.topic, batch.records.length, performance.now() - begun.ms);
    } catch (error) {
      if (!context.signal.aborted) this.#metrics.failed('batch', batch.topic);
      throw error;
    } finally {
      this.#begunMs.delete(begun);
    }
  }

  async #timed(
    topic: string,
    records: readonly NewRecord[],
    append: () => Promise<Position[]>,
  ): Promise<Position[]> {
    const startedMs = performance.now();
    try {
      const positions = await append();
      this.#metrics.appended(topic, records, performance.now() - startedMs);
      return positions;
    } catch (error) {
      this.#metrics.failed('append', topic);
      throw error;
    }
  }

  /** The end is asked for anew, since a reader that hangs is told of no new one; a log that is away leaves the last known. */
  async #reading(subscription: Subscription | null, following: Following): Promise<Reading | null> {
    const { topic, partition } = following;
    const next = subscription?.position(topic, partition) ?? null;
    if (next === null) return null;
    const bounds = await this.#impatient.bounds(topic, partition).catch(() => null);
    following.high = bounds?.high ?? following.high;
    return following.high === null ? null : { topic, partition, next, high: following.high };
  }
}
