import {
  comparePair,
  mirrorPair,
  relationOf,
  type Constants,
  type Observation,
  type PairFigures,
} from '@stemma/lineage';
import assert from 'node:assert/strict';
import type { Comparer, Edge, Sketches } from './comparer';
import type { EdgeFinding } from './edge-book';
import type { LabelPair } from './kin-forest';
import { Observations } from './observations';
import { comparedFigures, type ComparedFigures } from './rows';

export interface LocalComparerOptions {
  readonly constants: Constants;
  /** Decoded sketches kept from one batch to the next. */
  readonly observationsMax: number;
  /** Of which arrivals to keep anything beyond their batch; of all by default. */
  readonly keeps?: (label: number) => boolean;
}

/** Pairs or edges whose sketches are in memory at once, beside those that are kept. */
const AT_ONCE_MAX = 64;

/** Compares in this thread. */
export class LocalComparer implements Comparer {
  readonly #constants: Constants;
  readonly #observations: Observations;
  #sketches: Sketches | null = null;
  /** Of the batch at hand, by `a:b`. */
  #figures = new Map<string, PairFigures>();

  constructor({ constants, observationsMax, keeps = () => true }: LocalComparerOptions) {
    this.#constants = constants;
    this.#observations = new Observations({ load: (label) => this.#load(label), observationsMax, keeps });
  }

  begin(sketches: Sketches): void {
    this.#sketches = sketches;
    this.#figures = new Map();
    this.#observations.begin();
  }

  arrived(label: number, observe: () => Observation): void {
    this.#observations.put(label, observe());
  }

  async compare(pairs: readonly LabelPair[]): Promise<ComparedFigures[]> {
    // The arrivals of a batch have neighbours in common: what is compared with many is fetched once.
    const sorted = [...pairs].sort((p, q) => p.a - q.a || p.b - q.b);
    for (let first = 0; first < sorted.length; first += AT_ONCE_MAX) {
      const some = sorted.slice(first, first + AT_ONCE_MAX);
      const observed = await this.#observations.fetch(new Set(some.flatMap(({ a, b }) => [a, b])));
      for (const { a, b } of some)
        this.#figures.set(keyOf(a, b), comparePair(observed(a), observed(b), this.#constants));
    }
    return pairs.map(({ a, b }) => comparedFigures(this.#figures.get(keyOf(a, b))!));
  }

  async relate(edges: readonly Edge[]): Promise<EdgeFinding[]> {
    const findings: EdgeFinding[] = [];
    for (let first = 0; first < edges.length; first += AT_ONCE_MAX) {
      const some = edges.slice(first, first + AT_ONCE_MAX);
      const ends = new Set(some.flatMap(({ parent, child }) => [parent, child]));
      const observed = await this.#observations.fetchWhole(ends);
      for (const edge of some)
        findings.push(this.#relationOf(edge, observed(edge.parent), observed(edge.child)));
    }
    return findings;
  }

  close(): void {
    this.#sketches = null;
  }

  #relationOf({ parent, child }: Edge, from: Observation, to: Observation): EdgeFinding {
    const figures = this.#figuresOf(parent, child) ?? comparePair(from, to, this.#constants);
    const { relation, evidence } = relationOf(from, to, figures, this.#constants);
    return { relation, variant: figures.variant, evidence: [...figures.evidence, ...evidence] };
  }

  /** The figures of an edge, where its pair was compared in this batch. */
  #figuresOf(parent: number, child: number): PairFigures | undefined {
    if (parent < child) return this.#figures.get(keyOf(parent, child));
    const figures = this.#figures.get(keyOf(child, parent));
    return figures === undefined ? undefined : mirrorPair(figures, this.#constants);
  }

  #load(label: number): Promise<Uint8Array | null> | Uint8Array {
    assert(this.#sketches !== null, `the sketch of label ${label} is asked for outside of a batch`);
    return this.#sketches.sketch(label);
  }
}

const keyOf = (a: number, b: number): string => `${a}:${b}`;
