import assert from 'node:assert/strict';
import { DEFAULT_CONSTANTS, pooledLogOdds, type Constants, type PairWeights } from '@stemma/lineage';
import { CandidateGraph, type CandidateChanges, type CandidatePair, type Pair } from '@stemma/store';
import { packByKey, unpackByKey } from './graph-snapshots';
import { isSwaying, OUTSIDERS_MAX, REGION_MAX, type ConfidenceSource } from './confidence';
import { KinForest, type LabelPair, type Moved } from './kin-forest';
import { NearestKin } from './nearest-kin';
import { PairBook } from './pair-book';
import { decodePairs } from './pair-snapshot';
import { candidateRow, type ComparedFigures } from './rows';
import type { Sections } from './snapshot-files';

/** A model of the index, by its dense label, 0 or more. */
export interface IndexedModel {
  readonly label: number;
  readonly repo: string;
  readonly architecture: string;
  /** Where its weights were read: only models of equal coordinates are compared. */
  readonly coordinates: string;
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
  readonly pairsRemoved: readonly LabelPair[];
  /** Labels that came or went, have another parent or representative, live or do not. */
  readonly moved: ReadonlySet<number>;
  /** Labels that another possible parent came to, went from or changed its price to, so that it tells. */
  readonly swayed: ReadonlySet<number>;
  /** Ends of all pairs that came, went or changed their price. */
  readonly stirred: ReadonlySet<number>;
  /** Labels that a child was taken from. */
  readonly bereft: ReadonlySet<number>;
}

export interface LineageIndexOptions {
  readonly fingerprintNumbers: number;
  /** k of the candidate graph (DESIGN 4.4). */
  readonly candidatesMax: number;
  /** Models of one architecture up to which candidates are found exactly. */
  readonly exactMax?: number;
  readonly constants?: Constants;
}

/**
 * The live models in memory: candidate graphs by architecture, the figures of every pair, and the forest over kin.
 *
 * A cache of what the store holds, and a function of the set of models: `add` and `remove` only note what changes,
 * `settle` takes the figures of the new pairs and repairs the forest.
 */
export class LineageIndex implements ConfidenceSource {
  readonly #models = new Map<number, IndexedModel>();
  readonly #byRepo = new Map<string, number>();
  readonly #graphs = new Map<string, CandidateGraph>();
  readonly #texts = new Map<string, string>();
  readonly #options: LineageIndexOptions;
  readonly constants: Constants;
  readonly pairs: PairBook;
  readonly #nearest: NearestKin;
  readonly #forest: KinForest;
  #pending = new Map<string, Pair | null>();
  /** Of the pending ones those that came since they were last asked for. */
  #noted: Pair[] = [];
  #touched = new Set<number>();

  constructor(options: LineageIndexOptions) {
    this.#options = options;
    this.constants = options.constants ?? DEFAULT_CONSTANTS;
    const contentOf = (label: number): string => this.model(label).contentHash;
    this.pairs = new PairBook(this.constants);
    this.#nearest = new NearestKin(this.pairs, contentOf, Math.max(REGION_MAX, OUTSIDERS_MAX));
    this.#forest = new KinForest(this.pairs, this.constants, contentOf);
  }

  get size(): number {
    return this.#models.size;
  }

  model(label: number): IndexedModel {
    const model = this.#models.get(label);
    assert(model !== undefined, `label ${label} is not in the index`);
    return model;
  }

  has(label: number): boolean {
    return this.#models.has(label);
  }

  labels(): Iterable<number> {
    return this.#models.keys();
  }

  labelOf(repo: string): number | undefined {
    return this.#byRepo.get(repo);
  }

  labelNamed(repo: string): number {
    const label = this.#byRepo.get(repo);
    assert(label !== undefined, `${repo} is not in the index`);
    return label;
  }

  /** The label whose pairs and tree edge stand for this one's: another only where the weights are identical. */
  representative(label: number): number {
    return this.#graph(this.model(label)).representative(label);
  }

  copies(label: number): readonly number[] {
    return this.#graph(this.model(label)).copies(label);
  }

  /** Label of the parent in the forest, null for a root. Only representatives are in the forest. */
  parentOf(representative: number): number | null {
    return this.#forest.parentOf(representative);
  }

  childrenOf(representative: number): number[] {
    return this.#forest.childrenOf(representative);
  }

  /** Steps from the root of its tree; a copy is one below what it is a copy of. */
  depth(label: number): number {
    const original = this.representative(label);
    let depth = original === label ? 0 : 1;
    for (let up = this.parentOf(original); up !== null; up = this.parentOf(up)) depth++;
    return depth;
  }

  pooled(label: number): number {
    return this.constants.kappa === 0 ? 0 : pooledLogOdds(this.pairs.logOddsOf(label));
  }

  nearestKin(label: number, count: number): readonly number[] {
    return this.#nearest.of(label, count);
  }

  weights(parent: number, child: number): PairWeights | null {
    return this.pairs.weights(parent, child);
  }

  edgeNats(parent: number, child: number): number {
    return this.pairs.edgeNats(parent, child);
  }

  /** Proves the forest optimal, or the part around these labels. */
  audit(labels?: readonly number[]): ReturnType<KinForest['audit']> {
    return this.#forest.audit(labels);
  }

  add(model: IndexedModel, fingerprint: Float32Array): void {
    assert(!this.#models.has(model.label), `label ${model.label} is in the index already`);
    this.#enter(model);
    const entering = { label: model.label, content: model.contentHash, vector: fingerprint };
    this.#note(model.label, this.#graph(model).add(entering));
  }

  remove(label: number): void {
    const model = this.model(label);
    const { repo } = model;
    this.#note(label, this.#graph(model).remove(label));
    this.#models.delete(label);
    if (this.#byRepo.get(repo) === label) this.#byRepo.delete(repo);
  }

  /** Marks a model as gone from its hub, or as back again. Among equal weights a living model stands for the dead ones. */
  setTombstone(label: number, tombstone: boolean): void {
    const model = this.model(label);
    const graph = this.#graph(model);
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

  /** Puts a model back that the store holds; its pairs follow by {@link restorePair}. */
  restore(model: IndexedModel, fingerprint: Float32Array): void {
    this.#enter(model);
    const entering = { label: model.label, content: model.contentHash, vector: fingerprint };
    this.#graph(model).restoreModel(entering);
  }

  restorePair(pair: CandidatePair): void {
    this.pairs.putRestored(pair);
    const { a, b, proximity: distance } = pair;
    this.#graph(this.model(a)).restorePair({ a, b, distance });
  }

  /** Builds the forest over what was restored. It is a function of the pairs, so it is the one that was left. */
  settleRestored(): void {
    this.pairs.countRestored();
    this.#forest.repair({ entering: this.#nodes(), leaving: [], paired: [], parted: [] });
  }

  /** All that takes long to build, as bytes by section; the models themselves are not in it. */
  snapshot(): Sections {
    // An architecture that all models have left is not there when they are restored.
    const used = [...this.#graphs].filter(([, graph]) => graph.size > 0);
    const graphs = used.map(([key, graph]) => [key, graph.snapshot()] as const);
    return new Map([
      ['pairs', this.pairs.snapshot()],
      ['graphs', packByKey(graphs)],
      ['forest', this.#forest.snapshot()],
    ]);
  }

  /** Takes over a snapshot after all its models were restored. Null, or why it does not fit: then this index is void. */
  restoreSnapshot(sections: Sections): string | null {
    const pairs = decodePairs(sections.get('pairs') ?? NO_BYTES);
    const graphs = unpackByKey(sections.get('graphs') ?? NO_BYTES);
    if (pairs === null || graphs === null || graphs.size !== this.#graphs.size)
      return 'a section is of another format';
    this.pairs.restore(pairs);
    for (const [key, graph] of this.#graphs) {
      const rejected = graph.restoreSnapshot(graphs.get(key) ?? NO_BYTES);
      if (rejected !== null) return rejected.detail;
    }
    return this.#forest.restore(sections.get('forest') ?? NO_BYTES, this.#nodes());
  }

  /** What has become a pair since this was asked before: most of it, but not all, is in {@link pairsToCompare} in the end. */
  takeNotedPairs(): Pair[] {
    const noted = this.#noted;
    this.#noted = [];
    return noted.filter(({ a, b }) => !this.pairs.has(a, b));
  }

  /** What has become a pair and has to be compared for {@link settle}. */
  pairsToCompare(): Pair[] {
    return [...this.#pending.values()].filter(
      (pair): pair is Pair => pair !== null && !this.pairs.has(pair.a, pair.b),
    );
  }

  /** Takes up the figures of {@link pairsToCompare}, in that order, and repairs the forest. */
  settle(figures: readonly ComparedFigures[]): Settlement {
    const wanted = this.pairsToCompare();
    assert.equal(figures.length, wanted.length, 'every pair that is new has figures');
    const added = wanted.map((pair, at) => candidateRow(pair, figures[at]!));
    const [pending, moved] = [this.#pending, this.#touched];
    this.#pending = new Map();
    this.#noted = [];
    this.#touched = new Set();
    const removed = this.#takeRemoved(pending);
    const lost = removed.flatMap((pair) => this.#alternatives(pair));
    for (const { a, b } of removed) this.#forgetPair(a, b);
    for (const pair of added) this.#keepPair(pair);
    const repriced = this.pairs.stirredPairs();
    const changes = this.#repair(moved, added, removed);
    const gained = [...added, ...repriced].flatMap((pair) => this.#alternatives(pair));
    const swayed = new Set([...lost, ...gained].filter((one) => this.#tells(one)).map(({ child }) => child));
    for (const { label } of changes) moved.add(label);
    const stirred = new Set([...removed, ...added, ...repriced].flatMap(({ a, b }) => [a, b]));
    const bereft = new Set(changes.flatMap(({ before }) => (before === null ? [] : [before])));
    return { pairsAdded: added, pairsRemoved: removed, moved, swayed, stirred, bereft };
  }

  /** Pairs that the book has and the candidate graph has no more. */
  #takeRemoved(pending: ReadonlyMap<string, Pair | null>): LabelPair[] {
    return [...pending].flatMap(([key, pair]) => {
      if (pair !== null) return [];
      const [a, b] = key.split(':').map(Number) as [number, number];
      return this.pairs.has(a, b) ? [{ a, b }] : [];
    });
  }

  #keepPair(pair: CandidatePair): void {
    this.pairs.put(pair);
    if (pair.kinship === 'kin') this.#nearest.paired(pair.a, pair.b, pair.distance);
  }

  #forgetPair(a: number, b: number): void {
    this.pairs.delete(a, b);
    this.#nearest.parted(a, b);
  }

  #repair(
    touched: ReadonlySet<number>,
    added: readonly CandidatePair[],
    parted: readonly LabelPair[],
  ): Moved[] {
    const nodes = [...touched].sort((x, y) => x - y);
    const entering = nodes.filter((label) => this.#isNode(label) && !this.#forest.has(label));
    const leaving = nodes.filter((label) => !this.#isNode(label) && this.#forest.has(label));
    const paired = added.filter(({ kinship }) => kinship === 'kin');
    return this.#forest.repair({ entering, leaving, paired, parted });
  }

  /** Both edges of a pair of kin, with what they cost by. */
  #alternatives({ a, b }: LabelPair): Alternative[] {
    const forward = this.pairs.weights(a, b);
    if (forward === null) return [];
    return [
      { child: b, weights: forward },
      { child: a, weights: { ...forward, logOdds: 0 - forward.logOdds } },
    ];
  }

  #tells({ child, weights }: Alternative): boolean {
    return this.#forest.has(child) && isSwaying(this, child, weights);
  }

  #enter(model: IndexedModel): void {
    const [architecture, coordinates] = [this.#shared(model.architecture), this.#shared(model.coordinates)];
    this.#models.set(model.label, { ...model, architecture, coordinates });
    this.#byRepo.set(model.repo, model.label);
  }

  /** Thousands of models say the same: kept once. */
  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  /** Labels that stand for their weights, ascending. */
  #nodes(): number[] {
    return [...this.#models.keys()].filter((label) => this.#isNode(label)).sort((x, y) => x - y);
  }

  #isNode(label: number): boolean {
    return this.#models.has(label) && this.representative(label) === label;
  }

  #note(label: number, { added, removed, represented }: CandidateChanges): void {
    this.#touched.add(label);
    for (const { label: copy, representative } of represented) this.#touched.add(copy).add(representative);
    for (const { a, b } of removed) this.#pending.set(`${a}:${b}`, null);
    for (const pair of added) this.#pending.set(`${pair.a}:${pair.b}`, pair);
    this.#noted.push(...added);
  }

  #graph({ architecture, coordinates }: IndexedModel): CandidateGraph {
    const key = `${architecture}/${coordinates}`;
    const known = this.#graphs.get(key);
    if (known !== undefined) return known;
    const graph = new CandidateGraph({
      dimensions: this.#options.fingerprintNumbers,
      k: this.#options.candidatesMax,
      exactMax: this.#options.exactMax,
      descent: {
        parent: (label) => (this.#forest.has(label) ? this.#forest.parentOf(label) : null),
        children: (label) => (this.#forest.has(label) ? this.#forest.childrenOf(label) : []),
      },
      precedes: (x, y) => this.#precedes(x, y),
    });
    this.#graphs.set(key, graph);
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

/** A possible parent of a child, by what its edge costs. */
interface Alternative {
  readonly child: number;
  readonly weights: PairWeights;
}

/** A copy brings no vector of its own. */
const NO_VECTOR = new Float32Array(0);
const NO_BYTES = new Uint8Array(0);
