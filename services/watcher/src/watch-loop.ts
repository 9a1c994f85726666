import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable } from '@stemma/service';
import type { Walk, Watcher } from './watcher';

export interface WatchLoopOptions {
  readonly pollIntervalMs: number;
  /** Longest wait after walks that failed; the wait doubles from one second. */
  readonly backoffMsMax?: number;
  readonly onWalk?: (walk: Walk) => void;
  /** Called when the hub is away, or the log or the disk, with the wait before the next try. */
  readonly onUnavailable?: (error: Error, waitMs: number) => void;
}

/** Walks the listing again and again until the signal aborts. Rejects with whatever is not "not now". */
export async function watchLoop(
  watcher: Watcher,
  signal: AbortSignal,
  options: WatchLoopOptions,
): Promise<void> {
  const { pollIntervalMs, backoffMsMax = 5 * 60_000 } = options;
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = pollIntervalMs;
    try {
      const walk = await watcher.walk(signal);
      failures = 0;
      options.onWalk?.(walk);
    } catch (error) {
      if (signal.aborted) return;
      if (!isRetryable(error)) throw error;
      waitMs = Math.min(1_000 * 2 ** Math.min(failures++, 20), backoffMsMax);
      options.onUnavailable?.(error, waitMs);
    }
    await sleep(waitMs, undefined, { signal, ref: true }).catch(() => undefined);
  }
}
