import type { Neighbour } from './forest';
import { mixed32, seededRandom, type Random } from './random.testing';

/**
 * A simulated hub for benchmarks: models that arrive parents first, in one giant family (a star to 85 %), families of
 * Zipf sizes (stars to 40-90 %) and a few chains, with lognormal branch lengths; candidates are the exact nearest models
 * in the tree metric among those that have arrived.
 */
export interface StreamOptions {
  readonly models: number;
  readonly seed: number;
  /** Share of the giant family. */
  readonly giant?: number;
  readonly candidates?: number;
}

export interface Arrival {
  readonly label: number;
  readonly rootCost: number;
  readonly neighbours: Neighbour[];
}

/** Costs a tree unit, and room below it for the hash that makes costs unique. */
const STEPS_PER_UNIT = 2 ** 16;
const HASHES = 2 ** 20;
/** No branch is longer than that: farther models are strangers. */
const ROOT_DISTANCE = 12;
const CHAIN_DEPTH_MAX = 3000;

interface Family {
  readonly members: number[];
  /** Typical branch length; shares of models that hang on the first and on the newest member. */
  readonly scale: number;
  readonly star: number;
  readonly chain: number;
}

export class ModelStream {
  readonly models: number;
  /** True parent (0 for a first member), branch length to it, generations above. */
  readonly parents: Int32Array;
  readonly #lengths: Float64Array;
  readonly #depths: Int32Array;
  readonly #familyOf: Int32Array;
  readonly #candidates: number;
  readonly #nearest: NearestArrived;

  constructor({ models, seed, giant = 0.3, candidates = 32 }: StreamOptions) {
    this.models = models;
    this.#candidates = candidates;
    this.parents = new Int32Array(models + 1);
    this.#lengths = new Float64Array(models + 1);
    this.#depths = new Int32Array(models + 1);
    this.#familyOf = new Int32Array(models + 1);
    const random = seededRandom(seed);
    const sizes = familySizes(models, giant);
    const families = sizes.map((_, index) => drawFamily(random, index === 0 && giant > 0));
    const order = random.shuffle(sizes.flatMap((size, index) => new Array<number>(size).fill(index)));
    for (let model = 1; model <= models; model++) this.#place(model, order[model - 1]!, families, random);
    this.#nearest = new NearestArrived(this.parents, this.#lengths);
  }

  /** A model with its candidates among those that arrived before it. */
  arrive(label: number): Arrival {
    const found = this.#nearest.query(label, this.#candidates, ROOT_DISTANCE);
    this.#nearest.arrive(label);
    return {
      label,
      rootCost: rootCost(label),
      neighbours: found.map(({ model, distance }) => {
        const [costIn, costOut] = this.#costs(model, label, distance);
        return { label: model, costIn, costOut };
      }),
    };
  }

  #place(model: number, familyIndex: number, families: readonly Family[], random: Random): void {
    const { members, scale, star, chain } = families[familyIndex]!;
    this.#familyOf[model] = familyIndex;
    if (members.length > 0) {
      const newest = members.at(-1)!;
      const dice = random.next();
      const extends_ = dice < star + chain && this.#depths[newest]! < CHAIN_DEPTH_MAX;
      const parent = dice < star ? members[0]! : extends_ ? newest : random.pick(members);
      this.parents[model] = parent;
      this.#depths[model] = this.#depths[parent]! + 1;
      this.#lengths[model] = scale * Math.exp(0.6 * random.gauss());
    }
    members.push(model);
  }

  /** Distance with 3 % noise, 30 % more against the evidence, which is right for 85 % of related pairs. */
  #costs(u: number, v: number, distance: number): [there: number, back: number] {
    const a = Math.min(u, v);
    const b = Math.max(u, v);
    const noisy = distance * Math.max(0.2, 1 + 0.03 * gaussOf(a, b, 11));
    const coin = uniformOf(a, b, 23);
    const downwards = this.#descends(a, b) ? coin < 0.85 : this.#descends(b, a) ? coin >= 0.85 : coin < 0.5;
    const fromA = quantised(noisy * (downwards ? 1 : 1.3), a, b);
    const fromB = quantised(noisy * (downwards ? 1.3 : 1), b, a);
    return u === a ? [fromA, fromB] : [fromB, fromA];
  }

  #descends(from: number, model: number): boolean {
    if (this.#familyOf[from] !== this.#familyOf[model]) return false;
    let at = model;
    while (this.#depths[at]! > this.#depths[from]!) at = this.parents[at]!;
    return at === from;
  }
}

function familySizes(models: number, giant: number): number[] {
  const first = Math.floor(giant * models);
  const sizes = first > 0 ? [first] : [];
  let left = models - first;
  const largest = left * 0.12;
  for (let rank = 1; left > 0; rank++) {
    const size = Math.min(left, Math.max(1, Math.floor(largest / rank ** 1.1)));
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

function drawFamily(random: Random, isGiant: boolean): Family {
  const scale = Math.exp(0.4 * random.gauss());
  if (isGiant) return { members: [], scale, star: 0.85, chain: 0.03 };
  return random.chance(0.05)
    ? { members: [], scale, star: 0.02, chain: 0.95 }
    : { members: [], scale, star: 0.4 + 0.5 * random.next(), chain: 0.1 };
}

function quantised(cost: number, tail: number, head: number): number {
  return Math.round(cost * STEPS_PER_UNIT) * HASHES + (mixed32(tail, head, 7) & (HASHES - 1));
}

function rootCost(label: number): number {
  return quantised(ROOT_DISTANCE, 0, label);
}

function uniformOf(a: number, b: number, salt: number): number {
  return (mixed32(a, b, salt) + 0.5) / 2 ** 32;
}

function gaussOf(a: number, b: number, salt: number): number {
  return (
    Math.sqrt(-2 * Math.log(uniformOf(a, b, salt))) * Math.cos(2 * Math.PI * uniformOf(a, b, salt + 101))
  );
}

interface Visit {
  readonly distance: number;
  readonly model: number;
  readonly from: number;
  /** −1: at the model. Otherwise: about to go down to this one of its children, the model being `base` away. */
  readonly child: number;
  readonly base: number;
}

/** Dijkstra over the true tree, children in order of branch length so that a hub opens one child at a time. */
class NearestArrived {
  readonly #children = new Map<number, number[]>();
  readonly #linked = new Set<number>();
  readonly #arrived = new Set<number>();

  constructor(
    private readonly parents: Int32Array,
    private readonly lengths: Float64Array,
  ) {}

  arrive(model: number): void {
    this.#link(model);
    this.#arrived.add(model);
  }

  query(model: number, count: number, distanceMax: number): { model: number; distance: number }[] {
    const found: { model: number; distance: number }[] = [];
    const open = new VisitHeap();
    open.push({ distance: 0, model, from: -1, child: -1, base: 0 });
    for (let visit = open.pop(); visit !== null && found.length < count; visit = open.pop()) {
      if (visit.distance > distanceMax) break;
      const { distance, model: at, from, child, base } = visit;
      if (child >= 0) {
        this.#openChild(open, at, base, from, child + 1);
        open.push({ distance, model: this.#children.get(at)![child]!, from: at, child: -1, base: 0 });
        continue;
      }
      if (at !== model && this.#arrived.has(at)) found.push({ model: at, distance });
      this.#openChild(open, at, distance, from, 0);
      const parent = this.parents[at]!;
      if (parent !== 0 && parent !== from)
        open.push({ distance: distance + this.lengths[at]!, model: parent, from: at, child: -1, base: 0 });
    }
    return found;
  }

  #openChild(open: VisitHeap, model: number, base: number, from: number, child: number): void {
    const children = this.#children.get(model) ?? [];
    if (children[child] === from) child++;
    const next = children[child];
    if (next !== undefined) open.push({ distance: base + this.lengths[next]!, model, from, child, base });
  }

  #link(model: number): void {
    for (let at = model; at !== 0 && !this.#linked.has(at); at = this.parents[at]!) {
      this.#linked.add(at);
      const siblings = this.#children.get(this.parents[at]!) ?? [];
      this.#children.set(this.parents[at]!, siblings);
      let low = 0;
      for (let high = siblings.length; low < high;) {
        const middle = (low + high) >> 1;
        if (this.lengths[siblings[middle]!]! < this.lengths[at]!) low = middle + 1;
        else high = middle;
      }
      siblings.splice(low, 0, at);
    }
  }
}

class VisitHeap {
  readonly #visits: Visit[] = [];

  push(visit: Visit): void {
    const visits = this.#visits;
    let hole = visits.length;
    for (visits.push(visit); hole > 0;) {
      const parent = (hole - 1) >> 1;
      if (visits[parent]!.distance <= visit.distance) break;
      visits[hole] = visits[parent]!;
      hole = parent;
    }
    visits[hole] = visit;
  }

  pop(): Visit | null {
    const visits = this.#visits;
    const top = visits[0];
    const last = visits.pop();
    if (top === undefined || last === undefined) return null;
    if (visits.length === 0) return top;
    let hole = 0;
    for (let child = 1; child < visits.length; child = 2 * hole + 1) {
      if (child + 1 < visits.length && visits[child + 1]!.distance < visits[child]!.distance) child++;
      if (last.distance <= visits[child]!.distance) break;
      visits[hole] = visits[child]!;
      hole = child;
    }
    visits[hole] = last;
    return top;
  }
}
