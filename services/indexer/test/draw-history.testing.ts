import { FAMILIES, type History, type HistoryEvent } from './history.testing';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const WORLDS = 4;

/** Small numbers from a seed (mulberry32): `of(n)` is 0 to n − 1. */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0;
  }

  number(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  of(count: number): number {
    return Math.floor(this.number() * count);
  }

  chance(share: number): boolean {
    return this.number() < share;
  }

  one<T>(values: readonly T[]): T {
    return values[this.of(values.length)]!;
  }
}

/**
 * A history of 5 to 24 events about few repositories, so that each of them goes through a lot: arrivals, revisions of the same
 * or another architecture, copies, deletions and returns, some of them at the same minute, late, or from the future.
 */
export function drawHistory(seed: number): History {
  const draw = new Draw(seed);
  const names = NAMES.slice(0, 2 + draw.of(NAMES.length - 1));
  // Few families in a history, so that most models have kin in it.
  const weights = [...draw.one(FAMILIES), ...draw.one(FAMILIES)];
  const events: HistoryEvent[] = [];
  const count = 5 + draw.of(20);
  let minute = 1;
  while (events.length < count) {
    if (!draw.chance(0.1)) minute += 1;
    events.push(drawEvent(draw, { names, weights }, events, minute));
  }
  const batches = drawBatches(draw, events.length);
  const restarts = batches.flatMap((_, at) => (draw.chance(0.1) ? [at] : []));
  const candidatesMax = draw.one([1, 2, 3, 5, 32]);
  return { world: draw.of(WORLDS), candidatesMax, events, batches, restarts };
}

function drawEvent(
  draw: Draw,
  from: { readonly names: readonly string[]; readonly weights: readonly number[] },
  events: readonly HistoryEvent[],
  minute: number,
): HistoryEvent {
  const name = draw.one(from.names);
  const last = events.findLast((event) => event.name === name);
  const createdAt = last === undefined || draw.chance(0.05) ? draw.of(4) : last.createdAt;
  const times = drawTimes(draw, minute);
  if (draw.chance(last === undefined ? 0.05 : 0.3)) {
    return { name, weights: null, sha: last?.sha ?? 'unseen', createdAt: minute, ...times };
  }
  const others = events.flatMap(({ weights }) => (weights === null ? [] : [weights]));
  const isCopy = others.length > 0 && draw.chance(0.2);
  const weights = draw.one(isCopy ? others : draw.chance(0.1) ? FAMILIES.flat() : from.weights);
  return { name, weights, sha: draw.chance(0.2) ? `${weights}-again` : `${weights}`, createdAt, ...times };
}

function drawTimes(draw: Draw, minute: number): { at: number; takenAt: number } {
  if (draw.chance(0.05)) return { at: minute + 1 + draw.of(20), takenAt: minute };
  if (draw.chance(0.1)) return { at: Math.max(0, minute - 1 - draw.of(8)), takenAt: minute };
  return { at: minute, takenAt: minute };
}

/** All events, in part shuffled, some told again, cut into batches. */
function drawBatches(draw: Draw, count: number): number[][] {
  const disorder = draw.one([0, 3, count]);
  const told = Array.from({ length: count }, (_, index) => ({ index, order: index + draw.of(disorder + 1) }));
  for (let again = draw.of(1 + (count >> 2)); again > 0; again--)
    told.push({ index: draw.of(count), order: draw.of(count + disorder) });
  told.sort((x, y) => x.order - y.order);
  const batches: number[][] = [];
  const batchMax = draw.one([1, 3, 8, count]);
  for (let at = 0; at < told.length;) {
    const size = 1 + draw.of(batchMax);
    batches.push(told.slice(at, at + size).map(({ index }) => index));
    at += size;
  }
  return batches;
}
