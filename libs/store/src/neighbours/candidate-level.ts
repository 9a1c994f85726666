import { Ascent } from './ascent';
import type { CandidateDefinition } from './candidate-definition';
import { HubPlaces } from './hub-places';
import { NearestLists } from './nearest-lists';
import type { Surroundings, TieOrder } from './neighbours';
import type { RecordReason } from './pair-journal';

export interface LevelOptions extends CandidateDefinition {
  /** Further entries of a list, kept for departures. */
  readonly spare: number;
}

/** Where the nodes of a level are. */
export interface Places {
  readonly before: TieOrder;
  around(node: number): Surroundings;
  /** Squared distances to others, in their order; valid until the next call. */
  distances(node: number, others: readonly number[]): Float32Array;
}

/**
 * One level of the candidate graph: the k-nearest lists of its nodes, the climbs over them, and above it, as a level
 * of its own, its hubs: the nodes that many others have as their guide. A function of the set of nodes; every reason
 * that it gives for a pair goes to `record`.
 *
 * Why hubs: the k nearest of a popular model are all its own children, and nowhere near is it more crowded. So neither
 * lists nor climbs lead out of its family to the model that it descends from itself, although no edge matters more.
 * Among hubs alone it is near.
 */
export class CandidateLevel {
  readonly lists: NearestLists;
  readonly #options: LevelOptions;
  readonly #places: Places;
  readonly #record: RecordReason;
  readonly #ascent: Ascent;
  #above: { readonly places: HubPlaces; readonly level: CandidateLevel } | null = null;

  /** `pairDistanceMax`: who is listed but as far away makes no pair. */
  constructor(options: LevelOptions, places: Places, record: RecordReason, pairDistanceMax: number) {
    const { before } = places;
    const { relatedDistanceMax: distanceMax } = options;
    this.#options = options;
    this.#places = places;
    this.#record = record;
    this.lists = new NearestLists({ ...options, before, pairDistanceMax, record });
    this.#ascent = new Ascent(this.lists, { ...options, distanceMax, before, record });
  }

  add(node: number): void {
    this.lists.add(node, this.#places.around(node));
    this.settle();
  }

  /** Removes a node that nobody sees around any more. Returns the nodes whose lists a new search filled. */
  remove(node: number): number[] {
    // From the top down: a level that searches must not meet it any more.
    this.#leaveHubs(node);
    const refilled = this.lists.remove(node, (holder) => this.#places.around(holder));
    this.settle();
    return refilled;
  }

  /** Brings climbs and hubs up to date with the lists. */
  settle(): void {
    const recounted = this.#ascent.update(this.lists.takeChanged());
    for (const node of recounted) if (!this.#isHub(node)) this.#leaveHubs(node);
    for (const node of recounted) if (this.#isHub(node)) this.#enterHubs(node);
  }

  /** Finds climbs and hubs for lists that were restored. */
  restore(nodes: readonly number[]): void {
    this.lists.takeChanged();
    this.#ascent.restore(nodes);
    for (const node of nodes) if (this.#isHub(node)) this.#enterHubs(node);
  }

  /** How many reasons this level and those above give for a pair. */
  reasons(u: number, v: number): number {
    const reasons = [
      this.lists.hasArc(u, v),
      this.lists.hasArc(v, u),
      this.#ascent.climb(u).includes(v),
      this.#ascent.climb(v).includes(u),
    ];
    return reasons.filter(Boolean).length + this.#reasonsAbove(u, v);
  }

  /** All nodes that a node makes a pair with. */
  partners(node: number): Set<number> {
    const partners = new Set(this.lists.holders(node));
    for (let rank = 0; rank < this.lists.count(node); rank++) partners.add(this.lists.neighbour(node, rank));
    for (const other of partners) {
      if (!this.lists.hasArc(node, other) && !this.lists.hasArc(other, node)) partners.delete(other);
    }
    for (const other of this.#ascent.climb(node)) partners.add(other);
    for (const other of this.#ascent.climbers(node)) partners.add(other);
    for (const other of this.#partnersAbove(node)) partners.add(other);
    return partners;
  }

  #isHub(node: number): boolean {
    return this.#ascent.followers(node) >= this.#options.hubFollowersMin;
  }

  #enterHubs(node: number): void {
    this.#above ??= this.#levelAbove();
    const { places, level } = this.#above;
    if (places.slot(node) === undefined) level.add(places.enter(node));
  }

  #leaveHubs(node: number): void {
    const slot = this.#above?.places.leave(node);
    if (slot === undefined) return;
    this.#above!.level.remove(slot);
    this.#above!.places.vacate(slot);
  }

  #levelAbove(): { places: HubPlaces; level: CandidateLevel } {
    const places = new HubPlaces(this.#places);
    const record: RecordReason = (u, v, change) => this.#record(places.node(u), places.node(v), change);
    const level = new CandidateLevel(this.#options, places, record, this.#options.relatedDistanceMax);
    return { places, level };
  }

  #reasonsAbove(u: number, v: number): number {
    if (this.#above === null) return 0;
    const { places, level } = this.#above;
    const [slotU, slotV] = [places.slot(u), places.slot(v)];
    return slotU === undefined || slotV === undefined ? 0 : level.reasons(slotU, slotV);
  }

  #partnersAbove(node: number): number[] {
    const slot = this.#above?.places.slot(node);
    if (slot === undefined) return [];
    return Array.from(this.#above!.level.partners(slot), (other) => this.#above!.places.node(other));
  }
}
