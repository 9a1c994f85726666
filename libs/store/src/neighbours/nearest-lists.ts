import assert from 'node:assert/strict';

import { grownCapacity } from './distance-kernel';
import { selectNearest, type Neighbour, type Surroundings, type TieOrder } from './neighbours';

// Reads of typed arrays inside their bounds are never undefined: `!` marks them.

/** An undirected pair of nodes, a < b. */
export interface PairOfNodes {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/** A pair that has become a candidate, or, without a distance, ceased to be one. */
export interface PairChange {
  readonly a: number;
  readonly b: number;
  readonly distance: number | null;
}

export interface CopiedLists {
  readonly lengths: Int32Array;
  readonly ids: Int32Array;
  readonly distances: Float32Array;
}

const ARC_BASE = 2 ** 26;
const NOBODY = -1;

/**
 * The k-nearest list of every node, as a function of the set of nodes (DESIGN 3.6, ALGORITHM section 4): an arrival
 * enters the lists of all to whom it is near and evicts their worst, a departure refills them. The union of the
 * lists is the candidate graph: u-v is a pair when v is among u's k nearest or u among v's.
 *
 * Invariant: the list of u is exactly the nearest `length` nodes to u, min(k, n - 1) <= length <= k + spare, in the
 * order (distance, tie order). Only the first k make pairs. The spares are what a departure is filled from: a base
 * with 100,000 children can leave without 100,000 searches.
 *
 * An arrival costs O(n + entered lists · (k + spare)), a departure O(n · (k + spare)) and a search for each list
 * that falls under k. Where the surroundings are approximate, so is the invariant.
 */
export class NearestLists {
  readonly #k: number;
  readonly #depth: number;
  readonly #before: TieOrder;
  #capacity = 0;
  #size = 0;
  #ids = new Int32Array(0);
  #distances = new Float32Array(0);
  #lengths = new Int32Array(0);
  /** An arrival nearer than this may enter the list: the last distance, or Infinity while the list is short. */
  #radius = new Float32Array(0);
  /** Arcs u -> v (v among u's k nearest) that the current operation gained (true) or lost (false). */
  readonly #arcs = new Map<number, boolean>();

  constructor(k: number, spare: number, before: TieOrder) {
    assert(k >= 1 && spare >= 0, `k is at least 1 and spare at least 0, not ${k} and ${spare}`);
    this.#k = k;
    this.#depth = k + spare;
    this.#before = before;
  }

  /** Adds a node with everybody around it, and returns the pairs that this makes and ends. */
  add(node: number, surroundings: Surroundings): PairChange[] {
    this.#reserve(node + 1);
    assert.equal(this.#lengths[node], 0, `node ${node} has a list already`);
    this.#size++;
    this.#replace(node, selectNearest(surroundings, this.#depth, this.#before, node));
    const { labels, distances, count } = surroundings;
    for (let i = 0; i < count; i++) {
      const other = labels[i]!;
      if (distances[i]! <= this.#radius[other]! && other !== node) this.#enter(other, node, distances[i]!);
    }
    return this.#drain();
  }

  /**
   * Removes a node and returns the pairs that this makes and ends. `around(u)` must no longer see the node.
   */
  remove(node: number, around: (node: number) => Surroundings): PairChange[] {
    const holders = this.#holders(node);
    this.#replace(node, []);
    this.#size--;
    for (const holder of holders) {
      this.#leave(holder, node);
      const length = this.#lengths[holder]!;
      if (length < this.#k && length < this.#size - 1) {
        this.#replace(holder, selectNearest(around(holder), this.#depth, this.#before, holder));
      }
    }
    return this.#drain();
  }

  /** Adds a node without a list, for `restorePair`. */
  restoreNode(node: number): void {
    this.#reserve(node + 1);
    this.#size++;
  }

  /**
   * Restores lists from the pairs that they once made: u's k nearest are all among u's pairs, and the nearest k of
   * those are u's list. Spares cannot be told from the pairs, so there are none afterwards.
   */
  restorePair(a: number, b: number, distance: number): void {
    this.#insert(a, b, distance, this.#k);
    this.#insert(b, a, distance, this.#k);
  }

  /** Copies of whole lists, spares included, one behind the other. */
  copyLists(nodes: readonly number[]): CopiedLists {
    const lengths = Int32Array.from(nodes, (node) => this.#lengths[node]!);
    const entries = lengths.reduce((sum, length) => sum + length, 0);
    const copy = { lengths, ids: new Int32Array(entries), distances: new Float32Array(entries) };
    let at = 0;
    nodes.forEach((node, list) => {
      const [begin, end] = [node * this.#depth, node * this.#depth + lengths[list]!];
      copy.ids.set(this.#ids.subarray(begin, end), at);
      copy.distances.set(this.#distances.subarray(begin, end), at);
      at += end - begin;
    });
    return copy;
  }

  /** Puts copied lists back, for nodes that were restored without any. */
  restoreLists(nodes: readonly number[], { lengths, ids, distances }: CopiedLists): void {
    let at = 0;
    nodes.forEach((node, list) => {
      const [begin, end] = [at, at + lengths[list]!];
      assert(end - begin <= this.#depth, `a list has at most ${this.#depth} entries, not ${end - begin}`);
      this.#ids.set(ids.subarray(begin, end), node * this.#depth);
      this.#distances.set(distances.subarray(begin, end), node * this.#depth);
      this.#setLength(node, end - begin);
      at = end;
    });
  }

  /** The k nearest of a node, nearest first. */
  nearest(node: number): Neighbour[] {
    const begin = node * this.#depth;
    return Array.from({ length: this.#topLength(node) }, (_, rank) => ({
      label: this.#ids[begin + rank]!,
      distance: this.#distances[begin + rank]!,
    }));
  }

  /** The pairs of one node: its own nearest, and those among whose nearest it is. O(n · (k + spare)). */
  pairsOf(node: number): PairOfNodes[] {
    const pairs = new Map(this.nearest(node).map(({ label, distance }) => [label, distance]));
    for (const holder of this.#holders(node)) {
      if (this.#hasArc(holder, node)) pairs.set(holder, this.#distance(holder, node));
    }
    return Array.from(pairs, ([other, distance]) => ({
      a: Math.min(node, other),
      b: Math.max(node, other),
      distance,
    }));
  }

  /** All pairs, each once, for audits. */
  *pairs(): Generator<PairOfNodes> {
    for (let u = 0; u < this.#capacity; u++) {
      for (const { label: v, distance } of this.nearest(u)) {
        if (u < v || !this.#hasArc(v, u)) yield { a: Math.min(u, v), b: Math.max(u, v), distance };
      }
    }
  }

  #enter(list: number, node: number, distance: number): void {
    const pushed = this.#lengths[list]! >= this.#k ? this.#ids[list * this.#depth + this.#k - 1]! : NOBODY;
    const rank = this.#insert(list, node, distance, this.#depth);
    if (rank === -1 || rank >= this.#k) return;
    this.#record(list, node, true);
    if (pushed !== NOBODY) this.#record(list, pushed, false);
  }

  /** Puts a node in its place in a list of at most `lengthMax`; its rank, or -1 when it is beyond the last. */
  #insert(list: number, node: number, distance: number, lengthMax: number): number {
    const [ids, distances, begin] = [this.#ids, this.#distances, list * this.#depth];
    const length = this.#lengths[list]!;
    let at = begin + length;
    for (; at > begin; at--) {
      const last = distances[at - 1]!;
      if (distance > last || (distance === last && !this.#before(node, ids[at - 1]!))) break;
    }
    if (at === begin + length && length >= this.#k) return NOBODY;
    const kept = Math.min(length, lengthMax - 1);
    ids.copyWithin(at + 1, at, begin + kept);
    distances.copyWithin(at + 1, at, begin + kept);
    ids[at] = node;
    distances[at] = distance;
    this.#setLength(list, kept + 1);
    return at - begin;
  }

  #leave(list: number, node: number): void {
    const begin = list * this.#depth;
    const length = this.#lengths[list]!;
    const at = this.#ids.subarray(begin, begin + length).indexOf(node) + begin;
    if (at - begin < this.#k) {
      this.#record(list, node, false);
      if (length > this.#k) this.#record(list, this.#ids[begin + this.#k]!, true);
    }
    this.#ids.copyWithin(at, at + 1, begin + length);
    this.#distances.copyWithin(at, at + 1, begin + length);
    this.#ids[begin + length - 1] = NOBODY;
    this.#setLength(list, length - 1);
  }

  #replace(list: number, neighbours: readonly Neighbour[]): void {
    for (const { label } of this.nearest(list)) this.#record(list, label, false);
    const begin = list * this.#depth;
    this.#ids.fill(NOBODY, begin, begin + this.#depth);
    neighbours.forEach(({ label, distance }, rank) => {
      this.#ids[begin + rank] = label;
      this.#distances[begin + rank] = distance;
      if (rank < this.#k) this.#record(list, label, true);
    });
    this.#setLength(list, neighbours.length);
  }

  #setLength(list: number, length: number): void {
    this.#lengths[list] = length;
    this.#radius[list] = length < this.#k ? Infinity : this.#distances[list * this.#depth + length - 1]!;
  }

  #topLength(list: number): number {
    return Math.min(this.#k, this.#lengths[list]!);
  }

  #hasArc(from: number, to: number): boolean {
    const begin = from * this.#depth;
    const end = begin + this.#topLength(from);
    for (let at = begin; at < end; at++) if (this.#ids[at] === to) return true;
    return false;
  }

  #holders(node: number): number[] {
    const holders: number[] = [];
    for (let at = this.#ids.indexOf(node); at !== -1; at = this.#ids.indexOf(node, at + 1)) {
      holders.push(Math.floor(at / this.#depth));
    }
    return holders;
  }

  #record(from: number, to: number, gained: boolean): void {
    const arc = from * ARC_BASE + to;
    if (this.#arcs.get(arc) === !gained) this.#arcs.delete(arc);
    else this.#arcs.set(arc, gained);
  }

  /** The pairs that differ from those before the operation; an arc that did not change was then what it is now. */
  #drain(): PairChange[] {
    const changes: PairChange[] = [];
    for (const arc of this.#arcs.keys()) {
      const [u, v] = [Math.floor(arc / ARC_BASE), arc % ARC_BASE];
      const back = this.#arcs.get(v * ARC_BASE + u);
      if (back !== undefined && u > v) continue;
      const after = this.#hasArc(u, v) || this.#hasArc(v, u);
      const before = this.#arcs.get(arc) === false || (back === undefined ? this.#hasArc(v, u) : !back);
      if (before === after) continue;
      const distance = after ? this.#distance(u, v) : null;
      changes.push({ a: Math.min(u, v), b: Math.max(u, v), distance });
    }
    this.#arcs.clear();
    return changes;
  }

  #distance(u: number, v: number): number {
    const [list, other] = this.#hasArc(u, v) ? [u, v] : [v, u];
    const begin = list * this.#depth;
    return this.#distances[begin + this.#ids.subarray(begin, begin + this.#depth).indexOf(other)]!;
  }

  #reserve(nodes: number): void {
    if (nodes <= this.#capacity) return;
    assert(nodes < ARC_BASE, `at most ${ARC_BASE} nodes, not ${nodes}`);
    const capacity = grownCapacity(this.#capacity, nodes);
    const ids = new Int32Array(capacity * this.#depth).fill(NOBODY, this.#ids.length);
    ids.set(this.#ids);
    this.#ids = ids;
    this.#distances = extended(this.#distances, capacity * this.#depth);
    this.#radius = extended(this.#radius, capacity);
    const lengths = new Int32Array(capacity);
    lengths.set(this.#lengths);
    this.#lengths = lengths;
    this.#capacity = capacity;
  }
}

function extended(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const next = new Float32Array(length);
  next.set(array);
  return next;
}
