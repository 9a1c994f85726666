import { CHANGED, SKETCHED, type EventLog } from '@stemma/events';
import { StoreError, type Change, type Claim, type PendingMessage, type Store } from '@stemma/store';
import { readFeed, type FedChange } from './read-feed';

/** What to do where the log and the index are not of one moment. */
const ADVICE =
  'restore both from one backup, or delete the index and start again: it is built anew from the log';

/**
 * A log that has lost what is indexed already would give its places to new records, which nobody would index.
 * @throws StoreError 'damaged'
 */
export async function assertLogIsWhole(store: Store, log: EventLog, partition: number): Promise<void> {
  const position = (await store.position(SKETCHED, partition)) ?? 0;
  const { high } = await log.bounds(SKETCHED, partition);
  if (position <= high) return;
  const loss = `${SKETCHED} has lost its end: it has ${high} records, ${position} are indexed`;
  throw new StoreError('damaged', `${loss}: ${ADVICE}`);
}

/**
 * Brings a store up to what the feed of its partition has said, so that nothing is said twice and no number has two
 * meanings. The store may be older than the feed: new on this machine, from a backup, or from before another indexer had the
 * partition. It then takes over the changes that it does not know, and what it indexes up to the log's present end is not
 * announced: only what differs after that.
 *
 * Nobody else may write the feed any more when this is called.
 * @returns `overtaken` where the store has numbered changes that somebody else has said under the same numbers: it is of no
 *   use, and everything that it knows is in the log
 */
export async function agreeWithFeed(
  store: Store,
  log: EventLog,
  claim: Claim,
): Promise<'agreed' | 'overtaken'> {
  const { topic, partition } = claim;
  const unsaid = await unsaidChanges(store);
  const known = store.seq(partition);
  const { high } = await log.bounds(topic, partition);
  let sent = 0;
  for await (const changes of readFeed(log, partition, known - unsaid.size)) {
    for (const { data, value } of changes.filter(({ data: { seq } }) => seq <= known)) {
      const own = unsaid.get(data.seq);
      if (own?.payload !== value) return 'overtaken';
      sent = own.seq;
    }
    const news = changes.filter(({ data }) => data.seq > known).map((change) => changeOf(change, partition));
    if (news.length === 0) continue;
    await store.transaction((tx) => {
      tx.adoptChanges(partition, news);
      tx.quiet(topic, partition, high);
    }, claim);
  }
  // Messages go out one after the other, so all before the last one in the feed are out as well.
  if (sent > 0) await store.outboxSent(sent);
  return 'agreed';
}

/** The changes that the store does not know to be in the feed, by their seq. */
async function unsaidChanges(store: Store): Promise<Map<number, PendingMessage>> {
  const unsaid = new Map<number, PendingMessage>();
  for (const message of await store.outboxPending(Number.MAX_SAFE_INTEGER)) {
    if (message.topic !== CHANGED) continue;
    const { data } = JSON.parse(message.payload) as FedChange;
    unsaid.set(data.seq, message);
  }
  return unsaid;
}

function changeOf({ data }: FedChange, partition: number): Change {
  const { seq, model, revision, kind, parent, relation, verdict, confidence, evidence, runnersUp } = data;
  const { cause, validFrom, time } = data;
  const architecture = data.architecture ?? '';
  const place = { relation, verdict, confidence, evidence, runnersUp, architecture };
  const names = { model, revision, parentBefore: parent.before, parentAfter: parent.after };
  const times = { validFrom: Date.parse(validFrom), knownAt: Date.parse(time) };
  return { partition, seq, kind, cause, ...names, ...place, ...times };
}
