import type { LogRecord } from '@stemma/events';
import type { IndexerConfig } from './config';
import type { Settlement } from './lineage-index';
import { TestIndex } from './test-index.testing';

/** What arrivals took, in sums; times in milliseconds. */
export interface Spent {
  arrivals: number;
  ms: number;
  /** Of all threads: the database has some of its own. */
  cpuMs: number;
  compareMs: number;
  settleMs: number;
  commitMs: number;
  compared: number;
  /** Models that have another parent, came or went. */
  moved: number;
  /** Models of which another possible parent has changed so that it tells. */
  swayed: number;
  /** Sketches that had to be read again in this thread. */
  read: number;
}

const nothing = (): Spent => ({
  arrivals: 0,
  ms: 0,
  cpuMs: 0,
  compareMs: 0,
  settleMs: 0,
  commitMs: 0,
  compared: 0,
  moved: 0,
  swayed: 0,
  read: 0,
});

export const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** An index whose work is measured. */
export class MeasuredIndex {
  #spent = nothing();
  #writtenAt = 0;
  #comparing = 0;
  #comparedFrom = 0;
  #index!: TestIndex;

  static async open(config: Partial<IndexerConfig>, folder?: string): Promise<MeasuredIndex> {
    const measured = new MeasuredIndex();
    measured.#index = await TestIndex.open(config, folder, {
      onBoundary: (boundary) => measured.#passed(boundary),
    });
    const { index, comparer, store } = measured.#index.parts;
    const settle = index.settle.bind(index);
    index.settle = (figures) => measured.#settled(() => settle(figures));
    const compare = comparer.compare.bind(comparer);
    comparer.compare = (pairs) => measured.#compared(compare(pairs));
    const sketch = store.sketch.bind(store);
    store.sketch = (label) => {
      measured.#spent.read++;
      return sketch(label);
    };
    return measured;
  }

  get index(): TestIndex {
    return this.#index;
  }

  /** Milliseconds of one batch. */
  async deliver(records: readonly LogRecord[]): Promise<number> {
    const [from, cpuFrom] = [performance.now(), cpuMs()];
    await this.#index.deliver(...records);
    const ms = performance.now() - from;
    this.#spent.ms += ms;
    this.#spent.cpuMs += cpuMs() - cpuFrom;
    this.#spent.arrivals += records.length;
    return ms;
  }

  /** What was spent since the last call. */
  takeSpent(): Spent {
    const spent = this.#spent;
    this.#spent = nothing();
    return spent;
  }

  #passed(boundary: string): void {
    if (boundary === 'sketches-written') this.#writtenAt = performance.now();
    if (boundary === 'committed') this.#spent.commitMs += performance.now() - this.#writtenAt;
  }

  /** Of questions that overlap the time from the first to the last answer counts once. */
  async #compared<T>(comparing: Promise<T>): Promise<T> {
    if (this.#comparing++ === 0) this.#comparedFrom = performance.now();
    try {
      return await comparing;
    } finally {
      if (--this.#comparing === 0) this.#spent.compareMs += performance.now() - this.#comparedFrom;
    }
  }

  #settled(settle: () => Settlement): Settlement {
    const from = performance.now();
    const settlement = settle();
    this.#spent.settleMs += performance.now() - from;
    this.#spent.compared += settlement.pairsAdded.length;
    this.#spent.moved += settlement.moved.size;
    this.#spent.swayed += settlement.swayed.size;
    return settlement;
  }
}
