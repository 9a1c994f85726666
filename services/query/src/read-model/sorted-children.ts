import assert from 'node:assert/strict';

/** A total order of labels; never 0 for two different ones. */
export type LabelOrder = (a: number, b: number) => number;

/** Under this many new children a binary insertion each is cheaper than merging the whole list. */
const INSERT_MAX = 16;

/**
 * The children of one model in a given total order. Additions wait in a tail that is merged when the order is next
 * asked for, so that a family of 10^5 children loads in n log n and a later arrival costs one insertion.
 */
export class SortedChildren {
  #sorted: number[] = [];
  #tail: number[] = [];

  add(label: number): void {
    this.#tail.push(label);
  }

  remove(label: number, order: LabelOrder): void {
    const at = this.#position(this.all(order), label, order);
    assert.equal(this.#sorted[at], label, `label ${label} is not among these children`);
    this.#sorted.splice(at, 1);
  }

  /** All children in order. The array is the living one: read it, do not keep it. */
  all(order: LabelOrder): readonly number[] {
    if (this.#tail.length > INSERT_MAX) this.#merge(order);
    else
      for (const label of this.#tail)
        this.#sorted.splice(this.#position(this.#sorted, label, order), 0, label);
    this.#tail = [];
    return this.#sorted;
  }

  /** Index of the first child after `label`, whether or not `label` is one. */
  after(label: number, order: LabelOrder): number {
    const children = this.all(order);
    const at = this.#position(children, label, order);
    return children[at] === label ? at + 1 : at;
  }

  #position(labels: readonly number[], label: number, order: LabelOrder): number {
    let low = 0;
    let high = labels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order(labels[middle] as number, label) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #merge(order: LabelOrder): void {
    const left = this.#sorted;
    const right = this.#tail.sort(order);
    const merged = new Array<number>(left.length + right.length);
    for (let i = 0, j = 0, k = 0; k < merged.length; k++) {
      const takeLeft =
        j >= right.length || (i < left.length && order(left[i] as number, right[j] as number) < 0);
      merged[k] = (takeLeft ? left[i++] : right[j++]) as number;
    }
    this.#sorted = merged;
  }
}
