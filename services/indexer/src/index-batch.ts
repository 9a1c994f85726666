import { DEAD, deadLetter, toRecord, type Batch } from '@stemma/events';
import type { Transaction } from '@stemma/store';
import { admit, type Arrival, type Departure, type Refused } from './admit';
import { announcements, causesOf, messagesOf, remember } from './announce';
import { assess } from './assess';
import { clearTombstones, enrolArrival, enrolDeparture } from './enrol';
import type { IndexParts } from './index-parts';
import { parentRow } from './rows';
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
    const admitted = records.map(admit);
    const { touched, gone } = await enrol(admitted, tx, parts);
    const labels = stale(parts.index, touched, parts.config.familyMax);
    const assessments = await assess(parts.index, labels, parts.observations, parts.edges);
    const changes = announcements(assessments, gone, causesOf(admitted), parts);
    const numbered = tx.appendChanges(parts.partition, changes);
    remember(numbered, parts);
    tx.putParents(assessments.map((one) => parentRow(one, seqOf(parts, one.label))));
    tx.putOutbox(await messagesOf(numbered, parts));
    for (const refused of admitted) if (refused.type === 'rejected') reject(refused, tx, parts);
    tx.advance(topic, partition, expected, next);
  }, parts.claim);
  return next;
}

/** Brings the models in and out; the forest is settled before a deletion, which depends on who has children. */
async function enrol(
  admitted: readonly (Arrival | Departure | Refused)[],
  tx: Transaction,
  parts: IndexParts,
): Promise<{ touched: Set<number>; gone: Set<string> }> {
  const touched = new Set<number>();
  const repos = new Set<string>();
  for (const one of admitted) {
    if (one.type === 'arrival') await enrolArrival(one, tx, parts);
    if (one.type !== 'departure') continue;
    await settle(tx, parts, touched);
    await enrolDeparture(one, tx, parts);
    repos.add(one.event.data.repo);
  }
  do await settle(tx, parts, touched);
  while (clearTombstones(tx, parts, repos) > 0);
  const gone = new Set([...repos].filter((repo) => parts.index.labelOf(repo) === undefined));
  return { touched, gone };
}

async function settle(
  tx: Transaction,
  { index, observations }: IndexParts,
  touched: Set<number>,
): Promise<void> {
  await observations.prepare(index.observationsNeeded());
  const settlement = index.settle((label) => observations.get(label));
  tx.removeCandidates(settlement.pairsRemoved);
  tx.putCandidates(settlement.pairsAdded);
  for (const label of settlement.touched) touched.add(label);
}

const seqOf = ({ announced, index }: IndexParts, label: number): number =>
  announced.get(index.model(label).repo)?.seq ?? 0;

function reject({ record, reason, detail }: Refused, tx: Transaction, { now, partition }: IndexParts): void {
  const at = now();
  const origin = { source: '/stemma/indexer', time: at.toISOString() };
  const letter = toRecord(deadLetter({ record, service: 'indexer', reason, detail }, origin));
  const event = `${record.topic}/${record.partition}/${record.position}`;
  tx.reject({ event, repo: record.key, sha: '', service: 'indexer', reason, detail, at: at.getTime() });
  tx.putOutbox([{ topic: DEAD, partition, key: letter.key, payload: letter.value }]);
}
