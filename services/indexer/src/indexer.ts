import assert from 'node:assert/strict';
import { SKETCHED, type Batch, type EventLog, type Subscription } from '@stemma/events';
import { Store, type Claim, type StoreOptions } from '@stemma/store';
import { INDEXER_DEFAULTS, type IndexerConfig } from './config';
import { indexBatch } from './index-batch';
import type { IndexParts } from './index-parts';
import { loadParts } from './load';
import { publishOutbox } from './publish-outbox';

export interface IndexerOptions {
  readonly store: StoreOptions;
  readonly log: EventLog;
  readonly now: () => Date;
  readonly config?: Partial<IndexerConfig>;
}

const GROUP = 'indexer';
const PARTITION = 0;

/**
 * Follows `model.sketched` from the position in its own store, batch by batch, each one transaction. The only writer of its
 * data folder. What is in memory is loaded from the store whenever it starts, so a batch that failed leaves nothing behind.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #config: IndexerConfig;
  readonly #store: Store;
  #claim: Claim | null = null;
  #parts: IndexParts | null = null;
  #next: number | null;

  private constructor(options: IndexerOptions, store: Store, next: number | null) {
    this.#options = options;
    this.#config = { ...INDEXER_DEFAULTS, ...options.config };
    this.#store = store;
    this.#next = next;
  }

  /** @throws StoreError when the folder is in use or damaged. */
  static async open(options: IndexerOptions): Promise<Indexer> {
    const store = await Store.open(options.store);
    return new Indexer(options, store, await store.position(SKETCHED, PARTITION));
  }

  /** The first record of the log that is not indexed. */
  get positionNext(): number {
    return this.#next ?? 0;
  }

  get store(): Store {
    return this.#store;
  }

  /** The caches of a running indexer, for tests and audits. */
  get parts(): IndexParts {
    assert(this.#parts !== null, 'the indexer has not started');
    return this.#parts;
  }

  async start(): Promise<Subscription> {
    const { log, now } = this.#options;
    this.#claim = await this.#store.claimPartition(SKETCHED, PARTITION);
    this.#next = this.#claim.next;
    this.#parts = await loadParts(this.#store, this.#claim, this.#config, now);
    await publishOutbox(this.#store, log);
    return log.consume({
      group: GROUP,
      topics: [SKETCHED],
      recordsMax: this.#config.batchEventsMax,
      bytesMax: this.#config.batchBytesMax,
      start: async (topic, partition) => this.#next ?? (await log.bounds(topic, partition)).low,
      handle: (batch) => this.#handle(batch),
    });
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async #handle(batch: Batch): Promise<void> {
    this.#next = await indexBatch(batch, this.#next, this.parts);
    await publishOutbox(this.#store, this.#options.log);
  }
}
