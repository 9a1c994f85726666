import { PUBLISHED, SKETCHED, type EventLog } from '@stemma/events';
import { isRetryable } from '@stemma/service';
import type { PipelineFigures, PipelineStatus } from './query-options';

/** How long figures are good for: many may ask, and each figure costs the brokers a question a partition. */
const FRESH_MS = 1_000;

/** The groups whose positions the log keeps, by what they read. */
const READERS = [
  { topic: PUBLISHED, group: 'sketcher' },
  { topic: SKETCHED, group: 'indexer' },
] as const;

/**
 * What the log alone says of the work in front of the query side: records that a group has not handled. Of an indexer whose
 * positions are its store's own the log knows nothing; nor does it know how many bytes were read.
 */
export class LogPipeline implements PipelineStatus {
  readonly #log: EventLog;
  readonly #now: () => number;
  #last: PipelineFigures = { pending: 0, bytesRead: 0, bytesPublished: 0, caughtUp: false };
  #asked: { readonly figures: Promise<PipelineFigures>; readonly atMs: number } | null = null;

  constructor(log: EventLog, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  read(): Promise<PipelineFigures> {
    const nowMs = this.#now();
    if (this.#asked === null || nowMs - this.#asked.atMs >= FRESH_MS)
      this.#asked = { figures: this.#ask(), atMs: nowMs };
    return this.#asked.figures;
  }

  /** While the log is away, what was pending last. */
  async #ask(): Promise<PipelineFigures> {
    try {
      const behind = await Promise.all(READERS.map(({ topic, group }) => this.#behind(topic, group)));
      const pending = behind.reduce((sum, records) => sum + records, 0);
      return (this.#last = { ...this.#last, pending, caughtUp: pending === 0 });
    } catch (error) {
      if (!isRetryable(error)) throw error;
      return { ...this.#last, caughtUp: false };
    }
  }

  async #behind(topic: string, group: string): Promise<number> {
    const partitions = Array.from({ length: await this.#log.partitions(topic) }, (_, partition) => partition);
    const positions = partitions.map((partition) => this.#log.committed(group, topic, partition));
    const committed = await Promise.all(positions);
    // A group that has never committed anything keeps its positions elsewhere, or has not begun.
    if (group === 'indexer' && committed.every((position) => position === null)) return 0;
    const bounds = await Promise.all(partitions.map((partition) => this.#log.bounds(topic, partition)));
    return bounds.reduce((sum, { low, high }, i) => sum + Math.max(0, high - (committed[i] ?? low)), 0);
  }
}
