import {
  CHANGED,
  EventLogError,
  LogUnavailableError,
  type EventLog,
  type PartitionWriter,
} from '@stemma/events';
import type { PendingMessage, Store } from '@stemma/store';

const MESSAGES_MAX = 1_000;

/**
 * Appends what committed transactions left to be published, in order, and forgets it once the log has it. After a crash in
 * between, messages go out again under the same numbers, which readers know. Changes go through the feed's only writer.
 *
 * @throws LogUnavailableError when somebody else has taken the feed over: the partition has to be asked for again
 */
export async function publishOutbox(store: Store, log: EventLog, feed: PartitionWriter): Promise<void> {
  for (;;) {
    const pending = await store.outboxPending(MESSAGES_MAX);
    if (pending.length === 0) return;
    for (const run of runsOf(pending)) await publish(run, log, feed);
    await store.outboxSent(pending[pending.length - 1]?.seq ?? 0);
  }
}

async function publish(run: Run, log: EventLog, feed: PartitionWriter): Promise<void> {
  const [{ topic, partition }] = run;
  const records = run.map(({ key, payload: value }) => ({ key, value }));
  if (topic !== CHANGED) {
    await log.append(
      topic,
      records.map((record) => ({ ...record, partition })),
    );
    return;
  }
  try {
    await feed.append(records);
  } catch (error) {
    if (!(error instanceof EventLogError) || error.fault !== 'fenced') throw error;
    const what = `another indexer has taken over partition ${partition}`;
    throw new LogUnavailableError(what, { cause: error });
  }
}

type Run = [PendingMessage, ...PendingMessage[]];

/** Neighbours that go to one partition of one topic, which an append keeps in order. */
function runsOf(messages: readonly PendingMessage[]): Run[] {
  const runs: Run[] = [];
  for (const message of messages) {
    const last = runs.at(-1);
    if (last !== undefined && last[0].topic === message.topic && last[0].partition === message.partition)
      last.push(message);
    else runs.push([message]);
  }
  return runs;
}
