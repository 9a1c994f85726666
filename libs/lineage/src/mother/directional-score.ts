// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import { excessKurtosis } from '../evidence/kurtosis';
import type { Numbers, Observation, TensorObservation } from '../evidence/observation';
import { factsOf, momentsOf } from '../evidence/tensor-facts';
import { LAYER_TYPES, type LayerType, layerTypeOf } from './layer-type';

/** The scores of the paper's ablation; kurtosis is its choice. */
export type ScoreKind = 'kurtosis' | 'skewness' | 'variance' | 'mean' | 'entropy';

/** A score of every chosen layer of one model, summed: monotone along a tree's paths if the paper's observation holds. */
export function directionalScore(
  model: Observation,
  kind: ScoreKind,
  layers: readonly LayerType[] = LAYER_TYPES,
): number {
  const chosen = model.tensors.filter((tensor) => layers.includes(layerTypeOf(tensor)));
  return chosen.reduce((sum, tensor) => sum + scoreOf(tensor, kind), 0);
}

function scoreOf(tensor: TensorObservation, kind: ScoreKind): number {
  if (kind === 'entropy') return entropy(tensor.values);
  const moments = factsOf(tensor).moments ?? momentsOf(tensor.values);
  const { mean, variance, thirdMoment } = moments;
  switch (kind) {
    case 'kurtosis':
      return excessKurtosis(moments);
    case 'skewness':
      return variance > 0 ? thirdMoment / variance ** 1.5 : 0;
    case 'variance':
      return variance;
    case 'mean':
      return mean;
  }
}

const BINS = 256;

/** Shannon entropy in nats of a histogram of 256 equal bins between the smallest and the largest finite value. */
export function entropy(values: Numbers): number {
  const finite = Array.from(values).filter(Number.isFinite);
  const min = finite.reduce((least, v) => Math.min(least, v), Infinity);
  const max = finite.reduce((most, v) => Math.max(most, v), -Infinity);
  if (!(max > min)) return 0;
  const counts = new Float64Array(BINS);
  for (const v of finite) counts[Math.min(BINS - 1, Math.floor(((v - min) / (max - min)) * BINS))]!++;
  return counts.reduce((sum, count) => {
    const share = count / finite.length;
    return share === 0 ? sum : sum - share * Math.log(share);
  }, 0);
}
