import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from '@stemma/events';
import { isRetryable } from './exit-code';

export interface KeepTryingOptions {
  /** Wait after the first failure; it doubles with every further one. */
  readonly backoffMs?: number;
  readonly backoffMsMax?: number;
  /** Work that went on for so long before it failed begins with the first wait again. */
  readonly soundAfterMs?: number;
  /** "Not now" is no reason to try again once so long has passed since the beginning. */
  readonly giveUpAfterMs?: number;
  readonly onRetry?: (error: Error, waitMs: number) => void;
}

/**
 * Does the work until it resolves or the signal aborts: "not now" begins it again after a back-off. Rejects with anything
 * else, which is a reason to end the process.
 */
export async function keepTrying(
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  options: KeepTryingOptions = {},
): Promise<void> {
  const { backoffMs = 1_000, backoffMsMax = 60_000, soundAfterMs = 5 * 60_000, onRetry } = options;
  const giveUpMs = performance.now() + (options.giveUpAfterMs ?? Infinity);
  for (let failures = 0; !signal.aborted; failures++) {
    const startedMs = performance.now();
    try {
      return await work(signal);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (signal.aborted) return;
      if (performance.now() >= giveUpMs) throw error;
      if (performance.now() - startedMs >= soundAfterMs) failures = 0;
      const waitMs = Math.min(backoffMs * 2 ** Math.min(failures, 20), backoffMsMax);
      onRetry?.(error, waitMs);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Keeps a subscription going until the signal aborts: after "not now" it starts again from the position that was stored. */
export function supervise(
  start: () => Promise<Subscription>,
  signal: AbortSignal,
  options: KeepTryingOptions = {},
): Promise<void> {
  const follow = async (): Promise<void> => {
    const subscription = await start();
    const stop = (): void => void subscription.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await subscription.done;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return keepTrying(follow, signal, options);
}
