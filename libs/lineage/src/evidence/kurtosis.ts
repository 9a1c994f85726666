import type { TensorMoments } from './observation';

/** Fourth standardised moment minus that of a normal variable; 0 for a constant. */
export function excessKurtosis({ variance, fourthMoment }: TensorMoments): number {
  return variance > 0 ? fourthMoment / variance ** 2 - 3 : 0;
}
