import assert from 'node:assert/strict';

/**
 * Keeps a number of requests within every window of time, as the Hub counts them (by default 500 API requests and 3,000
 * file requests an IP in five minutes). Whoever asks is told when to go; nobody is turned away.
 */
export class Pace {
  readonly #windowMs: number;
  /** Ring of the last starts, in milliseconds: the request that leaves it must be a window older than the one that enters. */
  readonly #starts: Float64Array;
  #next = 0;
  #pausedUntilMs = 0;

  constructor(requestsMax: number, windowMs: number) {
    assert(requestsMax >= 1, `${requestsMax} requests a window were asked for, expected one at least`);
    this.#windowMs = windowMs;
    this.#starts = new Float64Array(requestsMax).fill(-Infinity);
  }

  /** Books the earliest start from `nowMs` on and returns it. */
  book(nowMs: number): number {
    const oldest = this.#starts[this.#next] ?? -Infinity;
    const startMs = Math.max(nowMs, this.#pausedUntilMs, oldest + this.#windowMs);
    this.#starts[this.#next] = startMs;
    this.#next = (this.#next + 1) % this.#starts.length;
    return startMs;
  }

  /** Lets nobody start before `untilMs` who has not booked yet. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }
}
