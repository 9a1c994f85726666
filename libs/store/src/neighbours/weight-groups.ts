import assert from 'node:assert/strict';

import type { TieOrder } from './neighbours';

/** The models with one and the same weights, under one node. */
export interface Group {
  readonly node: number;
  readonly content: string;
  /** In the order of `precedes`: the first represents all. */
  readonly labels: readonly number[];
}

interface MutableGroup extends Group {
  readonly labels: number[];
}

/** Which labels have equal weights, and the dense node number of each such group. */
export class WeightGroups {
  readonly #precedes: TieOrder;
  readonly #ofLabel = new Map<number, MutableGroup>();
  readonly #ofContent = new Map<string, MutableGroup>();
  readonly #ofNode: (MutableGroup | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(precedes: TieOrder) {
    this.#precedes = precedes;
  }

  /** Labels in all groups. */
  get labels(): number {
    return this.#ofLabel.size;
  }

  /** Groups. */
  get size(): number {
    return this.#ofContent.size;
  }

  withLabel(label: number): Group | undefined {
    return this.#ofLabel.get(label);
  }

  withContent(content: string): Group | undefined {
    return this.#ofContent.get(content);
  }

  ofLabel(label: number): Group {
    return this.#mutable(label);
  }

  ofNode(node: number): Group {
    const group = this.#ofNode[node];
    if (group === undefined) assert.fail(`node ${node} is not in the candidate graph`);
    return group;
  }

  *[Symbol.iterator](): Generator<Group> {
    for (const group of this.#ofNode) if (group !== undefined) yield group;
  }

  /** A new group of one label. */
  open(label: number, content: string): Group {
    this.#assertNew(label);
    const node = this.#free.pop() ?? this.#ofNode.length;
    const group: MutableGroup = { node, content, labels: [label] };
    this.#ofNode[node] = group;
    this.#ofLabel.set(label, group);
    this.#ofContent.set(content, group);
    return group;
  }

  /** Forgets a group of one label. */
  close({ node, content, labels }: Group): void {
    assert.equal(labels.length, 1, `a group of ${labels.length} labels is still in use`);
    this.#ofLabel.delete(labels[0]!);
    this.#ofContent.delete(content);
    this.#ofNode[node] = undefined;
    this.#free.push(node);
  }

  join(group: Group, label: number): void {
    this.#assertNew(label);
    const joined = this.#mutable(group.labels[0]!);
    const rank = joined.labels.findIndex((other) => this.#precedes(label, other));
    joined.labels.splice(rank === -1 ? joined.labels.length : rank, 0, label);
    this.#ofLabel.set(label, joined);
  }

  /** Takes one of several labels out of its group. */
  part(label: number): void {
    const { labels } = this.#mutable(label);
    labels.splice(labels.indexOf(label), 1);
    this.#ofLabel.delete(label);
  }

  #mutable(label: number): MutableGroup {
    const group = this.#ofLabel.get(label);
    if (group === undefined) assert.fail(`label ${label} is not in the candidate graph`);
    return group;
  }

  #assertNew(label: number): void {
    assert(!this.#ofLabel.has(label), `label ${label} is in the candidate graph`);
  }
}
