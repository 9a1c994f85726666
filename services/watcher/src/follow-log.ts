import {
  DEAD,
  PUBLISHED,
  type EventLog,
  type LogRecord,
  type Position,
  type Subscription,
} from '@stemma/events';

/** A fold over the watcher's topics that stays current and knows how far it is. */
export interface Follower {
  /** Resolves when everything that the log held at the call has been folded. */
  caughtUp(): Promise<void>;
  /** Resolves when the records just appended have been folded. */
  reached(topic: string, positions: readonly Position[]): Promise<void>;
  readonly subscription: Subscription;
}

const TOPICS = [PUBLISHED, DEAD] as const;

/** Folds every record of the watcher's topics, from the oldest kept one on. Two that read one log need two groups. */
export async function followLog(
  log: EventLog,
  fold: (record: LogRecord) => void,
  group = 'watcher-fold',
): Promise<Follower> {
  const nexts = new Map<string, number>();
  let waiting: { done: () => boolean; resolve: () => void }[] = [];
  const wake = (): void => {
    const ready = waiting.filter((waiter) => waiter.done());
    waiting = waiting.filter((waiter) => !waiter.done());
    for (const waiter of ready) waiter.resolve();
  };
  const subscription = await log.consume({
    group,
    topics: TOPICS,
    recordsMax: 1_000,
    bytesMax: 8 << 20,
    async start(topic, partition) {
      const { low } = await log.bounds(topic, partition);
      nexts.set(`${topic}/${partition}`, low);
      return low;
    },
    async handle({ topic, partition, records }) {
      for (const record of records) fold(record);
      nexts.set(`${topic}/${partition}`, (records.at(-1)?.position ?? -1) + 1);
      wake();
    },
  });
  const until = (targets: ReadonlyMap<string, number>): Promise<void> => {
    const done = (): boolean => [...targets].every(([key, next]) => (nexts.get(key) ?? 0) >= next);
    if (done()) return Promise.resolve();
    const reached = new Promise<void>((resolve) => waiting.push({ done, resolve }));
    return Promise.race([reached, subscription.done]);
  };
  return {
    subscription,
    caughtUp: async () => until(await highs(log)),
    reached: (topic, positions) =>
      until(new Map(positions.map(({ partition, position }) => [`${topic}/${partition}`, position + 1]))),
  };
}

async function highs(log: EventLog): Promise<Map<string, number>> {
  const targets = new Map<string, number>();
  for (const topic of TOPICS) {
    for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
      const { low, high } = await log.bounds(topic, partition);
      if (high > low) targets.set(`${topic}/${partition}`, high);
    }
  }
  return targets;
}
