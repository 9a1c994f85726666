import { type Constants, DEFAULT_CONSTANTS } from './constants';
import { describe, directionalOdds, type Evidence, isVariant } from './describe';
import type { Observation } from './observation';
import { measurePair, mirrorMeasures, type PairMeasures } from './pair-measures';

/** Everything that is known about the edge a → b. */
export interface PairFigures extends PairMeasures {
  /** Sum of all directional log-odds in nats; positive: a is the parent. 0 where nothing tells the direction. */
  readonly logOdds: number;
  /** Relatives, but growth says that neither descends from the other: both have grown away from a third. */
  readonly variant: boolean;
  /** Worded anew whenever it is read: of most pairs nobody asks. */
  readonly evidence: readonly Evidence[];
}

/**
 * Compares two models by their weights alone (DESIGN 3.4, 3.5): kinship, distance, direction and the reasons for it.
 *
 * Exactly antisymmetric: `comparePair(b, a)` equals `mirrorPair(comparePair(a, b))` in every bit. Never throws on what
 * the weights hold: numbers that are not finite are left out, models that cannot be compared are strangers for a reason.
 */
export function comparePair(
  a: Observation,
  b: Observation,
  constants: Constants = DEFAULT_CONSTANTS,
): PairFigures {
  return weighPair(measurePair(a, b, constants), constants);
}

/** What `comparePair` gives with the models exchanged, without comparing them again. */
export function mirrorPair(figures: PairFigures, constants: Constants = DEFAULT_CONSTANTS): PairFigures {
  return weighPair(mirrorMeasures(figures), constants);
}

/** What measures of a pair weigh under given constants: the log-odds, and the reasons in words for whoever asks for them. */
export function weighPair(measures: PairMeasures, constants: Constants): PairFigures {
  return {
    ...measures,
    logOdds: sumOfOdds(measures, constants),
    variant: isVariant(measures, constants),
    get evidence() {
      return describe(measures, constants);
    },
  };
}

function sumOfOdds(measures: PairMeasures, constants: Constants): number {
  let sum = 0;
  for (const nats of directionalOdds(measures, constants)) sum += nats;
  return Math.max(-constants.logOddsMax, Math.min(constants.logOddsMax, sum));
}
