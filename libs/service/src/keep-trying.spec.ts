import { LogUnavailableError, type Subscription } from '@stemma/events';
import { keepTrying, supervise } from './keep-trying';

const away = new LogUnavailableError('the broker is away');

/** A subscription that ends with an error, or (null) goes on until it is stopped. */
function subscription(error: Error | null): Subscription {
  let stop = (): void => undefined;
  const done = new Promise<void>((resolve, reject) => {
    stop = resolve;
    if (error !== null) reject(error);
  });
  return { done, stop: async () => stop(), position: () => null };
}

describe('supervise', () => {
  it('starts again after "not now", with waits that double up to a bound, also where starting fails', async () => {
    const stopping = new AbortController();
    const waits: number[] = [];
    let starts = 0;
    const start = async (): Promise<Subscription> => {
      starts++;
      if (starts === 2) throw away;
      if (starts === 5) setImmediate(() => stopping.abort());
      return subscription(starts < 5 ? away : null);
    };
    const onRetry = (_: Error, waitMs: number) => waits.push(waitMs);
    await supervise(start, stopping.signal, { backoffMs: 1, backoffMsMax: 4, onRetry });
    expect(starts).toBe(5);
    expect(waits).toEqual([1, 2, 4, 4]);
  });

  it('rejects with what is a reason to end the process', async () => {
    const broken = new Error('broken');
    const start = async (): Promise<Subscription> => subscription(broken);
    await expect(supervise(start, new AbortController().signal)).rejects.toBe(broken);
  });

  it('stops a subscription that was started while the signal aborted', async () => {
    const stopping = new AbortController();
    const start = async (): Promise<Subscription> => {
      stopping.abort();
      return subscription(null);
    };
    await supervise(start, stopping.signal);
  });
});

describe('keepTrying', () => {
  it('begins with the first wait again after work that went well for a while', async () => {
    const waits: number[] = [];
    let runs = 0;
    const work = async (): Promise<void> => {
      runs++;
      if (runs === 4) return;
      if (runs === 3) await new Promise((resolve) => setTimeout(resolve, 60));
      throw away;
    };
    const onRetry = (_: Error, waitMs: number) => waits.push(waitMs);
    await keepTrying(work, new AbortController().signal, { backoffMs: 1, soundAfterMs: 50, onRetry });
    expect(waits).toEqual([1, 2, 1]);
  });

  it('gives up after a while where it is told to', async () => {
    let runs = 0;
    const work = (): Promise<void> => {
      runs++;
      return Promise.reject(away);
    };
    const bounds = { backoffMs: 20, backoffMsMax: 20, giveUpAfterMs: 50 };
    await expect(keepTrying(work, new AbortController().signal, bounds)).rejects.toBe(away);
    expect(runs).toBeGreaterThan(1);
  });

  it('ends in the middle of a wait when the signal aborts', async () => {
    const stopping = new AbortController();
    const onRetry = () => stopping.abort();
    await keepTrying(() => Promise.reject(away), stopping.signal, { backoffMs: 60_000, onRetry });
  });
});
