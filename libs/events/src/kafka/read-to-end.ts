import type { Batch, Consumer, LogRecord, Subscription } from '../event-log';
import type { SubscriptionParts } from './kafka-subscription';

const RECORDS_MAX = 1_000;
const BYTES_MAX = 4 * 1024 * 1024;

export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly high: number;
  readonly group: string;
  readonly open: (consumer: Consumer, parts: Partial<SubscriptionParts>) => Promise<Subscription>;
}

interface Offer {
  readonly batch: Batch;
  readonly taken: () => void;
}

/** Reads a stretch of one partition in a group of its own, as its only member; the next batch once the last one is taken. */
export async function* readToEnd(stretch: Stretch): AsyncGenerator<readonly LogRecord[]> {
  const { topic, partition, from, high, group, open } = stretch;
  const offers: Offer[] = [];
  let at = from;
  let wake = (): void => undefined;
  let ended = false;
  const consumer: Consumer = {
    group,
    topics: [topic],
    recordsMax: RECORDS_MAX,
    bytesMax: BYTES_MAX,
    start: async () => at,
    handle: (batch, { signal }) =>
      new Promise((taken, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        offers[0] = { batch, taken };
        wake();
      }),
  };
  const subscription = await open(consumer, { only: { topic, partition }, onPosition: () => wake() });
  const onEnd = (): void => {
    ended = true;
    wake();
  };
  subscription.done.then(onEnd, onEnd);
  try {
    while (!ended) {
      const offer = offers.pop();
      if (offer !== undefined) {
        at = offer.batch.next;
        const records = offer.batch.records.filter(({ position }) => position < high);
        if (records.length > 0) yield records;
        offer.taken();
      } else if ((subscription.position(topic, partition) ?? 0) >= high) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    await subscription.done;
  } finally {
    await subscription.stop();
  }
}
