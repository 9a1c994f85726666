import { type Observation, pairTensors } from '../observation';
import { PLAIN_CONSTANTS, type PlainConstants } from './constants';
import { plainDistance } from './distance';
import { plainEmbeddingRatio } from './embedding-ratio';
import { measureGrowth } from './growth';
import { linesOf } from './lines';

/** Positive ratios say that the first model is the parent. */
export interface PlainFigures {
  readonly distance: number;
  readonly squaredDistance: number;
  readonly growth: number;
  readonly slope: number;
  readonly embeddingGrowth: number;
}

/**
 * The pair by the simplest formulas that work on whole weights: relative mean squares, one exponential prior on the decay.
 * Kept as a measure of what the default method gains. Null where the models have nothing in common that is finite.
 */
export function comparePlainly(
  a: Observation,
  b: Observation,
  constants: PlainConstants = PLAIN_CONSTANTS,
): PlainFigures | null {
  const pairs = pairTensors(a, b);
  const distances = plainDistance(pairs, constants);
  if (distances === null) return null;
  const { ratio: growth, slope } = measureGrowth(linesOf(pairs, constants), constants);
  return {
    ...distances,
    growth,
    slope,
    embeddingGrowth: plainEmbeddingRatio(a.embedding, b.embedding, constants),
  };
}
