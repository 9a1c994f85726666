// Typed-array reads carry `!`: every index is an item number below the length given to the constructor.

/** "No item", the empty heap. */
export const EMPTY = -1;

/** Both right spines of a merge have at most log₂(2³¹) items. */
const SPINES_MAX = 64;

/**
 * A pool of mergeable min-heaps over the items 0..length-1, each item in at most one heap; a heap is named by its top
 * item. Leftist trees: the rank of a left child is at least that of the right one, so a right spine of a heap of n
 * items has at most log₂(n+1) items, which bounds `merge` and `withoutTop`.
 *
 * `addToAll` is lazy: an item's `pending` is still to be added to everything below it.
 */
export class LeftistHeaps {
  /** The key of an item; right for the top of a heap, for others once the items above have passed their pending on. */
  readonly keys: Float64Array;
  readonly #pending: Float64Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #rank: Uint8Array;
  readonly #spine = new Int32Array(SPINES_MAX);

  constructor(length: number) {
    this.keys = new Float64Array(length);
    this.#pending = new Float64Array(length);
    this.#left = new Int32Array(length).fill(EMPTY);
    this.#right = new Int32Array(length).fill(EMPTY);
    this.#rank = new Uint8Array(length);
  }

  /** A heap of one item. */
  single(item: number, key: number): number {
    this.keys[item] = key;
    this.#rank[item] = 1;
    return item;
  }

  /** One heap of all items of the two. On equal keys the top of `a` stays on top. */
  merge(a: number, b: number): number {
    const { keys } = this;
    let depth = 0;
    while (a !== EMPTY && b !== EMPTY) {
      if (keys[b]! < keys[a]!) [a, b] = [b, a];
      this.#passOn(a);
      this.#spine[depth++] = a;
      a = this.#right[a]!;
    }
    let merged = a === EMPTY ? b : a;
    while (depth > 0) {
      const top = this.#spine[--depth]!;
      this.#hang(top, merged);
      merged = top;
    }
    return merged;
  }

  /** The heap of all items but the top one, whose key stays readable. */
  withoutTop(heap: number): number {
    this.#passOn(heap);
    return this.merge(this.#left[heap]!, this.#right[heap]!);
  }

  /** Adds `amount` to the key of every item of a heap. */
  addToAll(heap: number, amount: number): void {
    if (heap === EMPTY) return;
    this.keys[heap]! += amount;
    this.#pending[heap]! += amount;
  }

  #passOn(item: number): void {
    const amount = this.#pending[item]!;
    if (amount === 0) return;
    this.addToAll(this.#left[item]!, amount);
    this.addToAll(this.#right[item]!, amount);
    this.#pending[item] = 0;
  }

  /** Makes `right` the right child of `top`, or the left one where its rank is higher. */
  #hang(top: number, right: number): void {
    const left = this.#left[top]!;
    const swap = this.#rankOf(left) < this.#rankOf(right);
    this.#left[top] = swap ? right : left;
    this.#right[top] = swap ? left : right;
    this.#rank[top] = this.#rankOf(this.#right[top]) + 1;
  }

  #rankOf(item: number): number {
    return item === EMPTY ? 0 : this.#rank[item]!;
  }
}
