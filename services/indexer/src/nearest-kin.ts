import type { PairBook } from './pair-book';

interface KinAt {
  readonly label: number;
  readonly distance: number;
}

/** Lists kept at a time; all are dropped when there are more, and made again as they are asked for. */
const LISTS_MAX = 20_000;

/**
 * The nearest kin of labels, nearest first, ties by content; as many as `kinMax`. Lists are kept up to date with the pairs, since
 * a popular base has kin by the thousands and gains one with nearly every arrival.
 */
export class NearestKin {
  readonly #lists = new Map<number, KinAt[]>();

  constructor(
    private readonly pairs: PairBook,
    private readonly contentOf: (label: number) => string,
    private readonly kinMax: number,
  ) {}

  /** At most `count` of them, which is at most `kinMax`. */
  of(label: number, count: number): number[] {
    return this.#listOf(label)
      .slice(0, count)
      .map(({ label: other }) => other);
  }

  /** Two have become kin, the last that did. */
  paired(a: number, b: number, distance: number): void {
    this.#insert(a, { label: b, distance });
    this.#insert(b, { label: a, distance });
  }

  /** Two are kin no more. */
  parted(a: number, b: number): void {
    this.#remove(a, b);
    this.#remove(b, a);
  }

  #listOf(label: number): KinAt[] {
    const known = this.#lists.get(label);
    if (known !== undefined && known.length >= Math.min(this.kinMax, this.pairs.kinCount(label)))
      return known;
    if (this.#lists.size >= LISTS_MAX) this.#lists.clear();
    const list: KinAt[] = [];
    this.pairs.forEachKin(label, (other, distance) => this.#place(list, { label: other, distance }));
    this.#lists.set(label, list);
    return list;
  }

  /** A list that leaves some out knows nothing of what is farther than its last. */
  #insert(label: number, kin: KinAt): void {
    const list = this.#lists.get(label);
    if (list === undefined) return;
    const last = list[list.length - 1];
    const isComplete = list.length === this.pairs.kinCount(label) - 1;
    if (isComplete || (last !== undefined && this.#precedes(kin, last))) this.#place(list, kin);
  }

  /** A list that has lost some holds the nearest all the same, until it is too short to be sure. */
  #remove(label: number, other: number): void {
    const list = this.#lists.get(label);
    const at = list?.findIndex((kin) => kin.label === other) ?? -1;
    if (at !== -1) list!.splice(at, 1);
  }

  /** Longer than is asked for, so that one that leaves does not cost a new list. */
  #place(list: KinAt[], kin: KinAt): void {
    if (list.length >= 2 * this.kinMax && !this.#precedes(kin, list[list.length - 1]!)) return;
    let low = 0;
    for (let high = list.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#precedes(list[middle]!, kin)) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, kin);
    if (list.length > 2 * this.kinMax) list.pop();
  }

  #precedes(x: KinAt, y: KinAt): boolean {
    return (
      x.distance < y.distance ||
      (x.distance === y.distance && this.contentOf(x.label) < this.contentOf(y.label))
    );
  }
}
