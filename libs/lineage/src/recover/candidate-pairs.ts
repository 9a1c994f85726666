import { comparePair, mirrorPair, type PairFigures } from '../evidence/compare-pair';
import type { Constants } from '../evidence/constants';
import { type EdgeCosts, edgeCosts, pooledLogOdds, rootCost } from '../evidence/cost';
import type { NamedObservation } from './recovered';

/** Two kin by their places in the list, `a` before `b`. */
export interface CandidatePair {
  readonly a: number;
  readonly b: number;
  /** Of the edge a → b. */
  readonly figures: PairFigures;
}

/** All kin of a list of models, and what is pooled over them. A function of the set: no pair depends on another's arrival. */
export class CandidatePairs {
  readonly #neighbours: Map<number, CandidatePair>[];

  private constructor(
    readonly models: readonly NamedObservation[],
    readonly pairs: readonly CandidatePair[],
    readonly constants: Constants,
  ) {
    this.#neighbours = models.map(() => new Map<number, CandidatePair>());
    for (const pair of pairs) {
      this.#neighbours[pair.a]!.set(pair.b, pair);
      this.#neighbours[pair.b]!.set(pair.a, pair);
    }
  }

  /** Compares all models of one architecture with each other; keeps pairs where one is among the nearest of the other. */
  static of(
    models: readonly NamedObservation[],
    candidatesMax: number,
    constants: Constants,
  ): CandidatePairs {
    const kin: CandidatePair[] = [];
    models.forEach(({ observation }, a) => {
      for (let b = a + 1; b < models.length; b++) {
        const other = models[b]!.observation;
        if (other.architecture !== observation.architecture) continue;
        const figures = comparePair(observation, other, constants);
        if (figures.kinship === 'kin') kin.push({ a, b, figures });
      }
    });
    return new CandidatePairs(models, nearestOnly(kin, models.length, candidatesMax), constants);
  }

  /** Figures of the edge parent → child; null where the two are no candidates. */
  figures(parent: number, child: number): PairFigures | null {
    const pair = this.#neighbours[parent]?.get(child);
    if (pair === undefined) return null;
    return pair.a === parent ? pair.figures : mirrorPair(pair.figures, this.constants);
  }

  /** Candidates of a model, nearest first. */
  neighbours(model: number): number[] {
    const distance = (other: number): number => this.#neighbours[model]!.get(other)!.figures.distance;
    return [...this.#neighbours[model]!.keys()].sort((p, q) => distance(p) - distance(q) || p - q);
  }

  /** Mean log-odds over the candidates that the model is the parent, in whole nats. */
  pooled(model: number): number {
    const pairs = [...this.#neighbours[model]!.values()];
    return pooledLogOdds(pairs.map(({ a, figures }) => (a === model ? figures.logOdds : -figures.logOdds)));
  }

  costs({ a, b, figures }: CandidatePair): EdgeCosts {
    return edgeCosts(figures, this.id(a), this.id(b), this.constants);
  }

  rootCost(model: number): number {
    return rootCost(this.pooled(model), this.id(model), this.constants);
  }

  /** What ties are broken by: content first, then the name, since identical weights may carry many names. */
  private id(model: number): string {
    const { observation, model: name } = this.models[model]!;
    return `${observation.contentHash}\0${name}`;
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
