import { setTimeout as sleep } from 'node:timers/promises';

/** How often and how patiently a request is repeated. */
export interface RetryOptions {
  /** Tries in all. */
  readonly attemptsMax: number;
  /** Wait before the second try; it doubles with every further one, up to `retryAfterMsMax`. */
  readonly backoffMs: number;
  /** Longest wait, also when the hub asks for more: then the request fails at once and says so. */
  readonly retryAfterMsMax: number;
}

/**
 * How long an answer asks to be left alone, in milliseconds: `Retry-After` in seconds or as a date, else the reset of
 * an exhausted `RateLimit` (`"api";r=0;t=55`, or the older `remaining=0, reset=55`); null where it says nothing readable.
 */
export function askedWaitMs(headers: Headers, nowMs: number): number | null {
  const after = headers.get('retry-after');
  if (after !== null && /^\d{1,9}$/.test(after.trim())) return Number(after) * 1000;
  const date = after === null ? NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - nowMs);
  const limit = headers.get('ratelimit')?.slice(0, 1024) ?? '';
  const remaining = /\b(?:r|remaining)=(\d{1,9})\b/.exec(limit)?.[1];
  const reset = /\b(?:t|reset)=(\d{1,9})\b/.exec(limit)?.[1];
  return remaining !== undefined && Number(remaining) === 0 && reset !== undefined
    ? Number(reset) * 1000
    : null;
}

/** The wait after the `failures`-th failure: exponential, with up to half of it drawn so that clients spread out. */
export function backoffMs(
  failures: number,
  { backoffMs, retryAfterMsMax }: RetryOptions,
  random: () => number,
): number {
  return Math.min(retryAfterMsMax, backoffMs * 2 ** (failures - 1)) * (0.5 + 0.5 * random());
}

/** Waits; throws the signal's own reason when it is aborted meanwhile. */
export async function waited(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (waitMs <= 0) return;
  try {
    await sleep(waitMs, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
