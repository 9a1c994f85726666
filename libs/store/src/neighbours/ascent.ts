import type { NearestLists } from './nearest-lists';
import type { TieOrder } from './neighbours';
import type { RecordReason } from './pair-journal';

// Reads of typed arrays inside their bounds are never undefined: `!` marks them.

const NOBODY = -1;

export interface AscentOptions {
  /** Steps of a climb that make pairs. */
  readonly climbMax: number;
  /** A step never leads as far as this: what is so far away is no relative. */
  readonly distanceMax: number;
  readonly before: TieOrder;
  /** Told of every pair of a node and a node of its climb that comes or goes. */
  readonly record: RecordReason;
}

/**
 * The way up from every node to where it is more crowded, over the lists of the nearest.
 *
 * A node's crowdedness is its reach, the distance of its k-th nearest: the smaller, the more crowded; equal ones go by
 * the tie order. Its guide is the most crowded of itself and its k nearest, if that is another; its climb are its
 * guide, the guide's guide and so on. Crowdedness grows with every step, so a climb ends.
 *
 * Why: a base is more crowded than any of its children (siblings of steps d and e lie d² + e² apart, a child only d²
 * from the base), so climbs from a family end at its base. The k nearest often miss it: among 10,000 siblings some
 * seem nearer than the base, since fingerprints keep angles to about 1/√dimensions only. Those have made short steps,
 * and find the base. (Mode seeking as in Koontz, Narendra, Fukunaga 1976, on a directed k-nearest graph.)
 */
export class Ascent {
  readonly #lists: NearestLists;
  readonly #options: AscentOptions;
  #guides = new Int32Array(0);
  #followers = new Int32Array(0);
  /** Reaches at the last update. */
  #reaches = new Float32Array(0);

  constructor(lists: NearestLists, options: AscentOptions) {
    this.#lists = lists;
    this.#options = options;
  }

  /** How many nodes have this one as their guide. */
  followers(node: number): number {
    return this.#followers[node] ?? 0;
  }

  /** The nodes that a climb from here makes pairs with, in the order of the climb. */
  climb(node: number): number[] {
    const climb: number[] = [];
    for (let at = this.#guide(node); at !== NOBODY; at = this.#guide(at)) {
      if (climb.push(at) === this.#options.climbMax) break;
    }
    return climb;
  }

  /** The nodes whose climbs make pairs with this one. */
  climbers(node: number): number[] {
    return [...this.#climbersOf([node], this.#options.climbMax)].filter((climber) => climber !== node);
  }

  /**
   * Follows a change of the lists: `changed` are the nodes whose k nearest changed, those that came or left included.
   * Returns the nodes whose followers changed.
   */
  update(changed: ReadonlySet<number>): Set<number> {
    this.#reserve();
    const moved = this.#movedGuides(changed);
    const climbers = this.#climbersOf(moved.keys(), this.#options.climbMax - 1);
    for (const climber of climbers) this.#recordClimb(climber, -1);
    const recounted = new Set<number>();
    for (const [node, guide] of moved) {
      this.#follow(this.#guides[node]!, -1, recounted);
      this.#follow(guide, 1, recounted);
      this.#guides[node] = guide;
    }
    for (const climber of climbers) this.#recordClimb(climber, 1);
    return recounted;
  }

  /** Finds all guides anew, after the lists were restored. Records nothing. */
  restore(nodes: readonly number[]): void {
    this.#reserve();
    for (const node of nodes) this.#reaches[node] = this.#lists.reach(node);
    for (const node of nodes) {
      const guide = this.#bestGuide(node);
      this.#guides[node] = guide;
      this.#follow(guide, 1, new Set());
    }
  }

  #guide(node: number): number {
    return this.#guides[node] ?? NOBODY;
  }

  #follow(guide: number, change: 1 | -1, recounted: Set<number>): void {
    if (guide === NOBODY) return;
    this.#followers[guide]! += change;
    recounted.add(guide);
  }

  #recordClimb(node: number, change: 1 | -1): void {
    for (const guide of this.climb(node)) this.#options.record(node, guide, change);
  }

  /** New guides where they differ: of the changed nodes, and of those that have a changed one among their nearest. */
  #movedGuides(changed: ReadonlySet<number>): Map<number, number> {
    const { denser, sparser } = this.#updateReaches(changed);
    const moved = new Map<number, number>();
    for (const node of changed) moved.set(node, this.#bestGuide(node));
    // Who has lost its guide looks at all its nearest; only then is it enough to compare guides with who has gained.
    for (const node of sparser) {
      for (const holder of this.#lists.holders(node)) {
        if (this.#guides[holder] === node && !changed.has(holder)) moved.set(holder, this.#bestGuide(holder));
      }
    }
    for (const node of denser) {
      for (const holder of this.#lists.holders(node)) {
        const guide = moved.get(holder) ?? this.#guides[holder]!;
        if (guide !== node && this.#leads(node, holder, guide)) moved.set(holder, node);
      }
    }
    for (const [node, guide] of moved) if (guide === this.#guides[node]) moved.delete(node);
    return moved;
  }

  /** Takes over the reaches of the changed nodes; tells who has become more crowded, and who less. */
  #updateReaches(changed: ReadonlySet<number>): { denser: number[]; sparser: number[] } {
    const denser: number[] = [];
    const sparser: number[] = [];
    for (const node of changed) {
      const [before, after] = [this.#reaches[node]!, this.#lists.reach(node)];
      this.#reaches[node] = after;
      if (after < before) denser.push(node);
      if (after > before) sparser.push(node);
    }
    return { denser, sparser };
  }

  /** Whether a neighbour of `node` is a better guide than the one it has. */
  #leads(neighbour: number, node: number, guide: number): boolean {
    if (!this.#isMoreCrowded(neighbour, guide === NOBODY ? node : guide)) return false;
    return this.#hasReach(node) && this.#lists.distanceBetween(node, neighbour)! < this.#options.distanceMax;
  }

  #bestGuide(node: number): number {
    if (!this.#hasReach(node)) return NOBODY;
    let best = node;
    for (let rank = 0; rank < this.#lists.count(node); rank++) {
      if (this.#lists.distance(node, rank) >= this.#options.distanceMax) break;
      const neighbour = this.#lists.neighbour(node, rank);
      if (this.#isMoreCrowded(neighbour, best)) best = neighbour;
    }
    return best === node ? NOBODY : best;
  }

  /** Without k others there is no crowd: everybody is in everybody's list. */
  #hasReach(node: number): boolean {
    return this.#reaches[node]! < Infinity;
  }

  #isMoreCrowded(a: number, b: number): boolean {
    const [reachA, reachB] = [this.#reaches[a]!, this.#reaches[b]!];
    return reachA < reachB || (reachA === reachB && this.#options.before(a, b));
  }

  /** The nodes and all from whom a climb reaches them within so many steps. */
  #climbersOf(nodes: Iterable<number>, steps: number): Set<number> {
    const climbers = new Set(nodes);
    let last: Iterable<number> = [...climbers];
    for (let step = 0; step < steps; step++) {
      const next: number[] = [];
      for (const node of last) {
        for (const holder of this.#lists.holders(node)) {
          if (this.#guide(holder) !== node || climbers.has(holder)) continue;
          climbers.add(holder);
          next.push(holder);
        }
      }
      last = next;
    }
    return climbers;
  }

  #reserve(): void {
    const { capacity } = this.#lists;
    const known = this.#guides.length;
    if (capacity <= known) return;
    this.#guides = extended(this.#guides, capacity).fill(NOBODY, known);
    this.#followers = extended(this.#followers, capacity);
    const reaches = new Float32Array(capacity).fill(Infinity);
    reaches.set(this.#reaches);
    this.#reaches = reaches;
  }
}

function extended(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(length);
  next.set(array);
  return next;
}
