import type { History, HistoryEvent } from './history.testing';

/** Histories looked at, at most. */
const LOOKS_MAX = 600;

/**
 * A smaller history that is still wrong: pieces are taken out and numbers made plain as long as `isWrong` says so, greedily,
 * until nothing more can go.
 */
export async function shrink(
  history: History,
  isWrong: (history: History) => Promise<boolean>,
): Promise<History> {
  let smallest = history;
  let looks = 0;
  for (let isSmaller = true; isSmaller && looks < LOOKS_MAX;) {
    isSmaller = false;
    for (const smaller of smallerThan(smallest)) {
      if (++looks > LOOKS_MAX) break;
      if (!(await isWrong(smaller))) continue;
      smallest = smaller;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** From the boldest to the most careful. */
function* smallerThan(history: History): Generator<History> {
  const { events, batches } = history;
  for (let size = events.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < events.length; from += size) yield withoutEvents(history, from, from + size);
  }
  if (history.restarts.length > 0) yield { ...history, restarts: [] };
  for (const restart of history.restarts)
    yield { ...history, restarts: history.restarts.filter((other) => other !== restart) };
  const inOrder = events.map((_, index) => [index]);
  if (JSON.stringify(batches) !== JSON.stringify(inOrder)) yield { ...history, batches: inOrder };
  for (const [at, batch] of batches.entries()) {
    for (const place of batch.keys()) {
      const told = batch.filter((_, other) => other !== place);
      const rest = batches.map((other, index) => (index === at ? told : other));
      if (rest.flat().includes(batch[place]!)) yield { ...history, batches: rest };
    }
  }
  for (const [at, event] of events.entries()) {
    const plain: HistoryEvent = { ...event, ...plainEvent(event, at) };
    if (JSON.stringify(plain) === JSON.stringify(event)) continue;
    yield { ...history, events: events.map((other, index) => (index === at ? plain : other)) };
  }
}

function withoutEvents(history: History, from: number, to: number): History {
  const isGone = (index: number): boolean => index >= from && index < to;
  const { length } = history.events.slice(from, to);
  const batches = history.batches.map((batch) =>
    batch.filter((index) => !isGone(index)).map((index) => (index < from ? index : index - length)),
  );
  return withoutEmptyBatches({
    ...history,
    events: history.events.filter((_, index) => !isGone(index)),
    batches,
  });
}

/** A restart before an empty batch becomes one before the next that is not. */
function withoutEmptyBatches(history: History): History {
  const isKept = (batch: readonly number[]): boolean => batch.length > 0;
  const restarts = history.restarts.map((at) => history.batches.slice(0, at).filter(isKept).length);
  const batches = history.batches.filter(isKept);
  return { ...history, batches, restarts: [...new Set(restarts)].filter((at) => at < batches.length) };
}

function plainEvent({ weights, sha }: HistoryEvent, at: number): Partial<HistoryEvent> {
  return { at: at + 1, takenAt: at + 1, createdAt: 0, sha: weights === null ? sha : `${weights}` };
}
