import assert from 'node:assert/strict';
import { FINGERPRINT_SIZE } from '@stemma/sketch';
import { pairAt, type Claim, type Store } from '@stemma/store';
import { announcedConfidence, type Announced } from './changes';
import type { IndexerConfig } from './config';
import { EdgeBook } from './edge-book';
import type { IndexParts } from './index-parts';
import { LineageIndex } from './lineage-index';
import { Observations } from './observations';
import { Repositories } from './repositories';

/** Loads the caches of a partition from what the store has committed. */
export async function loadParts(
  store: Store,
  claim: Claim,
  config: IndexerConfig,
  now: () => Date,
): Promise<IndexParts> {
  const index = new LineageIndex({
    fingerprintNumbers: FINGERPRINT_SIZE,
    candidatesMax: config.candidatesMax,
  });
  const claims: IndexParts['claims'] = new Map();
  for await (const models of store.load()) {
    for (const { fingerprint, state, ...model } of models) {
      index.restore({ ...model, tombstone: state === 'tombstone' }, fingerprint);
    }
  }
  for await (const pairs of store.pairs()) {
    for (let row = 0; row < pairs.count; row++) index.restorePair(pairAt(pairs, row));
  }
  index.settleRestored();
  const repositories = await loadRepositories(store);
  const announced = await loadAnnounced(store, index);
  const observations = new Observations((label) => store.sketch(label), config.observationsMax);
  const edges = new EdgeBook();
  return {
    config,
    partition: claim.partition,
    store,
    claim,
    repositories,
    index,
    observations,
    edges,
    announced,
    claims,
    now,
  };
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

async function loadAnnounced(store: Store, index: LineageIndex): Promise<Map<string, Announced>> {
  const announced = new Map<string, Announced>();
  for await (const rows of store.parents()) {
    for (const { label, parent, relation, verdict, confidence, seq } of rows) {
      const { repo, sha: revision, tombstone, architecture } = index.model(label);
      const name = parent === null ? null : index.model(parent).repo;
      const places = { revision, parent: name, tombstone, architecture, seq };
      announced.set(repo, { ...places, relation, verdict, confidence: announcedConfidence(confidence) });
    }
  }
  return announced;
}
