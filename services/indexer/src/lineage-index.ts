import assert from 'node:assert/strict';
import {
  comparePair,
  CrowdBook,
  DEFAULT_CONSTANTS,
  DynamicForest,
  pooledLogOdds,
  pricePair,
  rootCost,
  type Candidates,
  type Constants,
  type Forest,
  type Neighbour,
  VIRTUAL_ROOT,
  type Observation,
} from '@stemma/lineage';
import { CandidateGraph, type CandidateChanges, type CandidatePair, type Pair } from '@stemma/store';
import { PairBook } from './pair-book';
import { candidateRow } from './rows';

/** A model of the index, by its dense label, 0 or more. */
export interface IndexedModel {
  readonly label: number;
  readonly repo: string;
  readonly architecture: string;
  /** Identity of the weights: what ties are broken by. */
  readonly contentHash: string;
  readonly sha: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Gone from the hub. It keeps its place, since others may descend from it. */
  readonly tombstone: boolean;
}

/** What settling a batch changed, for the store and for the reassessment. */
export interface Settlement {
  readonly pairsAdded: readonly CandidatePair[];
  readonly pairsRemoved: readonly { readonly a: number; readonly b: number }[];
  /** Labels whose parent, pairs or representative changed; removed labels included. */
  readonly touched: ReadonlySet<number>;
  /** Labels that a child was taken from. */
  readonly bereft: ReadonlySet<number>;
}

export interface LineageIndexOptions {
  readonly fingerprintNumbers: number;
  /** k of the candidate graph (DESIGN 4.4). */
  readonly candidatesMax: number;
  readonly constants?: Constants;
}

/**
 * The live models in memory: candidate graphs by architecture, the figures of every pair, and the forest over kin.
 *
 * A cache of what the store holds, and a function of the set of models: `add` and `remove` only note what changes,
 * `settle` compares the new pairs and repairs the forest.
 */
export class LineageIndex implements Candidates {
  readonly #models = new Map<number, IndexedModel>();
  readonly #byRepo = new Map<string, number>();
  readonly #graphs = new Map<string, CandidateGraph>();
  readonly #forest: Forest = new DynamicForest();
  readonly #options: LineageIndexOptions;
  readonly #constants: Constants;
  #pending = new Map<string, Pair | null>();
  #touched = new Set<number>();
  readonly #crowds = new CrowdBook(this);
  /** Kin by label, nearest first, as far as they were asked for since they last changed. */
  readonly #nearest = new Map<number, readonly number[]>();
  readonly pairs = new PairBook();

  constructor(options: LineageIndexOptions) {
    this.#options = options;
    this.#constants = options.constants ?? DEFAULT_CONSTANTS;
  }

  get size(): number {
    return this.#models.size;
  }

  get constants(): Constants {
    return this.#constants;
  }

  model(label: number): IndexedModel {
    const model = this.#models.get(label);
    assert(model !== undefined, `label ${label} is not in the index`);
    return model;
  }

  has(label: number): boolean {
    return this.#models.has(label);
  }

  /** The label whose pairs and tree edge stand for this one's: another only where the weights are identical. */
  representative(label: number): number {
    return this.#graph(this.model(label).architecture).representative(label);
  }

  copies(label: number): readonly number[] {
    return this.#graph(this.model(label).architecture).copies(label);
  }

  /** Label of the parent in the forest, null for a root. Only representatives are in the forest. */
  parentOf(representative: number): number | null {
    const parent = this.#forest.parentOf(nodeOf(representative));
    return parent === VIRTUAL_ROOT ? null : labelOf(parent);
  }

  childrenOf(representative: number): number[] {
    return this.#forest.childrenOf(nodeOf(representative)).map(labelOf);
  }

  /** Mean log-odds over the kin of a label that it is the parent, in whole nats. */
  pooled(label: number): number {
    return pooledLogOdds(this.pairs.logOddsOf(label));
  }

  /** Kin among the candidates of a label, nearest first; ties go by content, so that nothing depends on the order of arrival. */
  neighbours(label: number): readonly number[] {
    const known = this.#nearest.get(label);
    if (known !== undefined) return known;
    const content = (other: number): string => this.model(other).contentHash;
    const distance = (other: number): number => this.pairs.get(label, other)!.distance;
    const nearest = this.pairs
      .kinOf(label)
      .sort((x, y) => distance(x) - distance(y) || (content(x) < content(y) ? -1 : 1));
    this.#nearest.set(label, nearest);
    return nearest;
  }

  /** D of two kin; null where they are none, or no candidates. */
  distance(a: number, b: number): number | null {
    const pair = this.pairs.get(a, b);
    return pair?.kinship === 'kin' ? pair.distance : null;
  }

  logOdds(parent: number, child: number): number {
    return this.pairs.logOdds(parent, child);
  }

  crowd(parent: number, child: number): number {
    return this.#crowds.of(parent, child);
  }

  /** Proves the forest optimal, or the part around these labels. */
  audit(labels?: readonly number[]): ReturnType<Forest['audit']> {
    return this.#forest.audit(labels?.map(nodeOf));
  }

  add(model: IndexedModel, fingerprint: Float32Array): void {
    assert(!this.#models.has(model.label), `label ${model.label} is in the index already`);
    this.#enter(model);
    const entering = { label: model.label, content: model.contentHash, vector: fingerprint };
    this.#note(model.label, this.#graph(model.architecture).add(entering));
  }

  remove(label: number): void {
    const { architecture, repo } = this.model(label);
    const graph = this.#graph(architecture);
    const copies = [...graph.copies(label)];
    const changes = graph.remove(label);
    for (const copy of copies) this.#touched.add(copy);
    this.#note(label, changes);
    this.#models.delete(label);
    if (this.#byRepo.get(repo) === label) this.#byRepo.delete(repo);
  }

  /** Marks a model as gone from its hub, or as back again. Among equal weights a living model stands for the dead ones. */
  setTombstone(label: number, tombstone: boolean): void {
    const model = this.model(label);
    const graph = this.#graph(model.architecture);
    const hasCopies = graph.copies(label).length > 1;
    if (hasCopies) this.#note(label, graph.remove(label));
    this.#models.set(label, { ...model, tombstone });
    if (hasCopies) this.#note(label, graph.add({ label, content: model.contentHash, vector: NO_VECTOR }));
    this.#touched.add(label);
  }

  /**
   * Whether a model has a place that is worth showing: it lives, or it stands for weights from which something living
   * descends.
   */
  isShown(label: number): boolean {
    if (!this.model(label).tombstone) return true;
    if (this.representative(label) !== label) return false;
    const dead = [label];
    for (let next = dead.pop(); next !== undefined; next = dead.pop()) {
      for (const child of this.childrenOf(next)) {
        if (!this.model(child).tombstone) return true;
        dead.push(child);
      }
    }
    return false;
  }

  labelOf(repo: string): number | undefined {
    return this.#byRepo.get(repo);
  }

  labelNamed(repo: string): number {
    const label = this.#byRepo.get(repo);
    assert(label !== undefined, `${repo} is not in the index`);
    return label;
  }

  /** Steps from the root of its tree; a copy is one below what it is a copy of. */
  depth(label: number): number {
    const original = this.representative(label);
    let depth = original === label ? 0 : 1;
    for (let up = this.parentOf(original); up !== null; up = this.parentOf(up)) depth++;
    return depth;
  }

  /** Puts a model back that the store holds; its pairs follow by {@link restorePair}. */
  restore(model: IndexedModel, fingerprint: Float32Array): void {
    this.#enter(model);
    const entering = { label: model.label, content: model.contentHash, vector: fingerprint };
    this.#graph(model.architecture).restoreModel(entering);
    this.#touched.add(model.label);
  }

  restorePair(pair: CandidatePair): void {
    this.pairs.put(pair);
    const { a, b, proximity: distance } = pair;
    this.#graph(this.model(a).architecture).restorePair({ a, b, distance });
  }

  /** Builds the forest over what was restored. It is a function of the pairs, so it is the one that was left. */
  settleRestored(): void {
    const touched = this.#touched;
    this.#touched = new Set();
    this.#repair([], [], touched);
  }

  /** Labels whose observations {@link settle} will ask for. */
  observationsNeeded(): Set<number> {
    const needed = new Set<number>();
    for (const pair of this.#pending.values()) {
      if (pair === null || this.pairs.has(pair.a, pair.b)) continue;
      needed.add(pair.a).add(pair.b);
    }
    return needed;
  }

  /** Compares what has become a pair and repairs the forest. `observe` must know {@link observationsNeeded}. */
  settle(observe: (label: number) => Observation): Settlement {
    const pairsAdded: CandidatePair[] = [];
    const pairsRemoved: { a: number; b: number }[] = [];
    for (const [key, pair] of this.#pending) {
      const [a, b] = key.split(':').map(Number) as [number, number];
      const booked = this.pairs.has(a, b);
      if (pair === null && booked) pairsRemoved.push({ a, b });
      if (pair === null || booked) continue;
      pairsAdded.push(candidateRow(pair, comparePair(observe(a), observe(b), this.#constants)));
    }
    const touched = this.#touched;
    this.#pending = new Map();
    this.#touched = new Set();
    const bereft = this.#repair(pairsAdded, pairsRemoved, touched);
    return { pairsAdded, pairsRemoved, touched, bereft };
  }

  #enter(model: IndexedModel): void {
    this.#models.set(model.label, model);
    this.#byRepo.set(model.repo, model.label);
  }

  #repair(
    added: readonly CandidatePair[],
    removed: readonly { readonly a: number; readonly b: number }[],
    touched: Set<number>,
  ): Set<number> {
    for (const { a, b } of removed) {
      this.pairs.delete(a, b);
      touched.add(a).add(b);
    }
    for (const pair of added) {
      this.pairs.put(pair);
      touched.add(pair.a).add(pair.b);
    }
    const affected = [...touched].sort((x, y) => x - y);
    // A price changes with the neighbours of either end, and whoever gained or lost one is touched.
    for (const label of affected) this.#forget(label);
    for (const label of affected) {
      if (this.#forest.has(nodeOf(label)) && !this.#isNode(label)) this.#forest.removeNode(nodeOf(label));
    }
    for (const label of affected) {
      if (!this.#isNode(label)) continue;
      const neighbours = this.pairs.kinOf(label).filter((other) => this.#forest.has(nodeOf(other)));
      const priced = neighbours.map((other) => this.#neighbour(label, other));
      const node = nodeOf(label);
      if (this.#forest.has(node)) this.#forest.replaceNode(node, this.#rootCost(label), priced);
      else this.#forest.addNode(node, this.#rootCost(label), priced);
    }
    const bereft = new Set<number>();
    for (const { label: node, before } of this.#forest.takeChanges()) {
      touched.add(labelOf(node));
      if (before !== null && before !== VIRTUAL_ROOT) bereft.add(labelOf(before));
    }
    return bereft;
  }

  #neighbour(label: number, other: number): Neighbour {
    const pair = this.pairs.get(label, other);
    assert(pair !== undefined, `${label} and ${other} are no candidate pair`);
    const { a, b } = pair;
    const costs = pricePair(this, a, b, this.model(a).contentHash, this.model(b).contentHash);
    return a === label
      ? { label: nodeOf(other), costIn: costs.backward, costOut: costs.forward }
      : { label: nodeOf(other), costIn: costs.forward, costOut: costs.backward };
  }

  #forget(label: number): void {
    this.#nearest.delete(label);
    this.#crowds.forget(label);
  }

  #rootCost(label: number): number {
    return rootCost(this.pooled(label), this.model(label).contentHash, this.#constants);
  }

  #isNode(label: number): boolean {
    return this.#models.has(label) && this.representative(label) === label;
  }

  #note(label: number, { added, removed, represented }: CandidateChanges): void {
    this.#touched.add(label);
    for (const { label: copy, representative } of represented) this.#touched.add(copy).add(representative);
    for (const { a, b } of removed) this.#pending.set(`${a}:${b}`, null);
    for (const pair of added) this.#pending.set(`${pair.a}:${pair.b}`, pair);
  }

  #graph(architecture: string): CandidateGraph {
    const known = this.#graphs.get(architecture);
    if (known !== undefined) return known;
    const graph = new CandidateGraph({
      dimensions: this.#options.fingerprintNumbers,
      k: this.#options.candidatesMax,
      precedes: (x, y) => this.#precedes(x, y),
    });
    this.#graphs.set(architecture, graph);
    return graph;
  }

  /** Of copies the earliest that lives stands for all; a function of the set, like every tie. */
  #precedes(x: number, y: number): boolean {
    const [a, b] = [this.model(x), this.model(y)];
    if (a.tombstone !== b.tombstone) return b.tombstone;
    if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
    return a.repo < b.repo;
  }
}

/** A copy brings no vector of its own. */
const NO_VECTOR = new Float32Array(0);

/** The forest keeps 0 for its virtual root. */
const nodeOf = (label: number): number => label + 1;
const labelOf = (node: number): number => node - 1;
