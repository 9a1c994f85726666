/** Where a dead letter stands among all: by its time, then by the place of the event that was refused. */
export interface LetterPlace {
  /** Unix milliseconds. */
  readonly time: number;
  /** topic/partition/position */
  readonly event: string;
}

/** Of two places in one partition, the shorter text has the smaller position. */
export function letterOrder(a: LetterPlace, b: LetterPlace): number {
  const order = a.time - b.time || a.event.length - b.event.length;
  return order || (a.event < b.event ? -1 : a.event > b.event ? 1 : 0);
}

/** Letters in order. They come nearly so: what is out of order is moved up a few places. */
export class LetterList<T extends LetterPlace> {
  readonly #letters: T[] = [];

  add(letter: T): void {
    this.#letters.splice(this.#countBefore(letter), 0, letter);
  }

  /** From the newest (older than `before`, where given) to the oldest. */
  *backwards(before?: LetterPlace): Generator<T, void> {
    for (let at = before ? this.#countBefore(before) : this.#letters.length; at > 0; at--) {
      yield this.#letters[at - 1] as T;
    }
  }

  #countBefore(place: LetterPlace): number {
    let low = 0;
    let high = this.#letters.length;
    if (high === 0 || letterOrder(this.#letters[high - 1] as T, place) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (letterOrder(this.#letters[middle] as T, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
