// Typed-array reads carry `!`: slots and labels come from the table itself.
import assert from 'node:assert/strict';

/** No slot, no half. */
export const NONE = -1;

const LOAD_MAX = 0.6;

/**
 * Pairs of labels in columns, found by their labels or walked from either of them. A slot is the number of a pair as long as it
 * is there; its two halves, `2 · slot` and `2 · slot + 1`, stand in the lists of its smaller and its larger label.
 *
 * A million models have some thirty million pairs: objects and maps would take ten times the memory.
 */
export class PairTable {
  lower = new Int32Array(0);
  upper = new Int32Array(0);
  /** By half: its neighbours in the list of its label. */
  next = new Int32Array(0);
  #previous = new Int32Array(0);
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

  /** Slots that a column beside the table must have room for. */
  get capacity(): number {
    return this.lower.length;
  }

  /** The slot of a pair, or `NONE`. The order of the labels does not matter. */
  find(a: number, b: number): number {
    return this.#buckets[this.#bucketOf(Math.min(a, b), Math.max(a, b))]!;
  }

  degree(label: number): number {
    return this.#degree[label] ?? 0;
  }

  /** The first half of a label's list, or `NONE`; `next` has the others. */
  first(label: number): number {
    return label < this.#first.length ? this.#first[label]! : NONE;
  }

  /** The label at the other end of a half. */
  other(half: number): number {
    return (half & 1) === 0 ? this.upper[half >> 1]! : this.lower[half >> 1]!;
  }

  forEachSlot(visit: (slot: number) => void): void {
    for (const slot of this.#buckets) if (slot !== NONE) visit(slot);
  }

  /** Adds a pair that is not there, in no list yet. */
  add(a: number, b: number): number {
    if ((this.size + 1) / this.#buckets.length > LOAD_MAX) this.#rehash();
    const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
    const bucket = this.#bucketOf(lower, upper);
    assert(this.#buckets[bucket] === NONE && a !== b, `no pair ${a}–${b} expected, one found`);
    const slot = this.#free.pop() ?? this.#used++;
    if (slot >= this.lower.length) this.#grow(slot + 1);
    this.lower[slot] = lower;
    this.upper[slot] = upper;
    this.#buckets[bucket] = slot;
    return slot;
  }

  /** Takes out a pair that is in no list. */
  remove(slot: number): void {
    this.#vacate(this.#bucketOf(this.lower[slot]!, this.upper[slot]!));
    this.#free.push(slot);
  }

  /** Puts a pair into the lists of both its labels. */
  link(slot: number): void {
    this.#reserveLabels(this.upper[slot]! + 1);
    for (const half of [2 * slot, 2 * slot + 1]) {
      const label = this.#labelOf(half);
      const first = this.#first[label]!;
      this.next[half] = first;
      this.#previous[half] = NONE;
      if (first !== NONE) this.#previous[first] = half;
      this.#first[label] = half;
      this.#degree[label]!++;
    }
  }

  unlink(slot: number): void {
    for (const half of [2 * slot, 2 * slot + 1]) {
      const [before, after] = [this.#previous[half]!, this.next[half]!];
      if (after !== NONE) this.#previous[after] = before;
      if (before !== NONE) this.next[before] = after;
      else this.#first[this.#labelOf(half)] = after;
      this.#degree[this.#labelOf(half)]!--;
    }
  }

  #labelOf(half: number): number {
    return (half & 1) === 0 ? this.lower[half >> 1]! : this.upper[half >> 1]!;
  }

  /** The bucket that holds the pair, or the empty one where it would go. */
  #bucketOf(lower: number, upper: number): number {
    const mask = this.#buckets.length - 1;
    for (let bucket = hash(lower, upper) & mask; ; bucket = (bucket + 1) & mask) {
      const slot = this.#buckets[bucket]!;
      if (slot === NONE || (this.lower[slot] === lower && this.upper[slot] === upper)) return bucket;
    }
  }

  /** Empties a bucket and closes the gap, so that no search ends too early. */
  #vacate(bucket: number): void {
    const mask = this.#buckets.length - 1;
    let gap = bucket;
    for (let at = (gap + 1) & mask; ; at = (at + 1) & mask) {
      const slot = this.#buckets[at]!;
      if (slot === NONE) break;
      const home = hash(this.lower[slot]!, this.upper[slot]!) & mask;
      // It may move where its home is not between the gap and itself.
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#buckets[gap] = slot;
      gap = at;
    }
    this.#buckets[gap] = NONE;
  }

  #rehash(): void {
    const slots = this.#buckets.filter((slot) => slot !== NONE);
    this.#buckets = new Int32Array(2 * this.#buckets.length).fill(NONE);
    for (const slot of slots) this.#buckets[this.#bucketOf(this.lower[slot]!, this.upper[slot]!)] = slot;
  }

  #grow(needed: number): void {
    const length = Math.max(needed, 1_024, Math.floor(this.lower.length * 1.5));
    this.lower = lengthened(this.lower, length);
    this.upper = lengthened(this.upper, length);
    this.next = lengthened(this.next, 2 * length);
    this.#previous = lengthened(this.#previous, 2 * length);
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
export function lengthened<T extends Int32Array | Float64Array | Uint8Array>(array: T, length: number): T {
  const longer = new (array.constructor as new (length: number) => T)(length);
  longer.set(array);
  return longer;
}

function hash(lower: number, upper: number): number {
  const mixed = Math.imul(lower, 0x9e3779b1) ^ Math.imul(upper, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
