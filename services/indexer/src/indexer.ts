import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SKETCHED, type Assignment, type EventLog, type Subscription } from '@stemma/events';
import type { Store, StoreOptions, Totals } from '@stemma/store';
import { ComparerPool } from './comparer-pool';
import { INDEXER_DEFAULTS, type IndexerConfig } from './config';
import type { IndexParts } from './index-parts';
import { PartitionIndexer, type PartitionHooks } from './partition-indexer';

export interface IndexerOptions extends PartitionHooks {
  /** Where a log of one partition is indexed; of several, each has a folder in it. */
  readonly store: StoreOptions;
  readonly log: EventLog;
  readonly now: () => Date;
  readonly config?: Partial<IndexerConfig>;
}

const GROUP = 'indexer';
/** Decoded sketches that every partition may keep, however many there are. */
const OBSERVATIONS_MIN = 64;

/**
 * Follows those partitions of `model.sketched` that the log assigns to it, each from the position in a store of its own,
 * batch by batch, each one transaction. A log of one partition is one machine's: its store is open from the start, so that
 * a folder that is in use or damaged is noticed before anything else happens.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #config: IndexerConfig;
  readonly #partitions: number;
  readonly #comparers: ComparerPool | null;
  readonly #open = new Map<number, PartitionIndexer>();

  private constructor(options: IndexerOptions, partitions: number) {
    const { observationsMax, ...config } = { ...INDEXER_DEFAULTS, ...options.config };
    const share = Math.max(OBSERVATIONS_MIN, Math.floor(observationsMax / partitions));
    this.#config = { ...config, observationsMax: share };
    const { comparersMax: threads } = config;
    this.#comparers = threads === 0 ? null : new ComparerPool({ threads, observationsMax });
    this.#options = options;
    this.#partitions = partitions;
  }

  /** @throws StoreError when the folder is in use or damaged, or does not go with the log. */
  static async open(options: IndexerOptions): Promise<Indexer> {
    const indexer = new Indexer(options, await options.log.partitions(SKETCHED));
    if (indexer.#partitions === 1) await indexer.#openPartition(0);
    return indexer;
  }

  /** The first record that is not indexed, of a log of one partition. */
  get positionNext(): number {
    return this.#sole.next ?? 0;
  }

  /** The store of a log of one partition. */
  get store(): Store {
    return this.#sole.store;
  }

  /** The caches of a running indexer of one partition, for tests and audits. */
  get parts(): IndexParts {
    return this.#sole.parts;
  }

  /** Partitions that are open here, ascending. */
  get partitions(): number[] {
    return [...this.#open.keys()].sort((x, y) => x - y);
  }

  /** Whether every partition that is open here can take a batch. */
  get isReady(): boolean {
    return this.#open.size > 0 && [...this.#open.values()].every(({ isRunning }) => isRunning);
  }

  /** Sums over the partitions that are open here. */
  async totals(): Promise<Totals> {
    const sums = { models: 0, bytesRead: 0, bytesPublished: 0 };
    for (const { store } of [...this.#open.values()]) {
      const { models, bytesRead, bytesPublished } = await store.totals();
      sums.models += models;
      sums.bytesRead += bytesRead;
      sums.bytesPublished += bytesPublished;
    }
    return sums;
  }

  /** Gives back the room of sketches that are needed no more. */
  async compactSketches(): Promise<void> {
    for (const { store } of [...this.#open.values()]) await store.compactSketches();
  }

  async start(): Promise<Subscription> {
    const { log } = this.#options;
    return log.consume({
      group: GROUP,
      topics: [SKETCHED],
      recordsMax: this.#config.batchEventsMax,
      bytesMax: this.#config.batchBytesMax,
      prefers: () => this.#atHand(),
      onAssigned: (assignments) => this.#take(assignments),
      onRevoked: (assignments) => this.#giveUp(assignments),
      start: async (topic, partition) => this.#of(partition).next ?? (await log.bounds(topic, partition)).low,
      handle: (batch) => this.#of(batch.partition).handle(batch),
    });
  }

  /** What the subscription does must be over. */
  async close(): Promise<void> {
    for (const [partition, indexer] of [...this.#open]) {
      this.#open.delete(partition);
      await indexer.close();
    }
    await this.#comparers?.close();
  }

  /** Partitions of which there are files here already, from which it takes little to go on. */
  #atHand(): Assignment[] {
    return Array.from({ length: this.#partitions }, (_, partition) => ({
      topic: SKETCHED,
      partition,
    })).filter(({ partition }) => existsSync(this.#folderOf(partition)));
  }

  #folderOf(partition: number): string {
    const { folder } = this.#options.store;
    return this.#partitions === 1 ? folder : join(folder, `p${partition}`);
  }

  async #take(assignments: readonly Assignment[]): Promise<void> {
    const opening = assignments.map(
      async ({ partition }) => this.#open.get(partition) ?? (await this.#openPartition(partition)),
    );
    // Each waits mostly for its disk and for the log.
    await Promise.all(opening.map(async (indexer) => (await indexer).start()));
  }

  async #giveUp(assignments: readonly Assignment[]): Promise<void> {
    for (const { partition } of assignments) {
      const indexer = this.#open.get(partition);
      if (this.#partitions === 1) await indexer?.stop();
      else await indexer?.close();
      if (this.#partitions > 1) this.#open.delete(partition);
    }
  }

  async #openPartition(partition: number): Promise<PartitionIndexer> {
    const { store, log, now } = this.#options;
    const folder = this.#folderOf(partition);
    const indexer = await PartitionIndexer.open({
      ...this.#options,
      ...{ partition, log, now, config: this.#config, comparers: this.#comparers },
      store: { ...store, folder },
    });
    this.#open.set(partition, indexer);
    return indexer;
  }

  #of(partition: number): PartitionIndexer {
    const indexer = this.#open.get(partition);
    assert(indexer !== undefined, `partition ${partition} is not open here`);
    return indexer;
  }

  get #sole(): PartitionIndexer {
    assert.equal(this.#partitions, 1, 'this is asked of a log of one partition');
    return this.#of(0);
  }
}
