import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DEFAULT_CONSTANTS } from '@stemma/lineage';
import { FINGERPRINT_SIZE } from '@stemma/sketch';
import { pairAt, type Claim, type Store } from '@stemma/store';
import { announcedConfidence, UNWRITTEN, type Announced } from './changes';
import type { Comparer } from './comparer';
import type { ComparerPool } from './comparer-pool';
import type { IndexerConfig } from './config';
import { EdgeBook } from './edge-book';
import type { IndexParts } from './index-parts';
import { LineageIndex } from './lineage-index';
import { LocalComparer } from './local-comparer';
import { decodeStored } from './observations';
import { METHOD } from './remeasure';
import { Repositories } from './repositories';
import {
  isRefused,
  readSnapshot,
  writeSnapshot,
  type SnapshotIdentity,
  type SnapshotRefused,
} from './snapshot-files';

/** How the index came into memory, and why not by the snapshot. */
export interface LoadReport {
  readonly from: 'snapshot' | 'store';
  readonly models: number;
  readonly ms: number;
  /** Why there was no use in the snapshot; null where it was used. */
  readonly refused: Omit<SnapshotRefused, 'type'> | null;
}

export interface LoadOptions {
  readonly store: Store;
  readonly claim: Claim;
  readonly config: IndexerConfig;
  readonly now: () => Date;
  /** Where snapshots lie. */
  readonly snapshotFolder: string;
  readonly onLoaded?: ((report: LoadReport) => void) | undefined;
  /** Threads that compare; without them this one does. */
  readonly comparers?: ComparerPool | null;
}

/** Loads the caches of a partition from what the store has committed, from its snapshot where that is of the same moment. */
export async function loadParts(options: LoadOptions): Promise<IndexParts> {
  const { store, claim, config, now } = options;
  const started = performance.now();
  const { index, refused } = await loadIndex(options);
  const repositories = await loadRepositories(store);
  const announced = await (claim.quietUntil === null
    ? placesOf(store, index)
    : saidOf(store, claim.partition));
  const from = refused === null ? 'snapshot' : 'store';
  options.onLoaded?.({ from, models: index.size, ms: performance.now() - started, refused });
  const comparer = comparerFor(options);
  const { partition, quietUntil } = claim;
  const parts = { config, partition, store, claim, quietUntil, repositories, index, announced, now };
  return { ...parts, comparer, edges: new EdgeBook(), claims: new Map() };
}

/** By threads where there are some. */
export function comparerFor({ config, comparers }: Pick<LoadOptions, 'config' | 'comparers'>): Comparer {
  const { observationsMax } = config;
  return (
    comparers?.comparer(observationsMax) ??
    new LocalComparer({ constants: DEFAULT_CONSTANTS, observationsMax })
  );
}

/** Writes the index at a position of the log, so that the next start need not build it again. */
export async function saveSnapshot(parts: IndexParts, folder: string, position: number): Promise<void> {
  await writeSnapshot(folder, identityOf(parts.store, parts.config, position), parts.index.snapshot());
}

export const snapshotFolderOf = (storeFolder: string): string => join(storeFolder, 'snapshot');

async function loadIndex(
  options: LoadOptions,
): Promise<{ index: LineageIndex; refused: LoadReport['refused'] }> {
  const { store, claim, config, snapshotFolder } = options;
  const found = await readSnapshot(snapshotFolder, identityOf(store, config, claim.next ?? 0));
  if (isRefused(found)) return { index: await buildIndex(store, config), refused: found };
  const index = await restoreModels(store, config);
  const detail = index.restoreSnapshot(found);
  if (detail === null) return { index, refused: null };
  return { index: await buildIndex(store, config), refused: { reason: 'damaged', detail } };
}

async function buildIndex(store: Store, config: IndexerConfig): Promise<LineageIndex> {
  const index = await restoreModels(store, config);
  index.pairs.reserve(await store.pairCount());
  for await (const pairs of store.pairs()) {
    for (let row = 0; row < pairs.count; row++) index.restorePair(pairAt(pairs, row));
  }
  index.settleRestored();
  return index;
}

async function restoreModels(
  store: Store,
  { candidatesMax, exactMax }: IndexerConfig,
): Promise<LineageIndex> {
  const index = new LineageIndex({ fingerprintNumbers: FINGERPRINT_SIZE, candidatesMax, exactMax });
  for await (const models of store.load()) {
    for (const { fingerprint, state, ...model } of models) {
      const coordinates = model.coordinates ?? (await coordinatesOf(store, model.label));
      index.restore({ ...model, coordinates, tombstone: state === 'tombstone' }, fingerprint);
    }
  }
  return index;
}

async function coordinatesOf(store: Store, label: number): Promise<string> {
  return decodeStored(label, await store.sketch(label)).coordinates;
}

/** Figures and prices are made by one method with one set of constants: after a change of those, a snapshot is of no use. */
function identityOf(store: Store, { candidatesMax }: IndexerConfig, position: number): SnapshotIdentity {
  const basis = JSON.stringify([METHOD, FINGERPRINT_SIZE, candidatesMax]);
  return { store: store.id, position, basis: createHash('sha256').update(basis).digest('hex') };
}

async function loadRepositories(store: Store): Promise<Repositories> {
  const repositories = new Repositories();
  for await (const rows of store.repositories()) {
    for (const { hub, repo, arrival, departure } of rows) {
      assert(
        repositories.follows(hub),
        `repositories of one hub expected, ${hub} found beside ${repositories.hub}`,
      );
      repositories.set(repo, { arrival, departure });
    }
  }
  return repositories;
}

/** What the feed said last, from the table of what stands. */
async function placesOf(store: Store, index: LineageIndex): Promise<Map<string, Announced>> {
  const announced = new Map<string, Announced>();
  for await (const rows of store.standing()) {
    for (const { label, parent, relation, verdict, confidence, seq } of rows) {
      const { repo, sha, tombstone, architecture } = index.model(label);
      const name = parent === null ? null : index.model(parent).repo;
      const places = {
        label,
        revision: sha,
        parent: name,
        parentLabel: parent,
        tombstone,
        architecture,
        seq,
      };
      announced.set(repo, { ...places, relation, verdict, confidence: announcedConfidence(confidence) });
    }
  }
  return announced;
}

/** The same from the changes themselves, which an index that is being restored has before the models. */
async function saidOf(store: Store, partition: number): Promise<Map<string, Announced>> {
  const announced = new Map<string, Announced>();
  for await (const changes of store.latestChanges(partition)) {
    for (const { model, kind, revision, parentAfter: parent, ...place } of changes) {
      const unwritten = { label: null, revision, parent, parentLabel: UNWRITTEN };
      announced.set(model, { ...place, ...unwritten, tombstone: kind === 'deleted' });
    }
  }
  return announced;
}
