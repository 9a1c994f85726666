import { grownInt32 } from './grow';

const STAMP_MAX = 2 ** 31 - 1;

/**
 * Sets over 0..length-1 that are emptied in O(1): an element is in the set when its mark is the set's stamp, and a fresh
 * stamp is one that no mark carries.
 */
export class Stamps {
  marks: Int32Array;
  #last: number;

  /** `last` shortens the way to the wrap-around, for tests. */
  constructor(length: number, last = 0) {
    this.marks = new Int32Array(length);
    this.#last = last;
  }

  /** The first of `count` consecutive stamps that no mark carries; every mark is below it. */
  fresh(count: number): number {
    if (this.#last > STAMP_MAX - count) {
      this.marks.fill(0);
      this.#last = 0;
    }
    const first = this.#last + 1;
    this.#last += count;
    return first;
  }

  reserve(length: number): void {
    if (length > this.marks.length) this.marks = grownInt32(this.marks, length);
  }
}
