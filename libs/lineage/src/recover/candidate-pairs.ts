import { comparePair, mirrorPair, type PairFigures } from '../evidence/compare-pair';
import type { Constants } from '../evidence/constants';
import { type EdgeCosts, pooledLogOdds, rootCost } from '../evidence/cost';
import type { Candidates } from './candidates';
import { CrowdBook } from './crowd';
import { pricePair } from './price-pair';
import type { NamedObservation } from './recovered';

/** Two kin by their places in the list, `a` before `b`. */
export interface CandidatePair {
  readonly a: number;
  readonly b: number;
  /** Of the edge a → b. */
  readonly figures: PairFigures;
}

/** What a candidate is called, and what tells its weights apart. */
export interface CandidateModel {
  readonly model: string;
  readonly contentHash: string;
}

/** All kin of a list of models, and what is pooled over them. A function of the set: no pair depends on another's arrival. */
export class CandidatePairs implements Candidates {
  readonly #byLabel: Map<number, CandidatePair>[];
  readonly #neighbours: (readonly number[])[];
  readonly #crowds = new CrowdBook(this);

  /** @param pairs kin alone, each once */
  constructor(
    readonly models: readonly CandidateModel[],
    readonly pairs: readonly CandidatePair[],
    readonly constants: Constants,
  ) {
    this.#byLabel = models.map(() => new Map<number, CandidatePair>());
    for (const pair of pairs) {
      this.#byLabel[pair.a]!.set(pair.b, pair);
      this.#byLabel[pair.b]!.set(pair.a, pair);
    }
    this.#neighbours = this.#byLabel.map((own) =>
      [...own]
        .sort(([p, x], [q, y]) => x.figures.distance - y.figures.distance || p - q)
        .map(([other]) => other),
    );
  }

  /** Compares all models of one architecture with each other; keeps pairs where one is among the nearest of the other. */
  static of(
    models: readonly NamedObservation[],
    candidatesMax: number,
    constants: Constants,
    compare = comparePair,
  ): CandidatePairs {
    const kin: CandidatePair[] = [];
    models.forEach(({ observation }, a) => {
      for (let b = a + 1; b < models.length; b++) {
        const other = models[b]!.observation;
        if (other.architecture !== observation.architecture) continue;
        const figures = compare(observation, other, constants);
        if (figures.kinship === 'kin') kin.push({ a, b, figures });
      }
    });
    const named = models.map(({ model, observation: { contentHash } }) => ({ model, contentHash }));
    return new CandidatePairs(named, nearestOnly(kin, models.length, candidatesMax), constants);
  }

  /** Figures of the edge parent → child; null where the two are no candidates. */
  figures(parent: number, child: number): PairFigures | null {
    const pair = this.#byLabel[parent]?.get(child);
    if (pair === undefined) return null;
    return pair.a === parent ? pair.figures : mirrorPair(pair.figures, this.constants);
  }

  neighbours(label: number): readonly number[] {
    return this.#neighbours[label]!;
  }

  distance(a: number, b: number): number | null {
    return this.#byLabel[a]?.get(b)?.figures.distance ?? null;
  }

  /** 0 where the two are no candidates. */
  logOdds(parent: number, child: number): number {
    const pair = this.#byLabel[parent]?.get(child);
    if (pair === undefined) return 0;
    return pair.a === parent ? pair.figures.logOdds : 0 - pair.figures.logOdds;
  }

  crowd(parent: number, child: number): number {
    return this.#crowds.of(parent, child);
  }

  /** Mean log-odds over the candidates that the model is the parent, in whole nats. */
  pooled(label: number): number {
    return pooledLogOdds(this.neighbours(label).map((other) => this.logOdds(label, other)));
  }

  costs({ a, b }: CandidatePair): EdgeCosts {
    return pricePair(this, a, b, this.id(a), this.id(b));
  }

  rootCost(model: number): number {
    return rootCost(this.pooled(model), this.id(model), this.constants);
  }

  /** What ties are broken by: content first, then the name, since identical weights may carry many names. */
  private id(model: number): string {
    const { contentHash, model: name } = this.models[model]!;
    return `${contentHash}\0${name}`;
  }
}

function nearestOnly(pairs: readonly CandidatePair[], count: number, candidatesMax: number): CandidatePair[] {
  if (candidatesMax >= count) return [...pairs];
  const kept = new Set<CandidatePair>();
  const byModel = Array.from({ length: count }, () => [] as CandidatePair[]);
  for (const pair of pairs) {
    byModel[pair.a]!.push(pair);
    byModel[pair.b]!.push(pair);
  }
  for (const own of byModel) {
    own.sort((p, q) => p.figures.distance - q.figures.distance || p.a - q.a || p.b - q.b);
    own.slice(0, candidatesMax).forEach((pair) => kept.add(pair));
  }
  return pairs.filter((pair) => kept.has(pair));
}
