import { CHANGED, parseEvent, type EventLog } from '@stemma/events';
import { StoreError, type Store } from '@stemma/store';

/**
 * Lets a store that was built anew go on numbering where the feed stopped: its readers pass over numbers that they have. One
 * that was restored from before what the feed has said would say something else under the same numbers, so it is refused.
 */
export async function goOnNumbering(store: Store, log: EventLog, partition: number): Promise<void> {
  const said = await lastSeq(log, partition);
  const known = store.seq(partition);
  if (said <= known) return;
  if (known === 0) return store.beginAfter(partition, said);
  const advice = 'restore both from one backup, or delete the index: it is built anew from the log';
  throw new StoreError(
    'damaged',
    `the index is older than the log: it knows change ${known}, ${said} is published: ${advice}`,
  );
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
