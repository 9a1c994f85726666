import { DEAD, deadLetter, toRecord, type Batch } from '@stemma/events';
import type { Transaction } from '@stemma/store';
import { admit, type Refused } from './admit';
import { announcements, causesOf, messagesOf, remember } from './announce';
import { assess } from './assess';
import { audit } from './audit';
import { enrol } from './enrol';
import type { IndexParts } from './index-parts';
import type { Settlement } from './lineage-index';
import { parentRows } from './rows';
import { stale } from './stale';

/**
 * `model.sketched` → `lineage.changed`: everything that a batch changes, its position in the log included, in one
 * transaction. The caches move first; when the transaction fails they are void, and the caller must load them again.
 *
 * @returns the position after the batch
 */
export async function indexBatch(batch: Batch, expected: number | null, parts: IndexParts): Promise<number> {
  const { topic, partition, records } = batch;
  const next = (records.at(-1)?.position ?? -1) + 1;
  await parts.store.transaction(async (tx) => {
    const admitted = records.map((record) => admit(record, parts.repositories));
    for (const one of admitted) if (one.type !== 'rejected') enrol(one, tx, parts);
    const settlement = await settle(tx, parts);
    if (isDue(expected, next, parts.config.auditArrivals)) audit(parts.index, settlement.moved);
    const labels = stale(parts.index, settlement, parts.config.familyMax);
    const assessments = await assess(
      parts.index,
      labels,
      parts.observations,
      parts.edges,
      settlement.figures,
    );
    const changes = announcements(assessments, causesOf(admitted), parts);
    const numbered = tx.appendChanges(parts.partition, changes);
    remember(numbered, parts);
    tx.putParents(parentRows(assessments, parts, numbered));
    tx.putOutbox(await messagesOf(numbered, parts));
    for (const refused of admitted) if (refused.type === 'rejected') reject(refused, tx, parts);
    tx.advance(topic, partition, expected, next);
  }, parts.claim);
  return next;
}

async function settle(tx: Transaction, { index, observations }: IndexParts): Promise<Settlement> {
  await observations.prepare(index.observationsNeeded());
  const settlement = index.settle((label) => observations.get(label));
  tx.removeCandidates(settlement.pairsRemoved);
  tx.putCandidates(settlement.pairsAdded);
  return settlement;
}

/** Whether a batch passes a multiple of `interval` records. */
const isDue = (expected: number | null, next: number, interval: number): boolean =>
  Math.floor(next / interval) > Math.floor((expected ?? 0) / interval);

function reject({ record, reason, detail }: Refused, tx: Transaction, { now, partition }: IndexParts): void {
  const at = now();
  const origin = { source: '/stemma/indexer', time: at.toISOString() };
  const letter = toRecord(deadLetter({ record, service: 'indexer', reason, detail }, origin));
  const event = `${record.topic}/${record.partition}/${record.position}`;
  tx.reject({ event, repo: record.key, sha: '', service: 'indexer', reason, detail, at: at.getTime() });
  tx.putOutbox([{ topic: DEAD, partition, key: letter.key, payload: letter.value }]);
}
