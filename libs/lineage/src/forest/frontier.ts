// Typed-array reads carry `!`: node numbers are below the reserved length, heap positions below `#size`.
import { capacityFor, grownFloat64, grownInt32 } from './grow';
import { Stamps } from './stamps';

/**
 * One direction of a Dijkstra search over nodes. Keys are (distance, hops), compared in that order. A label also says
 * by which edge, and from which node, it was reached.
 *
 * The binary heap keeps outdated entries and skips them on top (`prune`), which is cheaper here than moving entries.
 */
export class Frontier {
  distance: Float64Array;
  hops: Int32Array;
  /** The edge by which a node got its label. */
  via: Int32Array;
  /** The neighbour from which it got it. */
  from: Int32Array;
  /** The nodes expanded so far, in order. */
  readonly settled: number[] = [];

  /** Marks: `#labelled` for a node with a label, `#labelled + 1` once it is settled. */
  readonly #marks: Stamps;
  #labelled = 0;

  #size = 0;
  #heapDistance: Float64Array = new Float64Array(64);
  #heapHops: Int32Array = new Int32Array(64);
  #heapNode: Int32Array = new Int32Array(64);

  constructor(length: number) {
    this.distance = new Float64Array(length);
    this.hops = new Int32Array(length);
    this.via = new Int32Array(length);
    this.from = new Int32Array(length);
    this.#marks = new Stamps(length);
  }

  reserve(length: number): void {
    if (length <= this.hops.length) return;
    this.distance = grownFloat64(this.distance, length);
    this.hops = grownInt32(this.hops, length);
    this.via = grownInt32(this.via, length);
    this.from = grownInt32(this.from, length);
    this.#marks.reserve(length);
  }

  clear(): void {
    this.#labelled = this.#marks.fresh(2);
    this.#size = 0;
    this.settled.length = 0;
  }

  hasLabel(node: number): boolean {
    return this.#marks.marks[node]! >= this.#labelled;
  }

  /** Labels an unsettled node if it has no label or a greater one; whether it did. */
  relax(node: number, distance: number, hops: number, via: number, from: number): boolean {
    const mark = this.#marks.marks[node]!;
    if (mark > this.#labelled) return false;
    if (mark === this.#labelled) {
      const known = this.distance[node]!;
      if (distance > known || (distance === known && hops >= this.hops[node]!)) return false;
    }
    this.#marks.marks[node] = this.#labelled;
    this.distance[node] = distance;
    this.hops[node] = hops;
    this.via[node] = via;
    this.from[node] = from;
    this.#push(distance, hops, node);
    return true;
  }

  /** Drops outdated entries from the top of the heap, so that the top is the least label that is not settled. */
  prune(): void {
    while (this.#size > 0) {
      const node = this.#heapNode[0]!;
      const current =
        this.#marks.marks[node] === this.#labelled &&
        this.#heapDistance[0] === this.distance[node] &&
        this.#heapHops[0] === this.hops[node];
      if (current) return;
      this.#pop();
    }
  }

  /** ∞ where no node is left; to be asked after `prune`, like the next two. */
  topDistance(): number {
    return this.#size > 0 ? this.#heapDistance[0]! : Infinity;
  }

  topHops(): number {
    return this.#heapHops[0]!;
  }

  topNode(): number {
    return this.#heapNode[0]!;
  }

  settleTop(): void {
    const node = this.#heapNode[0]!;
    this.#marks.marks[node] = this.#labelled + 1;
    this.settled.push(node);
    this.#pop();
  }

  #push(distance: number, hops: number, node: number): void {
    if (this.#size === this.#heapNode.length) this.#growHeap();
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#isBelow(distance, hops, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#put(hole, distance, hops, node);
  }

  #pop(): void {
    const last = --this.#size;
    const distance = this.#heapDistance[last]!;
    const hops = this.#heapHops[last]!;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (
        child + 1 < last &&
        this.#isBelow(this.#heapDistance[child + 1]!, this.#heapHops[child + 1]!, child)
      )
        child++;
      if (!this.#isBelow(this.#heapDistance[child]!, this.#heapHops[child]!, last)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#put(hole, distance, hops, this.#heapNode[last]!);
  }

  /** Whether a key is less than the one at a heap position. */
  #isBelow(distance: number, hops: number, position: number): boolean {
    const there = this.#heapDistance[position]!;
    return distance < there || (distance === there && hops < this.#heapHops[position]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#heapDistance[from]!, this.#heapHops[from]!, this.#heapNode[from]!);
  }

  #put(position: number, distance: number, hops: number, node: number): void {
    this.#heapDistance[position] = distance;
    this.#heapHops[position] = hops;
    this.#heapNode[position] = node;
  }

  #growHeap(): void {
    const length = capacityFor(this.#size + 1, this.#size);
    this.#heapDistance = grownFloat64(this.#heapDistance, length);
    this.#heapHops = grownInt32(this.#heapHops, length);
    this.#heapNode = grownInt32(this.#heapNode, length);
  }
}
