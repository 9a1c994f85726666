import type { Places } from './candidate-level';
import type { Surroundings } from './neighbours';

/**
 * The hubs of a level under dense numbers of their own, their slots, so that the level above takes space for them
 * alone. They see one another exactly, whatever the index below.
 */
export class HubPlaces implements Places {
  readonly #below: Places;
  readonly #slotOf = new Map<number, number>();
  readonly #nodes: number[] = [];
  readonly #free: number[] = [];

  constructor(below: Places) {
    this.#below = below;
  }

  slot(node: number): number | undefined {
    return this.#slotOf.get(node);
  }

  node(slot: number): number {
    return this.#nodes[slot]!;
  }

  enter(node: number): number {
    const slot = this.#free.pop() ?? this.#nodes.length;
    this.#nodes[slot] = node;
    this.#slotOf.set(node, slot);
    return slot;
  }

  /** From now on nobody sees the node. Its slot still means it until it is vacated. */
  leave(node: number): number | undefined {
    const slot = this.#slotOf.get(node);
    this.#slotOf.delete(node);
    return slot;
  }

  vacate(slot: number): void {
    this.#free.push(slot);
  }

  before = (a: number, b: number): boolean => this.#below.before(this.node(a), this.node(b));

  around(slot: number): Surroundings {
    const labels = Int32Array.from(this.#slotOf.values());
    const distances = this.#below.distances(this.node(slot), [...this.#slotOf.keys()]);
    return { count: labels.length, labels, distances };
  }

  distances(slot: number, others: readonly number[]): Float32Array {
    return this.#below.distances(
      this.node(slot),
      others.map((other) => this.node(other)),
    );
  }
}
