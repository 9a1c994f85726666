import type { ParentChange } from './forest';
import { grownInt32 } from './grow';
import { Stamps } from './stamps';

/** In a log: the node is not in the forest. */
export const ABSENT = -1;

/** Remembers the parent that each touched node had when the log was last taken. */
export class ChangeLog {
  #before: Int32Array;
  readonly #touched: Stamps;
  #stamp: number;
  #labels: number[] = [];

  constructor(length: number) {
    this.#before = new Int32Array(length);
    this.#touched = new Stamps(length);
    this.#stamp = this.#touched.fresh(1);
  }

  reserve(length: number): void {
    if (length > this.#before.length) this.#before = grownInt32(this.#before, length);
    this.#touched.reserve(length);
  }

  get isEmpty(): boolean {
    return this.#labels.length === 0;
  }

  /** To be called before a parent changes; only the first call since the last `take` counts. */
  note(label: number, parent: number): void {
    if (this.#touched.marks[label] === this.#stamp) return;
    this.#touched.marks[label] = this.#stamp;
    this.#before[label] = parent;
    this.#labels.push(label);
  }

  /** The net changes, ascending by label; the log is empty afterwards. */
  take(parentNow: (label: number) => number): ParentChange[] {
    const changes: ParentChange[] = [];
    for (const label of this.#labels.sort((a, b) => a - b)) {
      const before = this.#before[label]!;
      const after = parentNow(label);
      if (before !== after) changes.push({ label, before: orNull(before), after: orNull(after) });
    }
    this.#labels = [];
    this.#stamp = this.#touched.fresh(1);
    return changes;
  }
}

function orNull(parent: number): number | null {
  return parent === ABSENT ? null : parent;
}
