import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelSketched, SKETCHED, toRecord, type LogRecord, type ModelSketched } from '@stemma/events';
import { encodeSketch, type SketchOptions } from '@stemma/sketch';
import { Store, type Claim, type StoreOptions } from '@stemma/store';
import { ComparerPool } from './comparer-pool';
import { INDEXER_DEFAULTS, type IndexerConfig } from './config';
import { indexBatch } from './index-batch';
import type { IndexParts } from './index-parts';
import { loadParts, saveSnapshot, snapshotFolderOf, type LoadReport } from './load';
import { sketchOf, type TestWeights } from './weights.testing';

/** The day on which everything happens; events are minutes of it. */
const DAY_MS = Date.parse('2026-05-01T00:00:00Z');
const MINUTE_MS = 60_000;

export interface TestEvent {
  /** `name`, of `org/name`. */
  readonly name: string;
  /** Null: a deletion. */
  readonly weights: TestWeights | null;
  /** Minute at which it was published. */
  readonly at: number;
  readonly sha?: string;
  /** Minute at which the repository was made; `at` by default. */
  readonly createdAt?: number;
  readonly hub?: string;
  /** How it was sketched; by default as everything is. */
  readonly sketching?: Partial<SketchOptions>;
  /** Minute at which the log took it; `at` by default. */
  readonly takenAt?: number;
}

export const instant = (minute: number): string => new Date(DAY_MS + minute * MINUTE_MS).toISOString();

/** A record of `model.sketched` as the log would hand it over; it has no place yet. */
export function recordOf(event: TestEvent): LogRecord {
  const { name, weights, at, sha = `sha-${at}`, createdAt = at, hub = 'zoo', takenAt = at } = event;
  const sketch = weights === null ? null : sketchOf(weights, event.sketching);
  const data: ModelSketched['data'] = {
    hub,
    repo: `org/${name}`,
    sha,
    createdAt: instant(createdAt),
    deleted: sketch === null,
    architecture: sketch?.architecture ?? null,
    sketch: sketch === null ? null : Buffer.from(encodeSketch(sketch)).toString('base64'),
    claim: null,
    bytesRead: 1_000,
    bytesPublished: 2_000,
  };
  const { key, value } = toRecord(modelSketched(data, { source: '/stemma/test', time: instant(at) }));
  return { topic: SKETCHED, partition: 0, position: -1, key, value, time: DAY_MS + takenAt * MINUTE_MS };
}

/** What a reader of all changes knows of a model. */
export interface Published {
  readonly state: 'live' | 'deleted';
  readonly parent: string | null;
  readonly revision: string;
}

/** An index on a folder of its own, fed by hand. */
export class TestIndex {
  #next: number | null = null;

  private constructor(
    readonly folder: string,
    readonly store: Store,
    readonly parts: IndexParts,
    readonly loaded: LoadReport,
    readonly comparers: ComparerPool | null,
  ) {}

  static async open(
    asked: Partial<IndexerConfig> = {},
    folder = mkdtempSync(join(tmpdir(), 'stemma-indexer-')),
    options: Partial<StoreOptions> = {},
  ): Promise<TestIndex> {
    const store = await Store.open({ folder, ...options });
    const claim: Claim = await store.claimPartition(SKETCHED, 0);
    const now = () => new Date(DAY_MS);
    let loaded: LoadReport | undefined;
    // Hundreds of them are opened in tests: threads take longer to start than what they would do there.
    const config = { ...INDEXER_DEFAULTS, comparersMax: 0, ...asked };
    const { comparersMax: threads, observationsMax } = config;
    const comparers = threads === 0 ? null : new ComparerPool({ threads, observationsMax });
    const parts = await loadParts({
      store,
      claim,
      config,
      comparers,
      now,
      snapshotFolder: snapshotFolderOf(folder),
      onLoaded: (report) => (loaded = report),
    });
    const index = new TestIndex(folder, store, parts, loaded!, comparers);
    index.#next = claim.next;
    return index;
  }

  /** Indexes records as one batch. */
  async deliver(...records: readonly LogRecord[]): Promise<void> {
    const first = this.#next ?? 0;
    const placed = records.map((record, i) => ({ ...record, position: first + i }));
    const next = first + placed.length;
    const batch = { topic: SKETCHED, partition: 0, records: placed, next, high: next };
    this.#next = (await indexBatch(batch, this.#next, this.parts)).next;
  }

  async published(): Promise<Map<string, Published>> {
    const published = new Map<string, Published>();
    for (const change of await this.store.changes({ after: 0, limit: 1e6 })) {
      const { model, kind, parentAfter: parent, revision } = change;
      published.set(model, { state: kind === 'deleted' ? 'deleted' : 'live', parent, revision });
    }
    return published;
  }

  /** By name: the published parent's name, null for a root; `deleted` behind the name of what is gone. */
  async forest(): Promise<Record<string, string | null>> {
    const entries = [...(await this.published())].map(([model, { state, parent }]) => [
      state === 'deleted' ? `${bare(model)} (deleted)` : bare(model),
      parent === null ? null : bare(parent),
    ]);
    return Object.fromEntries(entries.sort(([x], [y]) => (x! < y! ? -1 : 1))) as Record<
      string,
      string | null
    >;
  }

  async save(): Promise<void> {
    await saveSnapshot(this.parts, snapshotFolderOf(this.folder), this.#next ?? 0);
  }

  async reopen(config: Partial<IndexerConfig> = this.parts.config): Promise<TestIndex> {
    await this.end();
    return TestIndex.open(config, this.folder);
  }

  async close(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Its folder stays. */
  async end(): Promise<void> {
    await this.store.close();
    await this.comparers?.close();
  }
}

const bare = (repo: string): string => repo.replace('org/', '');
