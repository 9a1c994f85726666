import assert from 'node:assert/strict';
import {
  decodeSnapshot,
  DynamicForest,
  edgeCosts,
  encodeSnapshot,
  pooledLogOdds,
  rootCost,
  VIRTUAL_ROOT,
  type Constants,
  type EdgeCosts,
  type Forest,
} from '@stemma/lineage';
import type { PairBook } from './pair-book';

/** Models of a restored forest whose edges are checked. */
const AUDITED_MAX = 256;

/** What became of the kin and of who is in the forest, all of it in the pair book already. */
export interface KinChanges {
  readonly entering: readonly number[];
  readonly leaving: readonly number[];
  readonly paired: readonly LabelPair[];
  readonly parted: readonly LabelPair[];
}

export interface LabelPair {
  readonly a: number;
  readonly b: number;
}

/** Null: not in the forest, or a root. */
export interface Moved {
  readonly label: number;
  readonly before: number | null;
}

/** The forest over the kin of the pair book, by labels: it is told what changed, and prices that and nothing else. */
export class KinForest {
  #forest = new DynamicForest();

  constructor(
    private readonly pairs: PairBook,
    private readonly constants: Constants,
    /** What ties are broken by: the identity of a label's weights. */
    private readonly contentOf: (label: number) => string,
  ) {}

  get size(): number {
    return this.#forest.size;
  }

  has(label: number): boolean {
    return this.#forest.has(nodeOf(label));
  }

  parentOf(label: number): number | null {
    const parent = this.#forest.parentOf(nodeOf(label));
    return parent === VIRTUAL_ROOT ? null : labelOf(parent);
  }

  /** Ascending. */
  childrenOf(label: number): number[] {
    return this.#forest.childrenOf(nodeOf(label)).map(labelOf);
  }

  /** Proves the forest optimal, or the part around these labels. */
  audit(labels?: readonly number[]): ReturnType<Forest['audit']> {
    return this.#forest.audit(labels?.map(nodeOf));
  }

  snapshot(): Uint8Array {
    return encodeSnapshot(this.#forest);
  }

  /**
   * Takes over the forest of a snapshot, which must be of these labels and of the kin in the pair book. Null, or why it is not.
   * A sample of it is audited: that it is optimal is otherwise taken on trust.
   */
  restore(bytes: Uint8Array, labels: readonly number[]): string | null {
    const forest = decodeSnapshot(bytes);
    if (!(forest instanceof DynamicForest)) return forest.detail;
    const isSame = forest.size === labels.length && labels.every((label) => forest.has(nodeOf(label)));
    if (!isSame) return `a forest of ${labels.length} models expected, another one found`;
    const step = Math.max(1, Math.floor(labels.length / AUDITED_MAX));
    const sample = labels.filter((_, at) => at % step === 0).map(nodeOf);
    const [violation] = forest.audit(sample).violations;
    if (violation !== undefined) return `an optimal forest expected: ${violation.detail}`;
    this.#forest = forest;
    return null;
  }

  /** Repairs the forest and returns whose parent has changed. What comes goes in first, so that what leaves is replaced at once. */
  repair(changes: KinChanges): Moved[] {
    const stirred = this.pairs.stirredPairs();
    this.pairs.settled();
    const fresh = new Set(changes.entering);
    for (const label of changes.entering) this.#enter(label);
    for (const { a, b } of changes.paired) if (!fresh.has(a) && !fresh.has(b)) this.#pair(a, b);
    for (const { a, b } of stirred) if (!fresh.has(a) && !fresh.has(b)) this.#reprice(a, b);
    for (const { a, b } of changes.parted) this.#part(a, b);
    for (const label of changes.leaving) this.#forest.removeNode(nodeOf(label));
    // Where kin are pooled at the root, whoever gained or lost one has another root cost.
    if (this.constants.kappa !== 0) this.#repriceRoots([...changes.paired, ...changes.parted]);
    return this.#forest.takeChanges().map(({ label, before }) => ({
      label: labelOf(label),
      before: before === null || before === VIRTUAL_ROOT ? null : labelOf(before),
    }));
  }

  #enter(label: number): void {
    const kin = this.pairs.kinOf(label).filter((other) => this.has(other));
    const neighbours = kin.map((other) => {
      const { forward, backward } = this.#price(label, other);
      return { label: nodeOf(other), costIn: backward, costOut: forward };
    });
    this.#forest.addNode(nodeOf(label), this.#rootCost(label), neighbours);
  }

  #pair(a: number, b: number): void {
    const { forward, backward } = this.#price(a, b);
    this.#forest.addPair(nodeOf(a), nodeOf(b), forward, backward);
  }

  #reprice(a: number, b: number): void {
    const { forward, backward } = this.#price(a, b);
    this.#forest.setPair(nodeOf(a), nodeOf(b), forward, backward);
  }

  #part(a: number, b: number): void {
    if (this.#forest.hasPair(nodeOf(a), nodeOf(b))) this.#forest.removePair(nodeOf(a), nodeOf(b));
  }

  #repriceRoots(pairs: readonly LabelPair[]): void {
    for (const label of new Set(pairs.flatMap(({ a, b }) => [a, b])))
      if (this.has(label)) this.#forest.setRootCost(nodeOf(label), this.#rootCost(label));
  }

  #price(a: number, b: number): EdgeCosts {
    const weights = this.pairs.weights(a, b);
    assert(weights !== null, `${a} and ${b} expected to be kin`);
    return edgeCosts(weights, this.contentOf(a), this.contentOf(b), this.constants);
  }

  #rootCost(label: number): number {
    const { kappa } = this.constants;
    const pooled = kappa === 0 ? 0 : pooledLogOdds(this.pairs.logOddsOf(label));
    return rootCost(pooled, this.contentOf(label), this.constants);
  }
}

/** The forest keeps 0 for its virtual root. */
const nodeOf = (label: number): number => label + 1;
const labelOf = (node: number): number => node - 1;
