import type { ServerResponse } from 'node:http';
import type { QueryLimits } from '../query-options';
import type { ChangeHistory } from '../read-model/change-history';
import { placeAfter, placeJson, placeText, type FeedPlace } from '../read-model/feed-place';

export type StreamEnd = 'left' | 'stopped' | 'slow';

const RECONNECT_MS = 2_000;

/**
 * Writes changes to one client as server-sent events until it leaves or the signal aborts. The history is the queue: the
 * client has only a place in it, and at most `streamChangesMax` changes are on their way to it. One that leaves them unread
 * for `slowStreamMs` is told so and dropped; it comes back with Last-Event-ID and misses nothing.
 */
export async function streamChanges(
  history: ChangeHistory,
  response: ServerResponse,
  begin: FeedPlace,
  limits: QueryLimits,
  signal: AbortSignal,
): Promise<StreamEnd> {
  let after = begin;
  // An id without data dispatches no event but is where the client resumes.
  let text = `retry: ${RECONNECT_MS}\nid: ${placeText(after)}\n\n`;
  while (!signal.aborted && !response.destroyed) {
    if (!response.write(text) && !(await drained(response, limits.slowStreamMs, signal))) {
      return signal.aborted || response.destroyed
        ? ended(response, signal)
        : dropSlow(response, after, limits);
    }
    const some = await history.wait(after, limits.heartbeatMs, signal);
    const changes = some ? history.read(after, limits.streamChangesMax) : [];
    text = changes.length > 0 ? '' : ': heartbeat\n\n';
    for (const change of changes) {
      after = placeAfter(after, [change]);
      text += `event: change\nid: ${placeText(after)}\ndata: ${change.json}\n\n`;
    }
  }
  return ended(response, signal);
}

function ended(response: ServerResponse, signal: AbortSignal): StreamEnd {
  if (!response.destroyed) response.end();
  return signal.aborted && !response.destroyed ? 'stopped' : 'left';
}

/** Whether the client has read what was written, before the time is up or somebody ends the stream. */
function drained(response: ServerResponse, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isDrained: boolean): void => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onEnd);
      signal.removeEventListener('abort', onEnd);
      resolve(isDrained);
    };
    const onDrain = (): void => settle(true);
    const onEnd = (): void => settle(false);
    const timer = setTimeout(onEnd, timeoutMs);
    response.once('drain', onDrain).once('close', onEnd);
    signal.addEventListener('abort', onEnd);
  });
}

function dropSlow(response: ServerResponse, after: FeedPlace, { slowStreamMs }: QueryLimits): StreamEnd {
  const detail = `Nothing was read for ${slowStreamMs} ms.`;
  const reason = { reason: 'slow-client', detail, resumeAfter: placeJson(after) };
  response.end(`event: dropped\ndata: ${JSON.stringify(reason)}\n\n`);
  // Whoever does not read would not read the end either; give the reason a moment to leave, then close.
  setTimeout(() => response.destroy(), 1_000).unref();
  return 'slow';
}
