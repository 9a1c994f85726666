import assert from 'node:assert/strict';

import { ListEntries, NOWHERE } from './list-entries';
import { selectNearest, type Neighbour, type Surroundings, type TieOrder } from './neighbours';
import { NODES_MAX, type RecordReason } from './pair-journal';

// Reads of typed arrays inside their bounds are never undefined: `!` marks them.

export interface CopiedLists {
  readonly lengths: Int32Array;
  readonly ids: Int32Array;
  readonly distances: Float32Array;
}

export interface NearestListsOptions {
  readonly k: number;
  /** Further entries, kept for departures. */
  readonly spare: number;
  readonly before: TieOrder;
  /** Neighbours as far away as this are listed but are no reason for a pair. */
  readonly pairDistanceMax: number;
  /** Told of every arc u -> v (v among u's k nearest) that comes or goes. */
  readonly record: RecordReason;
}

/**
 * The k-nearest list of every node, as a function of the set of nodes (DESIGN 3.6, ALGORITHM section 4): an arrival
 * enters the lists of all to whom it is near and evicts their worst, a departure refills them.
 *
 * Invariant: the list of u is exactly the nearest `length` nodes to u, min(k, n - 1) <= length <= k + spare, in the
 * order (distance, tie order). Only the first k make arcs. The spares are what a departure is filled from: a base
 * with 100,000 children can leave without 100,000 searches.
 *
 * An arrival costs O(n + entered lists · (k + spare)), a departure O(holders · (k + spare)) and a search for each
 * list that falls under k. Where the surroundings are approximate, so is the invariant.
 */
export class NearestLists {
  readonly #k: number;
  readonly #depth: number;
  readonly #before: TieOrder;
  readonly #pairDistanceMax: number;
  readonly #record: RecordReason;
  readonly #entries: ListEntries;
  #size = 0;
  /** An arrival nearer than this may enter the list: the last distance, or Infinity while the list is short. */
  #radius = new Float32Array(0);
  #changed = new Set<number>();

  constructor({ k, spare, before, pairDistanceMax, record }: NearestListsOptions) {
    assert(k >= 1 && spare >= 0, `k is at least 1 and spare at least 0, not ${k} and ${spare}`);
    this.#k = k;
    this.#depth = k + spare;
    this.#before = before;
    this.#pairDistanceMax = pairDistanceMax;
    this.#record = record;
    // One place more, for whoever is being pushed out.
    this.#entries = new ListEntries(this.#depth + 1);
  }

  /** Nodes are smaller than this. */
  get capacity(): number {
    return this.#entries.capacity;
  }

  /** Adds a node with everybody around it. */
  add(node: number, surroundings: Surroundings): void {
    this.#reserve(node + 1);
    assert.equal(this.#entries.length(node), 0, `node ${node} has a list already`);
    this.#size++;
    this.#replace(node, selectNearest(surroundings, this.#depth, this.#before, node));
    const { labels, distances, count } = surroundings;
    for (let i = 0; i < count; i++) {
      const other = labels[i]!;
      if (distances[i]! <= this.#radius[other]! && other !== node) this.#enter(other, node, distances[i]!);
    }
  }

  /** Removes a node. `around(u)` must no longer see it. Returns the nodes whose lists a new search filled. */
  remove(node: number, around: (node: number) => Surroundings): number[] {
    const refilled: number[] = [];
    const holders = this.#entries.holders(node);
    this.#replace(node, []);
    this.#size--;
    for (const holder of holders) {
      this.#leave(holder, node);
      const length = this.#entries.length(holder);
      if (length < this.#k && length < this.#size - 1) {
        this.#replace(holder, selectNearest(around(holder), this.#depth, this.#before, holder));
        refilled.push(holder);
      }
    }
    return refilled;
  }

  /** Shows a node to a list that may not have seen it. True where it came in: never in exact lists. */
  offer(list: number, node: number, distance: number): boolean {
    if (distance > this.#radius[list]! || this.#entries.rankOf(list, node) !== NOWHERE) return false;
    return this.#enter(list, node, distance);
  }

  /** The nodes whose k nearest changed since this was last asked, those that left included. */
  takeChanged(): Set<number> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
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
    this.#insert(a, b, distance);
    this.#trim(a, this.#k);
    this.#insert(b, a, distance);
    this.#trim(b, this.#k);
  }

  /** Copies of whole lists, spares included, one behind the other. */
  copyLists(nodes: readonly number[]): CopiedLists {
    const lengths = Int32Array.from(nodes, (node) => this.#entries.length(node));
    const entries = lengths.reduce((sum, length) => sum + length, 0);
    const copy = { lengths, ids: new Int32Array(entries), distances: new Float32Array(entries) };
    let at = 0;
    for (const node of nodes) {
      for (let rank = 0; rank < this.#entries.length(node); rank++, at++) {
        copy.ids[at] = this.#entries.id(node, rank);
        copy.distances[at] = this.#entries.distance(node, rank);
      }
    }
    return copy;
  }

  /** Puts copied lists back, for nodes that were restored without any. */
  restoreLists(nodes: readonly number[], { lengths, ids, distances }: CopiedLists): void {
    let at = 0;
    nodes.forEach((node, list) => {
      const length = lengths[list]!;
      assert(length <= this.#depth, `a list has at most ${this.#depth} entries, not ${length}`);
      for (let rank = 0; rank < length; rank++, at++) {
        this.#entries.insert(node, rank, ids[at]!, distances[at]!);
      }
      this.#updateRadius(node);
    });
  }

  /** How many of a node's nearest are listed: k, unless there are not so many others. */
  count(node: number): number {
    return Math.min(this.#k, this.#entries.length(node));
  }

  /** The node at a rank below `count`, 0 the nearest. */
  neighbour(node: number, rank: number): number {
    return this.#entries.id(node, rank);
  }

  distance(node: number, rank: number): number {
    return this.#entries.distance(node, rank);
  }

  /** The distance of the k-th nearest: small where it is crowded. Infinity where there is none. */
  reach(node: number): number {
    return this.#entries.length(node) < this.#k ? Infinity : this.#entries.distance(node, this.#k - 1);
  }

  /** The nodes that have this one among their k nearest. */
  holders(node: number): number[] {
    return this.#entries.holders(node, this.#k);
  }

  /** The distance of two nodes where one holds the other; else undefined. */
  distanceBetween(u: number, v: number): number | undefined {
    const rank = this.#entries.rankOf(u, v);
    if (rank !== NOWHERE) return this.#entries.distance(u, rank);
    const back = this.#entries.rankOf(v, u);
    return back === NOWHERE ? undefined : this.#entries.distance(v, back);
  }

  /** Whether v is among u's k nearest and near enough to make a pair. */
  hasArc(u: number, v: number): boolean {
    const rank = this.#entries.rankOf(u, v);
    return rank !== NOWHERE && rank < this.#k && this.#entries.distance(u, rank) < this.#pairDistanceMax;
  }

  /** Puts a node into a list of others; true where it came in. */
  #enter(list: number, node: number, distance: number): boolean {
    const rank = this.#insert(list, node, distance);
    if (rank === NOWHERE) return false;
    if (rank < this.#k) {
      this.#noteArc(list, rank, 1);
      if (this.#entries.length(list) > this.#k) this.#noteArc(list, this.#k, -1);
    }
    this.#trim(list, this.#depth);
    return true;
  }

  #leave(list: number, node: number): void {
    const rank = this.#entries.rankOf(list, node);
    if (rank < this.#k) {
      this.#noteArc(list, rank, -1);
      if (this.#entries.length(list) > this.#k) this.#noteArc(list, this.#k, 1);
    }
    this.#entries.remove(list, rank);
    this.#updateRadius(list);
  }

  #replace(list: number, neighbours: readonly Neighbour[]): void {
    for (let rank = 0; rank < this.count(list); rank++) this.#noteArc(list, rank, -1);
    this.#entries.clear(list);
    neighbours.forEach(({ label, distance }, rank) => this.#entries.insert(list, rank, label, distance));
    for (let rank = 0; rank < this.count(list); rank++) this.#noteArc(list, rank, 1);
    this.#changed.add(list);
    this.#updateRadius(list);
  }

  /** Puts a node in its place, which may make the list longer than allowed; its rank, or NOWHERE beyond the last. */
  #insert(list: number, node: number, distance: number): number {
    const length = this.#entries.length(list);
    let rank = length;
    for (; rank > 0; rank--) {
      const last = this.#entries.distance(list, rank - 1);
      if (distance > last) break;
      if (distance === last && !this.#before(node, this.#entries.id(list, rank - 1))) break;
    }
    if (rank === length && length >= this.#k) return NOWHERE;
    this.#entries.insert(list, rank, node, distance);
    return rank;
  }

  #trim(list: number, lengthMax: number): void {
    if (this.#entries.length(list) > lengthMax) this.#entries.remove(list, lengthMax);
    this.#updateRadius(list);
  }

  #updateRadius(list: number): void {
    const length = this.#entries.length(list);
    this.#radius[list] = length < this.#k ? Infinity : this.#entries.distance(list, length - 1);
  }

  /** Notes that the arc to the entry at a rank has come or is about to go. */
  #noteArc(list: number, rank: number, change: 1 | -1): void {
    this.#changed.add(list);
    if (this.#entries.distance(list, rank) >= this.#pairDistanceMax) return;
    this.#record(list, this.#entries.id(list, rank), change);
  }

  #reserve(nodes: number): void {
    if (nodes <= this.capacity) return;
    assert(nodes < NODES_MAX, `at most ${NODES_MAX} nodes, not ${nodes}`);
    this.#entries.reserve(nodes);
    const radius = new Float32Array(this.capacity).fill(Infinity);
    radius.set(this.#radius);
    this.#radius = radius;
  }
}
