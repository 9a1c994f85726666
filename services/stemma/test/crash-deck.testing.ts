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

/** Where to die next: when a process comes by a named point for the n-th time, or at some moment. */
export type Death =
  | { readonly at: 'point'; readonly point: string; readonly nth: number }
  | { readonly at: 'moment'; readonly afterMs: number };

export const describeDeath = (death: Death): string =>
  death.at === 'point' ? `${death.point}#${death.nth}` : `${Math.round(death.afterMs)} ms`;

/** How often a point is tried at which nothing will die. */
const TRIES_MAX = 8;
/** Hands that are played at moments rather than at points. */
const MOMENTS_SHARE = 0.2;

/**
 * The points to die at: those that an uninterrupted run came by in each phase. Where no process has died yet is dealt first.
 * A hand is played in the order of the trace, since a process that dies leaves less to do.
 */
export class CrashDeck {
  /** Points at which no process has died yet, and how often that was tried. */
  readonly #pending: Map<string, number>;

  constructor(
    private readonly traces: readonly (readonly string[])[],
    private readonly random: () => number,
  ) {
    this.#pending = new Map(traces.flat().map((point) => [point, 0]));
  }

  /** Points at which no process has died. */
  get pending(): string[] {
    return [...this.#pending.keys()];
  }

  /** Whether there are points worth another try. */
  get isOpen(): boolean {
    return [...this.#pending.values()].some((tries) => tries < TRIES_MAX);
  }

  /** A hand of points, or now and then of moments of up to `momentMsMax`; of pending points alone where `isEnough`. */
  deal(phase: number, deaths: number, momentMsMax: number, isEnough: boolean): Death[] {
    if (!isEnough && this.random() < MOMENTS_SHARE)
      return Array.from({ length: deaths }, () => ({ at: 'moment', afterMs: this.random() * momentMsMax }));
    const trace = this.traces[phase]!;
    const hand = [...new Set(trace)]
      .filter((point) => !isEnough || this.#pending.has(point))
      .map((point) => ({ point, rank: (this.#pending.get(point) ?? TRIES_MAX) + this.random() }))
      .sort((x, y) => x.rank - y.rank)
      .slice(0, deaths)
      .map(({ point }) => this.#pick(point, trace));
    return hand.sort((x, y) => x.place - y.place);
  }

  died(death: Death): void {
    if (death.at === 'point') this.#pending.delete(death.point);
  }

  /** The work was done before a process came by. */
  survived(death: Death): void {
    const tries = death.at === 'point' ? this.#pending.get(death.point) : undefined;
    if (death.at === 'point' && tries !== undefined) this.#pending.set(death.point, tries + 1);
  }

  /** The first time, or another where a run has many and this point was not waiting for its turn. */
  #pick(point: string, trace: readonly string[]): Death & { readonly place: number } {
    const places = trace.flatMap((each, place) => (each === point ? [place] : []));
    const isPending = this.#pending.has(point) || places.length < 4;
    const at = isPending ? 0 : Math.floor((this.random() * places.length) / 2);
    return { at: 'point', point, nth: at + 1, place: places[at]! };
  }
}
