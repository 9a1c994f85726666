// Typed-array reads carry `!`: slots and labels come from the table itself.
import assert from 'node:assert/strict';

/** No slot, no half. */
export const NONE = -1;

const LOAD_MAX = 0.6;

/**
 * A pair is a record of 64 bytes, so that whoever looks at one waits for memory once: by 8 bytes from its begin distance and
 * log-odds, then by 4 the labels, two counts, the next half of either list, and, seldom asked for, the one before.
 */
const INTS = 16;
const DOUBLES = INTS / 2;
const LOWER = 4;
const NEAR_LOWER = 6;
const NEXT = 8;
const PREVIOUS = 10;

/**
 * Pairs of labels with what is known of them, found by their labels or walked from either of them. A slot is the number of a pair as
 * long as it is there; its two halves, `2 · slot` and `2 · slot + 1`, stand in the lists of its smaller and its larger label.
 *
 * A million models have some thirty million pairs: objects and maps would take ten times the memory.
 */
export class PairTable {
  #doubles = new Float64Array(0);
  /** The same memory. */
  #ints = new Int32Array(0);
  /** By label: the first half of its list, and how many there are. */
  #first = new Int32Array(0);
  #degree = new Int32Array(0);
  /** Open addressing over slots. */
  #buckets = new Int32Array(16).fill(NONE);
  #free: number[] = [];
  #used = 0;

  get size(): number {
    return this.#used - this.#free.length;
  }

  /** The slot of a pair, or `NONE`. The order of the labels does not matter. */
  find(a: number, b: number): number {
    return this.#buckets[this.#bucketOf(Math.min(a, b), Math.max(a, b))]!;
  }

  lower(slot: number): number {
    return this.#ints[slot * INTS + LOWER]!;
  }

  upper(slot: number): number {
    return this.#ints[slot * INTS + LOWER + 1]!;
  }

  distance(slot: number): number {
    return this.#doubles[slot * DOUBLES]!;
  }

  /** That the lower label is the parent. */
  logOdds(slot: number): number {
    return this.#doubles[slot * DOUBLES + 1]!;
  }

  /** Two whole numbers that the user of the table keeps with a pair, one for each label: side 0 is the lower one's. */
  count(slot: number, side: 0 | 1): number {
    return this.#ints[slot * INTS + NEAR_LOWER + side]!;
  }

  setCount(slot: number, side: 0 | 1, count: number): void {
    this.#ints[slot * INTS + NEAR_LOWER + side] = count;
  }

  /** Labels below this may have a list. */
  get labels(): number {
    return this.#first.length;
  }

  degree(label: number): number {
    return this.#degree[label] ?? 0;
  }

  /** The first half of a label's list, or `NONE`; `next` has the others. */
  first(label: number): number {
    return label < this.#first.length ? this.#first[label]! : NONE;
  }

  next(half: number): number {
    return this.#ints[(half >> 1) * INTS + NEXT + (half & 1)]!;
  }

  /** The label at the other end of a half. */
  other(half: number): number {
    return this.#ints[(half >> 1) * INTS + LOWER + 1 - (half & 1)]!;
  }

  forEachSlot(visit: (slot: number) => void): void {
    for (const slot of this.#buckets) if (slot !== NONE) visit(slot);
  }

  /** Makes room for so many pairs in all, exactly: growing step by step copies them, and leaves room for half as many again. */
  reserve(pairs: number): void {
    if (pairs * INTS > this.#ints.length) this.#resize(pairs);
    let buckets = this.#buckets.length;
    while (pairs / buckets > LOAD_MAX) buckets *= 2;
    if (buckets > this.#buckets.length) this.#rehash(buckets);
  }

  /** Adds a pair that is not there, in no list yet. Both its counts are 0. */
  add(a: number, b: number, distance: number, logOdds: number): number {
    const buckets = this.#buckets.length;
    if ((this.size + 1) / buckets > LOAD_MAX) this.#rehash(2 * buckets);
    const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
    const bucket = this.#bucketOf(lower, upper);
    assert(this.#buckets[bucket] === NONE && a !== b, `no pair ${a}–${b} expected, one found`);
    const slot = this.#free.pop() ?? this.#used++;
    if ((slot + 1) * INTS > this.#ints.length) this.#grow(slot + 1);
    this.#ints.fill(0, slot * INTS, (slot + 1) * INTS);
    this.#doubles[slot * DOUBLES] = distance;
    this.#doubles[slot * DOUBLES + 1] = logOdds;
    this.#ints[slot * INTS + LOWER] = lower;
    this.#ints[slot * INTS + LOWER + 1] = upper;
    this.#buckets[bucket] = slot;
    return slot;
  }

  /** Takes out a pair that is in no list. */
  remove(slot: number): void {
    this.#vacate(this.#bucketOf(this.lower(slot), this.upper(slot)));
    this.#free.push(slot);
  }

  /** Puts a pair into the lists of both its labels. */
  link(slot: number): void {
    this.#reserveLabels(this.upper(slot) + 1);
    for (const half of [2 * slot, 2 * slot + 1]) {
      const label = this.#labelOf(half);
      const first = this.#first[label]!;
      this.#setNext(half, first);
      this.#setPrevious(half, NONE);
      if (first !== NONE) this.#setPrevious(first, half);
      this.#first[label] = half;
      this.#degree[label]!++;
    }
  }

  unlink(slot: number): void {
    for (const half of [2 * slot, 2 * slot + 1]) {
      const before = this.#ints[(half >> 1) * INTS + PREVIOUS + (half & 1)]!;
      const after = this.next(half);
      if (after !== NONE) this.#setPrevious(after, before);
      if (before !== NONE) this.#setNext(before, after);
      else this.#first[this.#labelOf(half)] = after;
      this.#degree[this.#labelOf(half)]!--;
    }
  }

  #labelOf(half: number): number {
    return this.#ints[(half >> 1) * INTS + LOWER + (half & 1)]!;
  }

  #setNext(half: number, next: number): void {
    this.#ints[(half >> 1) * INTS + NEXT + (half & 1)] = next;
  }

  #setPrevious(half: number, previous: number): void {
    this.#ints[(half >> 1) * INTS + PREVIOUS + (half & 1)] = previous;
  }

  /** The bucket that holds the pair, or the empty one where it would go. */
  #bucketOf(lower: number, upper: number): number {
    const mask = this.#buckets.length - 1;
    for (let bucket = hash(lower, upper) & mask; ; bucket = (bucket + 1) & mask) {
      const slot = this.#buckets[bucket]!;
      if (slot === NONE) return bucket;
      const labels = slot * INTS + LOWER;
      if (this.#ints[labels] === lower && this.#ints[labels + 1] === upper) return bucket;
    }
  }

  /** Empties a bucket and closes the gap, so that no search ends too early. */
  #vacate(bucket: number): void {
    const mask = this.#buckets.length - 1;
    let gap = bucket;
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const slot = this.#buckets[at]!;
      if (slot === NONE) break;
      const home = hash(this.lower(slot), this.upper(slot)) & mask;
      // It may move where its home is not between the gap and itself.
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#buckets[gap] = slot;
      gap = at;
    }
    this.#buckets[gap] = NONE;
  }

  #rehash(buckets: number): void {
    const slots = this.#buckets.filter((slot) => slot !== NONE);
    this.#buckets = new Int32Array(buckets).fill(NONE);
    for (const slot of slots) this.#buckets[this.#bucketOf(this.lower(slot), this.upper(slot))] = slot;
  }

  #grow(needed: number): void {
    this.#resize(Math.max(needed, 1_024, Math.floor((this.#ints.length / INTS) * 1.5)));
  }

  #resize(slots: number): void {
    this.#ints = lengthened(this.#ints, slots * INTS);
    this.#doubles = new Float64Array(this.#ints.buffer);
  }

  #reserveLabels(needed: number): void {
    const known = this.#first.length;
    if (needed <= known) return;
    const length = Math.max(needed, 1_024, Math.floor(known * 1.5));
    this.#first = lengthened(this.#first, length).fill(NONE, known);
    this.#degree = lengthened(this.#degree, length);
  }
}

/** A longer copy of an array. */
function lengthened(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(array);
  return longer;
}

function hash(lower: number, upper: number): number {
  const mixed = Math.imul(lower, 0x9e3779b1) ^ Math.imul(upper, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
