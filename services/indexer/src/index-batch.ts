import { DEAD, deadLetter, toRecord, type Batch, type LogRecord } from '@stemma/events';
import type { Transaction } from '@stemma/store';
import { admit, type Admission, type Refused } from './admit';
import { announcements, causesOf, messagesOf, remember, type Causes } from './announce';
import { assess } from './assess';
import { audit } from './audit';
import { CompareAhead } from './compare-ahead';
import { enrol } from './enrol';
import type { IndexParts } from './index-parts';
import type { Settlement } from './lineage-index';
import { METHOD } from './remeasure';
import { parentRows } from './rows';
import { stale } from './stale';

/** What a batch came to. */
export interface Indexed {
  /** The position after the batch. */
  readonly next: number;
  /** Changes announced. */
  readonly changes: number;
  /** Models whose place in the forest was looked at again. */
  readonly assessed: number;
  /** Pairs of models compared. */
  readonly compared: number;
  /** Why records were refused, one entry each. */
  readonly refused: readonly string[];
  /** Whether the forest around what moved was proved optimal. */
  readonly audited: boolean;
}

/** Arrivals whose new pairs are asked for together: few, so that comparing begins early; more than one, since they have neighbours in common. */
const AHEAD_ARRIVALS = 8;

/**
 * `model.sketched` → `lineage.changed`: everything that a batch changes, its position in the log included, in one
 * transaction. The caches move first; when the transaction fails they are void, and the caller must load them again.
 */
export async function indexBatch(batch: Batch, expected: number | null, parts: IndexParts): Promise<Indexed> {
  const { topic, partition, records, next } = batch;
  return parts.store.transaction(async (tx) => {
    parts.comparer.begin(tx);
    const ahead = new CompareAhead(parts.comparer);
    const admitted = records.map((record, at) => {
      const one = take(record, tx, parts);
      if ((at + 1) % AHEAD_ARRIVALS === 0) ahead.ask(parts.index.takeNotedPairs());
      return one;
    });
    const refused = admitted.filter((one) => one.type === 'rejected');
    const settlement = await settle(tx, ahead, parts);
    const audited = isDue(expected, next, parts.config.auditArrivals);
    if (audited) audit(parts.index, settlement.moved);
    const labels = labelsToTell(settlement, next, parts);
    const changes = await tell(labels, causesOf(admitted), tx, parts);
    endQuiet(next, tx, parts);
    for (const one of refused) reject(one, tx, parts);
    tx.advance(topic, partition, expected, next);
    const { size: assessed } = new Set(labels);
    const reasons = refused.map(({ reason }) => reason);
    return { next, changes, assessed, compared: settlement.pairsAdded.length, refused: reasons, audited };
  }, parts.claim);
}

/** One by one: threads that compare begin with the first arrival while the others are still being read. */
function take(record: LogRecord, tx: Transaction, parts: IndexParts): Admission {
  const one = admit(record, parts.repositories);
  if (one.type !== 'rejected') enrol(one, tx, parts);
  return one;
}

/**
 * Tells what differs from what the feed has said of an index that was restored up to the end of its quiet, without an event
 * to do it with.
 */
export async function endRestoring(next: number, parts: IndexParts): Promise<void> {
  await parts.store.transaction(async (tx) => {
    parts.comparer.begin(tx);
    await tell(everybody(parts), { own: new Map(), last: null }, tx, parts);
    endQuiet(next, tx, parts);
  }, parts.claim);
}

/** Tells what differs under another method than that of the figures before, and notes whose they are now. */
export async function endRemeasuring(parts: IndexParts): Promise<void> {
  const { claim, comparer, partition, quietUntil, store } = parts;
  await store.transaction(async (tx) => {
    comparer.begin(tx);
    if (quietUntil === null) await tell(everybody(parts), { own: new Map(), last: null }, tx, parts);
    tx.measured(claim.topic, partition, METHOD);
  }, claim);
}

export const isOver = (quietUntil: number | null, next: number): boolean =>
  quietUntil !== null && next >= quietUntil;

/** While the index is quiet nobody is told anything; at the end of it, what differs for everybody. */
function labelsToTell(settlement: Settlement, next: number, parts: IndexParts): readonly number[] {
  if (isOver(parts.quietUntil, next)) return everybody(parts);
  return parts.quietUntil === null ? stale(parts.index, settlement, parts.config.familyMax) : [];
}

const everybody = ({ index }: IndexParts): number[] => [...index.labels()].sort((x, y) => x - y);

function endQuiet(next: number, tx: Transaction, parts: IndexParts): void {
  if (!isOver(parts.quietUntil, next)) return;
  tx.quiet(parts.claim.topic, parts.partition, null);
  parts.quietUntil = null;
}

/** @returns how many changes were told */
async function tell(
  labels: readonly number[],
  causes: Causes,
  tx: Transaction,
  parts: IndexParts,
): Promise<number> {
  const assessments = await assess(parts.index, labels, parts.comparer, parts.edges);
  const numbered = tx.appendChanges(parts.partition, announcements(assessments, causes, parts));
  remember(numbered, parts);
  tx.putParents(parentRows(assessments, parts, numbered));
  tx.putOutbox(await messagesOf(numbered, parts));
  return numbered.length;
}

async function settle(tx: Transaction, ahead: CompareAhead, { index }: IndexParts): Promise<Settlement> {
  const settlement = index.settle(await ahead.figuresOf(index.pairsToCompare()));
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
