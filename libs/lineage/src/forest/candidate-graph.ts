// Typed-array reads carry `!`: node and edge numbers come from this structure itself.
import assert from 'node:assert/strict';

import { capacityFor, grownFloat64, grownInt32 } from './grow';

/** "No edge"; also the end of a list. */
export const NO_EDGE = -1;

/**
 * The edges among which the forest chooses, as arrays.
 *
 * An edge is a number. Edges e ≥ 0 come in mates: e and e ^ 1 are the two directions of one candidate pair, so that the
 * tail of an edge is the head of its mate, and the edges out of a node are the mates of those into it. The edge from
 * the virtual root into v is ~v (≤ −2). Every node keeps a doubly linked list of the edges into it.
 *
 * 20 bytes a directed edge, 17 a node.
 */
export class CandidateGraph {
  nodeCount = 0;
  pairCount = 0;
  /** Per node. */
  alive: Uint8Array;
  rootCost: Float64Array;
  firstIn: Int32Array;
  degree: Int32Array;
  /** Per directed edge. */
  head: Int32Array;
  cost: Float64Array;
  next: Int32Array;
  previous: Int32Array;
  /** Edges 0..edgesUsed-1 have been given out; those given back form a list through `next`. */
  #edgesUsed = 0;
  #firstFree = NO_EDGE;

  constructor(nodeCapacity: number, pairCapacity: number) {
    this.alive = new Uint8Array(nodeCapacity);
    this.rootCost = new Float64Array(nodeCapacity);
    this.firstIn = new Int32Array(nodeCapacity).fill(NO_EDGE);
    this.degree = new Int32Array(nodeCapacity);
    this.head = new Int32Array(2 * pairCapacity);
    this.cost = new Float64Array(2 * pairCapacity);
    this.next = new Int32Array(2 * pairCapacity);
    this.previous = new Int32Array(2 * pairCapacity);
  }

  /** Node numbers below this have room. */
  get nodeCapacity(): number {
    return this.alive.length;
  }

  has(node: number): boolean {
    return this.alive[node] === 1;
  }

  /** Edge numbers below this have been given out at some time. */
  get edgesEnd(): number {
    return this.#edgesUsed;
  }

  /** Whether an edge number belongs to a pair now. */
  isGivenOut(edge: number): boolean {
    return this.head[edge] !== 0;
  }

  headOf(edge: number): number {
    return edge >= 0 ? this.head[edge]! : ~edge;
  }

  tailOf(edge: number): number {
    return edge >= 0 ? this.head[edge ^ 1]! : 0;
  }

  costOf(edge: number): number {
    return edge >= 0 ? this.cost[edge]! : this.rootCost[~edge]!;
  }

  setCost(edge: number, cost: number): void {
    if (edge >= 0) this.cost[edge] = cost;
    else this.rootCost[~edge] = cost;
  }

  reserveNodes(capacity: number): void {
    if (capacity <= this.nodeCapacity) return;
    const alive = new Uint8Array(capacity);
    alive.set(this.alive);
    this.alive = alive;
    this.rootCost = grownFloat64(this.rootCost, capacity);
    this.firstIn = grownInt32(this.firstIn, capacity, NO_EDGE);
    this.degree = grownInt32(this.degree, capacity);
  }

  addNode(node: number, rootCost: number): void {
    const isNew = node >= 1 && node < this.nodeCapacity && !this.has(node);
    if (!isNew) assert.fail(`a new node below ${this.nodeCapacity} expected, ${node} found`);
    this.alive[node] = 1;
    this.rootCost[node] = rootCost;
    this.nodeCount++;
  }

  removeNode(node: number): void {
    if (this.degree[node] !== 0)
      assert.fail(`node ${node} expected without pairs, ${this.degree[node]} found`);
    this.alive[node] = 0;
    this.nodeCount--;
  }

  /** The edge tail→head of a new pair; its mate is head→tail. */
  addPair(tail: number, head: number, costThere: number, costBack: number): number {
    const edge = this.#takeEdges();
    this.head[edge] = head;
    this.head[edge ^ 1] = tail;
    this.cost[edge] = costThere;
    this.cost[edge ^ 1] = costBack;
    this.#link(edge);
    this.#link(edge ^ 1);
    this.pairCount++;
    return edge;
  }

  removePair(edge: number): void {
    const first = edge & ~1;
    this.#unlink(first);
    this.#unlink(first ^ 1);
    this.head[first] = this.head[first ^ 1] = 0;
    this.next[first] = this.#firstFree;
    this.#firstFree = first;
    this.pairCount--;
  }

  /** The edge tail→head, or `NO_EDGE` if the two are no pair. O(the smaller degree). */
  find(tail: number, head: number): number {
    const { degree, firstIn, next } = this;
    const backwards = degree[tail]! < degree[head]!;
    const at = backwards ? tail : head;
    const other = backwards ? head : tail;
    for (let edge = firstIn[at]!; edge !== NO_EDGE; edge = next[edge]!)
      if (this.head[edge ^ 1] === other) return backwards ? edge ^ 1 : edge;
    return NO_EDGE;
  }

  #takeEdges(): number {
    const free = this.#firstFree;
    if (free !== NO_EDGE) {
      this.#firstFree = this.next[free]!;
      return free;
    }
    const edge = this.#edgesUsed;
    if (edge + 2 > this.head.length)
      this.#growEdges(2 * Math.ceil(capacityFor(edge + 2, this.head.length) / 2));
    this.#edgesUsed = edge + 2;
    return edge;
  }

  #growEdges(length: number): void {
    this.head = grownInt32(this.head, length);
    this.cost = grownFloat64(this.cost, length);
    this.next = grownInt32(this.next, length);
    this.previous = grownInt32(this.previous, length);
  }

  #link(edge: number): void {
    const node = this.head[edge]!;
    const first = this.firstIn[node]!;
    this.next[edge] = first;
    this.previous[edge] = NO_EDGE;
    if (first !== NO_EDGE) this.previous[first] = edge;
    this.firstIn[node] = edge;
    this.degree[node]!++;
  }

  #unlink(edge: number): void {
    const node = this.head[edge]!;
    const next = this.next[edge]!;
    const previous = this.previous[edge]!;
    if (previous === NO_EDGE) this.firstIn[node] = next;
    else this.next[previous] = next;
    if (next !== NO_EDGE) this.previous[next] = previous;
    this.degree[node]!--;
  }
}
