import type { NewRecord, PartitionWriter, Position } from '../event-log';
import { EventLogError } from '../event-log-error';
import type { PartitionAppender } from './partition-appender';

/** The only writer of a partition in this process; the folder's lock keeps other processes out. */
export class ExclusiveWriter implements PartitionWriter {
  /** Resolves when what all before it were given is written. */
  readonly opened: Promise<void>;
  readonly #inHand = new Set<Promise<unknown>>();
  #end: { readonly reason: unknown } | null = null;

  constructor(
    readonly appender: PartitionAppender,
    before: ExclusiveWriter | undefined,
    /** Throws where the log is closed. */
    readonly refuseClosed: () => void,
  ) {
    this.opened = before?.shutOut() ?? Promise.resolve();
  }

  async append(records: readonly Omit<NewRecord, 'partition'>[]): Promise<Position[]> {
    this.refuseClosed();
    if (this.#end !== null) throw this.#end.reason;
    const refusal = this.appender.refusal(records);
    if (refusal !== null) throw refusal;
    if (records.length === 0) return [];
    const append = this.appender.append(records);
    this.#inHand.add(append);
    try {
      const first = await append;
      return records.map((_, i) => ({ partition: this.appender.name.partition, position: first + i }));
    } catch (reason) {
      this.#end ??= { reason };
      throw reason;
    } finally {
      this.#inHand.delete(append);
    }
  }

  async close(): Promise<void> {
    await this.#finish('closed', 'is closed');
  }

  /** What it has been given is written by then, and it takes no more. */
  async shutOut(): Promise<void> {
    await Promise.all([this.opened, this.#finish('fenced', 'has been shut out: another one is open')]);
  }

  async #finish(fault: 'closed' | 'fenced', what: string): Promise<void> {
    const { topic, partition } = this.appender.name;
    this.#end ??= { reason: new EventLogError(fault, `this writer of ${topic}/${partition} ${what}`) };
    await Promise.allSettled(this.#inHand);
  }
}
