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

  /**
   * One heap of all items of the two. On equal keys the top of `a` stays on top. Down both right spines in order of keys,
   * then up again, so that each item hangs the rest below itself.
   */
  merge(a: number, b: number): number {
    const { keys } = this;
    const right = this.#right;
    const spine = this.#spine;
    let depth = 0;
    while (a !== EMPTY && b !== EMPTY) {
      if (keys[b]! < keys[a]!) {
        const larger = a;
        a = b;
        b = larger;
      }
      if (this.#pending[a] !== 0) this.#passOn(a);
      spine[depth++] = a;
      a = right[a]!;
    }
    return this.#hangSpine(depth, a === EMPTY ? b : a);
  }

  /** The heap of all items but the top one, whose key stays readable. */
  withoutTop(heap: number): number {
    if (this.#pending[heap] !== 0) this.#passOn(heap);
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
    this.addToAll(this.#left[item]!, amount);
    this.addToAll(this.#right[item]!, amount);
    this.#pending[item] = 0;
  }

  /** Hangs `bottom` below the last of the `depth` items of the spine, that one below the last but one, and so on. */
  #hangSpine(depth: number, bottom: number): number {
    const left = this.#left;
    const right = this.#right;
    const rank = this.#rank;
    let below = bottom;
    while (depth > 0) {
      const top = this.#spine[--depth]!;
      const beside = left[top]!;
      const rankBelow = below === EMPTY ? 0 : rank[below]!;
      const rankBeside = beside === EMPTY ? 0 : rank[beside]!;
      const swap = rankBeside < rankBelow;
      left[top] = swap ? below : beside;
      right[top] = swap ? beside : below;
      rank[top] = (swap ? rankBeside : rankBelow) + 1;
      below = top;
    }
    return below;
  }
}
