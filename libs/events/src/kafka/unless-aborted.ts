/**
 * Waits for work no longer than until the signal aborts, and `graceMs` after that: a broker that is away must not keep us from
 * letting go.
 */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>, graceMs = 0): Promise<T> {
  if (graceMs === 0) signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => void (timer = setTimeout(() => reject(signal.reason as Error), graceMs));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
