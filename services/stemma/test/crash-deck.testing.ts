/** Small numbers from a seed (mulberry32), in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where to die next: at a named point, the n-th time that a process comes by, or at some moment. */
export type Death = ({ readonly at: 'point' } & Card) | { readonly at: 'moment'; readonly afterMs: number };

export const describeDeath = (death: Death): string =>
  death.at === 'point' ? `${death.point}#${death.nth}` : `${Math.round(death.afterMs)} ms`;

/** How often a point is dealt again that no process came by. */
const TRIES_MAX = 3;
/** Hands that are played at moments rather than at points. */
const MOMENTS_SHARE = 0.15;

interface Card {
  readonly point: string;
  readonly nth: number;
  readonly tries: number;
}

/**
 * The points of one phase at which no process has died yet. A hand of them is played in the order in which an uninterrupted
 * run comes by, since a process that dies leaves less to do; what nobody came by is dealt again.
 */
export class CrashDeck {
  readonly #trace: readonly string[];
  readonly #random: () => number;
  #cards: Card[] = [];
  /** Points that were dealt in vain as often as may be. */
  readonly missed: string[] = [];

  /** `trace` is what an uninterrupted run came by, in order. */
  constructor(trace: readonly string[], random: () => number) {
    this.#trace = trace;
    this.#random = random;
    this.#shuffle();
  }

  get size(): number {
    return this.#cards.length;
  }

  #shuffle(): void {
    const cards = [...new Set(this.#trace)].map((point) => {
      const nth = this.#times(point) >= 3 && this.#random() < 0.4 ? 2 : 1;
      return { card: { point, nth, tries: 0 }, order: this.#random() };
    });
    this.#cards = cards.sort((a, b) => a.order - b.order).map(({ card }) => card);
  }

  /** A hand, `hands` of which make a deck: points in the order of the trace or, now and then, moments of up to `momentMsMax`. */
  deal(hands: number, momentMsMax: number): Death[] {
    const deathsMax = Math.ceil(new Set(this.#trace).size / hands);
    if (this.#random() < MOMENTS_SHARE || this.#cards.length === 0) {
      return Array.from({ length: deathsMax }, () => ({
        at: 'moment',
        afterMs: this.#random() * momentMsMax,
      }));
    }
    const hand = this.#cards.splice(0, deathsMax).map((card) => ({ card, place: this.#placeOf(card) }));
    return hand.sort((a, b) => a.place - b.place).map(({ card }) => ({ at: 'point', ...card }));
  }

  giveBack({ point, tries }: Card): void {
    if (tries < TRIES_MAX) this.#cards.push({ point, nth: 1, tries: tries + 1 });
    else this.missed.push(point);
  }

  #times(point: string): number {
    return this.#trace.filter((each) => each === point).length;
  }

  #placeOf({ point, nth }: Card): number {
    let place = -1;
    for (let times = 0; times < nth; times++) place = this.#trace.indexOf(point, place + 1);
    return place;
  }
}
