import assert from 'node:assert/strict';
import { types } from 'node:util';
import { SKETCHED, type Batch, type EventLog, type Subscription } from '@stemma/events';
import { Store, type Claim, type StoreOptions } from '@stemma/store';
import { agreeWithLog } from './agree-with-log';
import { INDEXER_DEFAULTS, type IndexerConfig } from './config';
import { indexBatch } from './index-batch';
import type { IndexParts } from './index-parts';
import { loadParts, saveSnapshot, snapshotFolderOf, type LoadReport } from './load';
import { publishOutbox } from './publish-outbox';

export interface IndexerOptions {
  readonly store: StoreOptions;
  readonly log: EventLog;
  readonly now: () => Date;
  readonly config?: Partial<IndexerConfig>;
  /** Called when the index is in memory: from its snapshot, or from the store and why. */
  readonly onLoaded?: ((report: LoadReport) => void) | undefined;
  /** Called when a snapshot could not be written: the disk is full, for example. */
  readonly onSnapshotFailed?: (error: Error) => void;
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
  /** Batches that are in no snapshot. */
  #batchesUnsaved = 0;

  private constructor(options: IndexerOptions, store: Store, next: number | null) {
    this.#options = options;
    this.#config = { ...INDEXER_DEFAULTS, ...options.config };
    this.#store = store;
    this.#next = next;
  }

  /** @throws StoreError when the folder is in use or damaged, or does not go with the log. */
  static async open(options: IndexerOptions): Promise<Indexer> {
    const store = await Store.open(options.store);
    try {
      await agreeWithLog(store, options.log, PARTITION);
      return new Indexer(options, store, await store.position(SKETCHED, PARTITION));
    } catch (error) {
      await store.close();
      throw error;
    }
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
    const snapshotFolder = this.#snapshotFolder;
    const { onLoaded } = this.#options;
    const loading = { store: this.#store, claim: this.#claim, config: this.#config, now };
    this.#parts = await loadParts({ ...loading, snapshotFolder, onLoaded });
    this.#batchesUnsaved = 0;
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

  /** What the subscription does must be over. */
  async close(): Promise<void> {
    try {
      if (this.#batchesUnsaved > 0) await this.#save();
    } finally {
      await this.#store.close();
    }
  }

  async #handle(batch: Batch): Promise<void> {
    const { parts } = this;
    // Void until the batch is committed: whoever fails in between must load again.
    this.#parts = null;
    this.#next = await indexBatch(batch, this.#next, parts);
    this.#parts = parts;
    this.#batchesUnsaved++;
    await publishOutbox(this.#store, this.#options.log);
    if (this.#batchesUnsaved >= this.#config.snapshotBatches) await this.#save();
  }

  async #save(): Promise<void> {
    if (this.#parts === null || this.#next === null) return;
    this.#batchesUnsaved = 0;
    try {
      await saveSnapshot(this.#parts, this.#snapshotFolder, this.#next);
    } catch (error) {
      if (!isFromTheSystem(error)) throw error;
      // All is in the store as well: only the next start is slower.
      this.#options.onSnapshotFailed?.(error);
    }
  }

  get #snapshotFolder(): string {
    return snapshotFolderOf(this.#options.store.folder);
  }
}

const isFromTheSystem = (error: unknown): error is NodeJS.ErrnoException =>
  types.isNativeError(error) && 'syscall' in error;
