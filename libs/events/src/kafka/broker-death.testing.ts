import { type Seen, seeing, wholeOf } from '../contract-harness.testing';
import type { Consumer, LogRecord, NewRecord, Position } from '../event-log';
import { LogUnavailableError } from '../event-log-error';
import { brokers, ctl, sleep, until, withAdmin } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

/** What was appended, and where the log said that it stands. */
export class Acknowledged {
  readonly #places = new Map<string, string>();
  rejected = 0;

  note(records: readonly NewRecord[], positions: readonly Position[]): void {
    records.forEach(({ value }, i) =>
      this.#places.set(value, `${positions[i]!.partition}@${positions[i]!.position}`),
    );
  }

  at(v: string) {
    return this.#places.get(v);
  }
  get count(): number {
    return this.#places.size;
  }

  /** Acknowledged, and not where they should be. */
  missing(records: readonly LogRecord[]): string[] {
    const found = new Map(
      records.map(({ value, partition, position }) => [value, `${partition}@${position}`]),
    );
    return [...this.#places].filter(([value, place]) => found.get(value) !== place).map(([value]) => value);
  }
}

/** Appends batches, several at a time and each over several partitions, until told to stop. */
export async function appendUntil(
  stopped: () => boolean,
  log: KafkaLog,
  topic: string,
  shape: { readonly callers: number; readonly records: number; readonly partitions: number },
): Promise<Acknowledged> {
  const acknowledged = new Acknowledged();
  const caller = async (_: unknown, name: number): Promise<void> => {
    for (let n = 0; !stopped(); n += 1) {
      const records = Array.from({ length: shape.records }, (__, i) => ({
        key: `caller-${name}`,
        value: `${name}/${n}/${i}`,
        partition: i % shape.partitions,
      }));
      try {
        acknowledged.note(records, await log.append(topic, records));
      } catch {
        acknowledged.rejected += 1;
      }
      await sleep(2);
    }
  };
  await Promise.all(Array.from({ length: shape.callers }, caller));
  return acknowledged;
}

/**
 * Writes 0, 1, 2, … as the only writer of a partition until told to stop; where that is uncertain it opens another, sees how far
 * it has come, and goes on there.
 */
export async function countUntil(stopped: () => boolean, log: KafkaLog, topic: string): Promise<number> {
  let next = 0;
  while (!stopped()) {
    try {
      const writer = await log.openWriter(topic, 0);
      next = (await wholeOf(log, topic)).length;
      while (!stopped()) {
        await writer.append([{ key: 'count', value: `${next}` }]);
        next += 1;
      }
      await writer.close();
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
    }
  }
  return next;
}

/** Kills the leader of a partition, starts it again, and waits until it has caught up. */
export async function killLeader(topic: string, partition: number, awayMs: number): Promise<void> {
  const partitions = async () => {
    const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics[0]!.partitions;
  };
  const { leader } = (await partitions()).find(({ partitionId }) => partitionId === partition)!;
  await ctl('kill', `${leader}`);
  await sleep(awayMs);
  await ctl('start', `${leader}`);
  const copies = Math.min(3, brokers.length);
  const isWhole = async () => (await partitions()).every(({ isr }) => isr.length === copies);
  await until('the broker has caught up', isWhole, 40_000);
}

/** A consumer that owns its positions, as a store does: whenever it gets a partition again it goes on. */
export function ownPositions(topic: string, change: Partial<Consumer> = {}): Seen {
  const next = new Map<number, number>();
  return seeing(topic, {
    ...change,
    start: async (_, partition) => next.get(partition) ?? 0,
    handle: async (batch, context) => {
      await change.handle?.(batch, context);
      next.set(batch.partition, batch.next);
    },
  });
}

/** Positions of a partition that do not come after the one before. */
export function outOfOrder({ records }: Seen): LogRecord[] {
  const last = new Map<number, number>();
  return records.filter(({ partition, position }) => {
    const before = last.get(partition) ?? -1;
    last.set(partition, position);
    return position <= before;
  });
}
