import { CHANGED, parseEvent, SKETCHED, type EventLog } from '@stemma/events';
import { StoreError, type Store } from '@stemma/store';

/** What to do where the log and the index are not of one moment. */
const ADVICE =
  'restore both from one backup, or delete the index and start again: it is built anew from the log';

/**
 * Sees to it that a store and a log go together, before anybody writes to either.
 *
 * A log that has lost what is indexed already would give its places to new records, which nobody would index. A store from
 * before what the feed has said would say something else under the same numbers, which no reader would take. Only one that
 * knows nothing can be helped: it is built anew, and goes on numbering where the feed stopped.
 * @throws StoreError 'damaged'
 */
export async function agreeWithLog(store: Store, log: EventLog, partition: number): Promise<void> {
  const position = (await store.position(SKETCHED, partition)) ?? 0;
  const { high } = await log.bounds(SKETCHED, partition);
  if (position > high) {
    const loss = `${SKETCHED} has lost its end: it has ${high} records, ${position} are indexed`;
    throw new StoreError('damaged', `${loss}: ${ADVICE}`);
  }
  const [known, said] = [store.seq(partition), await lastSeq(log, partition)];
  if (said <= known) return;
  if (known === 0) return store.beginAfter(partition, said);
  const difference = `the index is older than the log: it knows change ${known}, ${said} is published`;
  throw new StoreError('damaged', `${difference}: ${ADVICE}`);
}

/** The number of the last change in the feed, 0 before the first. */
async function lastSeq(log: EventLog, partition: number): Promise<number> {
  const { low, high } = await log.bounds(CHANGED, partition);
  if (high === low) return 0;
  let seq = 0;
  let isRead = (): void => undefined;
  const read = new Promise<void>((resolve) => (isRead = resolve));
  const subscription = await log.consume({
    group: 'indexer-numbers',
    topics: [CHANGED],
    recordsMax: 1,
    bytesMax: 1,
    // Only this partition's last record is of interest; the others are read from their end.
    start: async (topic, other) => (other === partition ? high - 1 : (await log.bounds(topic, other)).high),
    handle: async ({ records }) => {
      const event = parseEvent(CHANGED, records.at(-1)?.value ?? '');
      if (event.type !== 'rejected') seq = event.data.seq;
      isRead();
    },
  });
  await Promise.race([read, subscription.done]);
  await subscription.stop();
  return seq;
}
