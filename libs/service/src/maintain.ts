import { setTimeout as sleep } from 'node:timers/promises';

const HOUR_MS = 3_600_000;

/** Does the chores now and then, one after the other, until the signal aborts. What is not possible now waits for the next time. */
export async function maintain(
  chores: readonly (() => Promise<unknown>)[],
  signal: AbortSignal,
  intervalMs = HOUR_MS,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    for (const chore of chores) {
      if (signal.aborted) return;
      await chore().catch((error: unknown) => {
        if ((error as { retryable?: boolean }).retryable !== true) throw error;
      });
    }
  }
}
