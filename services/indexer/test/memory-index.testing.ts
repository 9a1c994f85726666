import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SKETCHED, type LogRecord } from '@stemma/events';
import { INDEXER_DEFAULTS } from '../src/config';
import { indexBatch } from '../src/index-batch';
import type { IndexParts } from '../src/index-parts';
import { loadParts, saveSnapshot, type LoadReport } from '../src/load';
import { MemoryStore } from './memory-store.testing';

/** What readers are told of a model; of a deleted one only where it hangs. */
export interface Told {
  readonly revision: string;
  readonly state: 'live' | 'deleted';
  readonly parent: string | null;
  readonly relation: string | null;
  readonly verdict: string | null;
  readonly confidence: number | null;
}

/** An indexer on tables in memory, fed by hand. */
export class MemoryIndex {
  #position = 0;

  private constructor(
    readonly store: MemoryStore,
    readonly candidatesMax: number,
    public parts: IndexParts,
  ) {}

  static async open(candidatesMax: number): Promise<MemoryIndex> {
    const store = new MemoryStore();
    return new MemoryIndex(store, candidatesMax, await load(store, candidatesMax, 0, 'nowhere'));
  }

  /** Indexes records as one batch. */
  async deliver(records: readonly LogRecord[]): Promise<void> {
    const placed = records.map((record, at) => ({ ...record, position: this.#position + at }));
    const high = this.#position + records.length;
    const batch = { topic: SKETCHED, partition: 0, records: placed, next: high, high };
    await indexBatch(batch, this.#position, this.parts);
    this.#position = high;
  }

  /** Begins anew from the tables, or from a snapshot of the index. */
  async restart(by: 'tables' | 'snapshot'): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'stemma-parity-'));
    try {
      if (by === 'snapshot') await saveSnapshot(this.parts, folder, this.#position);
      this.parts = await load(this.store, this.candidatesMax, this.#position, folder, by === 'snapshot');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** The fold of all changes: what a reader of the feed knows. */
  told(): Map<string, Told> {
    const told = new Map<string, Told>();
    for (const change of this.store.changesMade) {
      const { model, revision, kind, parentAfter: parent, relation, verdict, confidence } = change;
      const live: Told = { revision, state: 'live', parent, relation, verdict, confidence };
      told.set(model, kind === 'deleted' ? deleted(live) : live);
    }
    return byName(told);
  }

  /** The same as the tables have it. */
  tabled(): Map<string, Told> {
    const { index } = this.parts;
    const told = new Map<string, Told>();
    for (const { label, parent, relation, verdict, confidence } of this.store.parentRows()) {
      const { repo, sha: revision, tombstone } = index.model(label);
      const name = parent === null ? null : index.model(parent).repo;
      const rounded = Math.round(100 * confidence) / 100;
      const live: Told = { revision, state: 'live', parent: name, relation, verdict, confidence: rounded };
      told.set(repo, tombstone ? deleted(live) : live);
    }
    return byName(told);
  }

  /** The candidate table by names. Figures of a pair do not depend on who of the two is first but for their sign. */
  candidates(): string[] {
    const { index } = this.parts;
    const pairs = this.store.candidateRows().map(({ a, b, kinship, distance, logOdds }) => {
      const names = [index.model(a).repo, index.model(b).repo].sort();
      return `${names.join(' — ')} ${kinship} ${distance} ${Math.abs(logOdds)}`;
    });
    return pairs.sort();
  }
}

async function load(
  store: MemoryStore,
  candidatesMax: number,
  next: number,
  snapshotFolder: string,
  fromSnapshot = false,
): Promise<IndexParts> {
  const claim = { topic: SKETCHED, partition: 0, generation: 1, next, quietUntil: null, measuredBy: null };
  let report: LoadReport | undefined;
  const parts = await loadParts({
    ...{ store: store.asStore(), claim, config: { ...INDEXER_DEFAULTS, candidatesMax }, snapshotFolder },
    now: () => new Date(0),
    onLoaded: (given) => (report = given),
  });
  assert(fromSnapshot === (report?.from === 'snapshot'), `the snapshot: ${report?.refused?.detail}`);
  return parts;
}

const deleted = ({ revision, parent }: Told): Told => ({
  ...{ revision, parent, state: 'deleted', relation: null, verdict: null, confidence: null },
});

const byName = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
  new Map([...map].sort(([x], [y]) => (x < y ? -1 : 1)));
