import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { types } from 'node:util';
import { CHANGED, SKETCHED, type Batch, type EventLog, type PartitionWriter } from '@stemma/events';
import { Store, type Claim, type StoreOptions } from '@stemma/store';
import { agreeWithFeed, assertLogIsWhole } from './agree-with-log';
import type { Comparer } from './comparer';
import type { ComparerPool } from './comparer-pool';
import type { IndexerConfig } from './config';
import { endRemeasuring, endRestoring, indexBatch, isOver, type Indexed } from './index-batch';
import type { IndexParts } from './index-parts';
import { comparerFor, loadParts, saveSnapshot, snapshotFolderOf, type LoadReport } from './load';
import { publishOutbox } from './publish-outbox';
import { METHOD, remeasure, type RemeasureReport } from './remeasure';

/** What a partition's index tells of itself, and to whom. */
export interface PartitionHooks {
  /** Called when the index is in memory: from its snapshot, or from the store and why. */
  readonly onLoaded?: ((report: LoadReport) => void) | undefined;
  /** Called when an index of another version of the method was brought up to this one. */
  readonly onRemeasured?: ((report: RemeasureReport) => void) | undefined;
  /** Called when a snapshot could not be written: the disk is full, for example. */
  readonly onSnapshotFailed?: ((error: Error) => void) | undefined;
  /** Called when an index was thrown away, since another one of its partition has gone on without it. */
  readonly onOvertaken?: ((partition: number) => void) | undefined;
  /** Called after every batch. */
  readonly onIndexed?: ((partition: number, indexed: Indexed, ms: number) => void) | undefined;
}

export interface PartitionOptions extends PartitionHooks {
  readonly partition: number;
  readonly store: StoreOptions;
  readonly log: EventLog;
  readonly now: () => Date;
  readonly config: IndexerConfig;
  /** Threads that compare, of all partitions; null where there are none. */
  readonly comparers: ComparerPool | null;
}

/**
 * One partition of the architectures: its store, the index in memory, and its feed. The only writer of its data folder, and
 * while it runs of its feed, wherever else an indexer believes that the partition is its own.
 */
export class PartitionIndexer {
  readonly #options: PartitionOptions;
  #store: Store;
  #running: { readonly claim: Claim; readonly writer: PartitionWriter } | null = null;
  #parts: IndexParts | null = null;
  /** Outlives parts that a failed batch has made void. */
  #comparer: Comparer | null = null;
  #next: number | null;
  /** Batches that are in no snapshot; an index that was built from the store counts as one. */
  #batchesUnsaved = 0;

  private constructor(options: PartitionOptions, store: Store, next: number | null) {
    this.#options = options;
    this.#store = store;
    this.#next = next;
  }

  /** @throws StoreError when the folder is in use or damaged, or the log has lost what is indexed. */
  static async open(options: PartitionOptions): Promise<PartitionIndexer> {
    const store = await Store.open(options.store);
    try {
      await assertLogIsWhole(store, options.log, options.partition);
      return new PartitionIndexer(options, store, await store.position(SKETCHED, options.partition));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** The first record of the log that is not indexed; null before the first. */
  get next(): number | null {
    return this.#next;
  }

  /** Whether it can take a batch. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  get store(): Store {
    return this.#store;
  }

  /** The caches of a running index, for tests and audits. */
  get parts(): IndexParts {
    assert(this.#parts !== null, 'the indexer has not started');
    return this.#parts;
  }

  /**
   * Takes the partition over and loads what the store has committed, so a batch that failed leaves nothing behind. Whoever
   * had it before can say nothing more by the time the feed is read.
   */
  async start(): Promise<void> {
    const { log, partition, onLoaded, config, now, comparers } = this.#options;
    const writer = await log.openWriter(CHANGED, partition);
    try {
      const claim = await this.#takeOver();
      this.#next = claim.next;
      if (claim.measuredBy !== METHOD) await this.#remeasure(claim);
      const { snapshotFolder } = this;
      const loading = { store: this.#store, claim, config, now, comparers, snapshotFolder };
      this.#comparer?.close();
      this.#parts = await loadParts({
        ...loading,
        onLoaded: (report) => {
          this.#batchesUnsaved = report.from === 'store' && report.models > 0 ? 1 : 0;
          onLoaded?.(report);
        },
      });
      this.#comparer = this.#parts.comparer;
      this.#running = { claim, writer };
      await this.#endQuiet(claim);
      if (claim.measuredBy !== METHOD) await endRemeasuring(this.parts);
      await publishOutbox(this.#store, log, writer);
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async handle(batch: Batch): Promise<void> {
    const { parts } = this;
    const { log, config, onIndexed, partition } = this.#options;
    assert(this.#running !== null, `partition ${partition} gets a batch before it has started`);
    const started = performance.now();
    // Void until the batch is committed: whoever fails in between must load again.
    this.#parts = null;
    const indexed = await indexBatch(batch, this.#next, parts);
    this.#next = indexed.next;
    this.#parts = parts;
    this.#batchesUnsaved++;
    await publishOutbox(this.#store, log, this.#running.writer);
    onIndexed?.(partition, indexed, performance.now() - started);
    if (this.#batchesUnsaved >= config.snapshotBatches) await this.#save();
  }

  /** No batch may be in hand any more. What is in memory is kept as a snapshot. */
  async stop(): Promise<void> {
    try {
      if (this.#batchesUnsaved > 0) await this.#save();
    } finally {
      const writer = this.#running?.writer;
      this.#running = null;
      this.#parts = null;
      this.#comparer?.close();
      this.#comparer = null;
      await writer?.close();
    }
  }

  async close(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#store.close();
    }
  }

  /** The claim, once the store says what the feed says. */
  async #takeOver(): Promise<Claim> {
    const { log, partition, store, onOvertaken } = this.#options;
    const claim = await this.#store.claimPartition(SKETCHED, partition);
    if ((await agreeWithFeed(this.#store, log, claim)) === 'overtaken') {
      await this.#store.close();
      await rm(store.folder, { recursive: true, force: true });
      onOvertaken?.(partition);
      this.#store = await Store.open(store);
      await agreeWithFeed(this.#store, log, await this.#store.claimPartition(SKETCHED, partition));
    }
    // Claimed anew, since adopting the feed has changed until where it holds its tongue.
    return this.#store.claimPartition(SKETCHED, partition);
  }

  /** The figures in the store are of another method, or there are none yet. */
  async #remeasure(claim: Claim): Promise<void> {
    const started = performance.now();
    const comparer = comparerFor(this.#options);
    try {
      const pairs = await remeasure({ store: this.#store, claim, comparer });
      if (pairs > 0) this.#options.onRemeasured?.({ pairs, ms: performance.now() - started });
    } finally {
      comparer.close();
    }
  }

  /** All that the feed is about may be indexed already: then no batch is needed to tell the rest. */
  async #endQuiet({ quietUntil, partition }: Claim): Promise<void> {
    const next = this.#next ?? (await this.#options.log.bounds(SKETCHED, partition)).low;
    if (isOver(quietUntil, next)) await endRestoring(next, this.parts);
  }

  async #save(): Promise<void> {
    if (this.#parts === null || this.#next === null) return;
    this.#batchesUnsaved = 0;
    try {
      await saveSnapshot(this.#parts, this.snapshotFolder, this.#next);
    } catch (error) {
      if (!isFromTheSystem(error)) throw error;
      // All is in the store as well: only the next start is slower.
      this.#options.onSnapshotFailed?.(error);
    }
  }

  private get snapshotFolder(): string {
    return snapshotFolderOf(this.#options.store.folder);
  }
}

const isFromTheSystem = (error: unknown): error is NodeJS.ErrnoException =>
  types.isNativeError(error) && 'syscall' in error;
