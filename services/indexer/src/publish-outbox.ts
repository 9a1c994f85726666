import type { EventLog } from '@stemma/events';
import type { PendingMessage, Store } from '@stemma/store';

const MESSAGES_MAX = 1_000;

/**
 * Appends what committed transactions left to be published, in order, and forgets it once the log has it. After a crash in
 * between, messages go out again under the same numbers, which readers know.
 */
export async function publishOutbox(store: Store, log: EventLog): Promise<void> {
  for (;;) {
    const pending = await store.outboxPending(MESSAGES_MAX);
    if (pending.length === 0) return;
    for (const run of runsOf(pending))
      await log.append(
        run[0].topic,
        run.map(({ key, payload, partition }) => ({ key, value: payload, partition })),
      );
    await store.outboxSent(pending[pending.length - 1]?.seq ?? 0);
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
