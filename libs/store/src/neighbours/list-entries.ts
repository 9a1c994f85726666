import assert from 'node:assert/strict';

import { grownCapacity } from './distance-kernel';

// Reads of typed arrays inside their bounds are never undefined: `!` marks them.

/** The rank of who is not in a list. */
export const NOWHERE = -1;
const NOBODY = -1;

/**
 * Numbered lists of at most `depth` entries (an id and a distance), and for every id the lists that hold it: the
 * entries that name one id form a doubly linked chain, so that its holders are found without a look at all lists.
 * 16 bytes an entry, reserved in full. In what order a list stands is its owner's matter.
 */
export class ListEntries {
  readonly depth: number;
  #capacity = 0;
  #ids = new Int32Array(0);
  #distances = new Float32Array(0);
  #lengths = new Int32Array(0);
  /** First entry that names an id, and from entry to entry both ways. */
  #first = new Int32Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);

  constructor(depth: number) {
    this.depth = depth;
  }

  /** Lists and ids below this number have room. */
  get capacity(): number {
    return this.#capacity;
  }

  reserve(lists: number): void {
    if (lists <= this.#capacity) return;
    const capacity = grownCapacity(this.#capacity, lists);
    this.#ids = extended(this.#ids, capacity * this.depth);
    this.#next = extended(this.#next, capacity * this.depth);
    this.#previous = extended(this.#previous, capacity * this.depth);
    this.#lengths = extended(this.#lengths, capacity);
    this.#first = extended(this.#first, capacity).fill(NOBODY, this.#capacity);
    const distances = new Float32Array(capacity * this.depth);
    distances.set(this.#distances);
    this.#distances = distances;
    this.#capacity = capacity;
  }

  length(list: number): number {
    return this.#lengths[list]!;
  }

  id(list: number, rank: number): number {
    return this.#ids[list * this.depth + rank]!;
  }

  distance(list: number, rank: number): number {
    return this.#distances[list * this.depth + rank]!;
  }

  /** Where a list holds an id, or NOWHERE. */
  rankOf(list: number, id: number): number {
    const begin = list * this.depth;
    const end = begin + this.#lengths[list]!;
    for (let at = begin; at < end; at++) if (this.#ids[at] === id) return at - begin;
    return NOWHERE;
  }

  /** The lists that hold an id at a rank below `ranks`, in no order. */
  holders(id: number, ranks = this.depth): number[] {
    const holders: number[] = [];
    for (let at = this.#first[id]!; at !== NOBODY; at = this.#next[at]!) {
      const list = Math.floor(at / this.depth);
      if (at - list * this.depth < ranks) holders.push(list);
    }
    return holders;
  }

  /** Puts an entry at a rank, and shifts those behind it, into a list that is not full. */
  insert(list: number, rank: number, id: number, distance: number): void {
    const begin = list * this.depth;
    const length = this.#lengths[list]!++;
    assert(length < this.depth, `a list has at most ${this.depth} entries`);
    for (let at = begin + length; at > begin + rank; at--) this.#move(at - 1, at);
    this.#link(begin + rank, id, distance);
  }

  remove(list: number, rank: number): void {
    const begin = list * this.depth;
    const last = begin + this.#lengths[list]! - 1;
    this.#unlink(begin + rank);
    for (let at = begin + rank; at < last; at++) this.#move(at + 1, at);
    this.#lengths[list]!--;
  }

  clear(list: number): void {
    const begin = list * this.depth;
    for (let at = begin + this.#lengths[list]! - 1; at >= begin; at--) this.#unlink(at);
    this.#lengths[list] = 0;
  }

  #link(at: number, id: number, distance: number): void {
    const next = this.#first[id]!;
    this.#ids[at] = id;
    this.#distances[at] = distance;
    this.#next[at] = next;
    this.#previous[at] = NOBODY;
    this.#first[id] = at;
    if (next !== NOBODY) this.#previous[next] = at;
  }

  #unlink(at: number): void {
    const [next, previous] = [this.#next[at]!, this.#previous[at]!];
    if (previous === NOBODY) this.#first[this.#ids[at]!] = next;
    else this.#next[previous] = next;
    if (next !== NOBODY) this.#previous[next] = previous;
  }

  #move(from: number, to: number): void {
    const [next, previous] = [this.#next[from]!, this.#previous[from]!];
    this.#ids[to] = this.#ids[from]!;
    this.#distances[to] = this.#distances[from]!;
    this.#next[to] = next;
    this.#previous[to] = previous;
    if (previous === NOBODY) this.#first[this.#ids[to]] = to;
    else this.#next[previous] = to;
    if (next !== NOBODY) this.#previous[next] = to;
  }
}

function extended(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(length);
  next.set(array);
  return next;
}
