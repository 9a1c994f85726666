import { weighPair } from '../evidence/compare-pair';
import type { Constants } from '../evidence/constants';
import { calibrationError } from '../recover/metrics';
import {
  type ConfidentAnswer,
  type MeasuredAnswer,
  type MeasuredFamily,
  recoverConfidently,
  recoverMeasured,
} from './measured-family';

/** How constants do on families. */
export interface Score {
  readonly edges: number;
  /** True edges found with their direction, and in either direction. */
  readonly directed: number;
  readonly undirected: number;
  readonly roots: number;
  readonly rootsFound: number;
}

export interface ConfidentScore extends Score {
  /** Mean −ln probability of the truth over all models, in nats. */
  readonly surprise: number;
  /** Expected calibration error of the confidences. */
  readonly ece: number;
  readonly answers: readonly ConfidentAnswer[];
}

/** No probability is taken to be less, so that one certain error does not outweigh all else. */
const PROBABILITY_FLOOR = 1e-4;

export function scoreOf(families: readonly MeasuredFamily[], constants: Constants): Score {
  return count(families.flatMap((family) => recoverMeasured(family, constants)));
}

/** The same with confidences, for many times the work. */
export function confidentScoreOf(families: readonly MeasuredFamily[], constants: Constants): ConfidentScore {
  const answers = families.flatMap((family) => recoverConfidently(family, constants));
  const nats = answers.map(({ trueProbability }) => -Math.log(Math.max(PROBABILITY_FLOOR, trueProbability)));
  return { ...count(answers), surprise: mean(nats), ece: calibrationError(answers), answers };
}

/**
 * Mean −ln probability of the true direction over all true edges, the log-odds of a pair taken at their word: least where they
 * are as large as they should be. In nats; ln 2 for who knows nothing.
 */
export function directionSurprise(families: readonly MeasuredFamily[], constants: Constants): number {
  const nats = families.flatMap(({ models, pairs }) => {
    const isParent = (up: number, down: number): boolean => models[down]!.parents.includes(up);
    return pairs.flatMap(({ a, b, measures }) => {
      if (!isParent(a, b) && !isParent(b, a)) return [];
      const { logOdds } = weighPair(measures, constants);
      return [Math.log1p(Math.exp(isParent(a, b) ? -logOdds : logOdds))];
    });
  });
  return mean(nats);
}

function count(answers: readonly MeasuredAnswer[]): Score {
  const edges = answers.filter(({ isRoot }) => !isRoot);
  const roots = answers.filter(({ isRoot }) => isRoot);
  return {
    edges: edges.length,
    directed: edges.filter(({ right }) => right).length,
    undirected: edges.filter(({ undirected }) => undirected).length,
    roots: roots.length,
    rootsFound: roots.filter(({ right }) => right).length,
  };
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / Math.max(1, figures.length);
}
