import { setTimeout as sleep } from 'node:timers/promises';
import type { Subscription } from '@stemma/events';

export interface SuperviseOptions {
  readonly backoffMsMax?: number;
  readonly onRetry?: (error: Error, waitMs: number) => void;
}

/**
 * Keeps a subscription going: "not now" starts it again after a back-off, from the position that was stored. Rejects with
 * anything else, which is a reason to end the process.
 */
export async function supervise(
  start: () => Promise<Subscription>,
  signal: AbortSignal,
  { backoffMsMax = 60_000, onRetry }: SuperviseOptions = {},
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    const subscription = await start();
    const stop = (): void => void subscription.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      await subscription.done;
      return;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      const waitMs = Math.min(1_000 * 2 ** Math.min(failures, 20), backoffMsMax);
      onRetry?.(error, waitMs);
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

const isRetryable = (error: unknown): error is Error =>
  error instanceof Error && 'retryable' in error && error.retryable === true;
