import { CHANGED, DEAD, PUBLISHED, SKETCHED, TOPICS, type EventLog, type Topic } from '@stemma/events';
import { SKETCHER_GROUP } from '@stemma/sketcher';
import { UsageError } from '../cli/usage-error';
import { asItIs, renumberedChange, splitSketch, type Convert } from './convert-record';

/** Records of each topic that were read, and what they have become there. */
export type Exported = Record<Topic, { readonly read: number; readonly written: number }>;

export type OnExport = (topic: Topic, done: number, total: number) => void;

/**
 * Copies all that a log of one partition holds into an empty log of several, so that a hub goes on there as if it had always
 * been there: nothing is listed, read or announced a second time.
 *
 * - A sketch goes to the partition of its architecture, with the notices that the others need.
 * - A change goes to the partition that will go on telling of its model, and is numbered anew there, without a gap.
 * - What the sketcher has read already is marked as read, so that it begins where it was.
 *
 * @throws UsageError where the other log is not empty: what is in it twice would be told as news
 */
export async function exportLog(from: EventLog, to: EventLog, onExport: OnExport): Promise<Exported> {
  await assertEmpty(to);
  const copying = { from, to, onExport };
  const read = (await from.committed(SKETCHER_GROUP, PUBLISHED, 0)) ?? 0;
  const sketched = await copyTopic(copying, PUBLISHED, (record) => (record.position < read ? [record] : []));
  await markAsRead(to);
  const waiting = await copyTopic(copying, PUBLISHED, (record) => (record.position < read ? [] : [record]));
  return {
    [PUBLISHED]: { read: waiting.read, written: sketched.written + waiting.written },
    [SKETCHED]: await copyTopic(copying, SKETCHED, splitSketch(await to.partitions(SKETCHED))),
    [CHANGED]: await copyTopic(copying, CHANGED, renumberedChange(await to.partitions(CHANGED))),
    [DEAD]: await copyTopic(copying, DEAD, asItIs),
  };
}

interface Copying {
  readonly from: EventLog;
  readonly to: EventLog;
  readonly onExport: OnExport;
}

async function assertEmpty(log: EventLog): Promise<void> {
  for (const topic of TOPICS) {
    for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
      const { high } = await log.bounds(topic, partition);
      if (high === 0) continue;
      const found = `${topic}/${partition} has had ${high} records`;
      throw new UsageError(`The log to export to must be new, but ${found}: delete its topics first.`);
    }
  }
}

async function copyTopic(
  { from, to, onExport }: Copying,
  topic: Topic,
  convert: Convert,
): Promise<Exported[Topic]> {
  const { low, high } = await from.bounds(topic, 0);
  let [read, written] = [0, 0];
  for await (const records of from.read(topic, 0, low)) {
    const converted = records.flatMap(convert).map(({ key, value, partition }) => ({
      ...{ key, value },
      ...(partition === undefined ? {} : { partition }),
    }));
    if (converted.length > 0) await to.append(topic, converted);
    read += records.length;
    written += converted.length;
    onExport(topic, (records.at(-1)?.position ?? low) + 1 - low, high - low);
  }
  return { read, written };
}

/** Moves the sketcher's own position to the end of what is published so far, as a sketcher that has nothing to do would. */
async function markAsRead(log: EventLog): Promise<void> {
  const partitions = Array.from({ length: await log.partitions(PUBLISHED) }, (_, partition) => partition);
  const highs = await Promise.all(
    partitions.map(async (partition) => (await log.bounds(PUBLISHED, partition)).high),
  );
  const subscription = await log.consume({
    group: SKETCHER_GROUP,
    topics: [PUBLISHED],
    recordsMax: 10_000,
    bytesMax: 8 << 20,
    start: async () => 'committed',
    handle: async () => undefined,
  });
  const isRead = (partition: number): boolean =>
    (subscription.position(PUBLISHED, partition) ?? 0) >= highs[partition]!;
  try {
    while (!partitions.every(isRead)) {
      await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  } finally {
    await subscription.stop();
  }
}
