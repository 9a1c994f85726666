import type { TensorMoments, TensorPair } from './observation';
import { factsOf } from './tensor-facts';

/** Fourth standardised moment minus that of a normal variable; 0 for a constant. */
export function excessKurtosis({ variance, fourthMoment }: TensorMoments): number {
  return variance > 0 ? fourthMoment / variance ** 2 - 3 : 0;
}

/**
 * By how much the excess kurtosis, summed over tensors, rises from the first model to the second. The direction of [M]:
 * it rises in the generalisation stage and falls in specialisation, so without being told the stage it only describes.
 */
export function kurtosisRise(pairs: readonly TensorPair[]): number {
  let rise = 0;
  for (const { a, b } of pairs) {
    const before = factsOf(a).moments;
    const after = factsOf(b).moments;
    if (before !== null && after !== null) rise += excessKurtosis(after) - excessKurtosis(before);
  }
  return rise;
}
