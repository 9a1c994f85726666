import type { Constants } from './constants';
import type { TensorComparison } from './distance';
import type { Growth } from './growth';

/** Kin may be joined; a possible relative is shown and never joined; strangers are not even that. */
export type Kinship = 'kin' | 'possible' | 'stranger';

export interface Correlation {
  /** Centred correlation, each tensor scaled by itself, averaged over coordinates. */
  readonly correlation: number;
  /** The correlation in standard errors between strangers, 1/√m for m coordinates. */
  readonly z: number;
}

/**
 * How alike two models are. Between strangers the correlation of every tensor is noise of variance one over its
 * coordinates, so their mean weighted by coordinates has variance 1/m.
 */
export function correlate(
  tensors: readonly Pick<TensorComparison, 'coordinates' | 'correlation'>[],
): Correlation {
  let sum = 0;
  let coordinates = 0;
  for (const tensor of tensors) {
    if (tensor.correlation === null) continue;
    sum += tensor.coordinates * tensor.correlation;
    coordinates += tensor.coordinates;
  }
  if (coordinates === 0) return { correlation: 0, z: 0 };
  const correlation = sum / coordinates;
  return { correlation, z: correlation * Math.sqrt(coordinates) };
}

/** Beyond what chance gives strangers. */
export function areRelated({ correlation, z }: Correlation, constants: Constants): boolean {
  return z >= constants.zMin && correlation >= constants.possibleMin;
}

/**
 * The correlation over the tensors that were trained. Two models may have tensors in common for other reasons than descent (a causal
 * mask, a table of positions, an identity that training starts from), which say nothing about the rest. 1 where nothing was trained.
 */
export function correlateTrained(tensors: readonly TensorComparison[], constants: Constants): number {
  const trained = tensors.filter(({ sineSquare }) => sineSquare > constants.kinSineSquareMax);
  return trained.length === 0 ? 1 : correlate(trained).correlation;
}

/**
 * Whether relatives may be joined. Being far from noise is not enough: two runs from one random initialisation are, too, and
 * correlate up to 0.996 while they are young. Kin share a tensor that (nearly) was not trained, which twins never do, and are not
 * strangers in the rest; or they are close and have not both grown away from a third, as twins have.
 *
 * @param trainedCorrelation as from {@link correlateTrained}
 */
export function areKin(
  trainedCorrelation: number,
  leastSineSquare: number,
  growth: Pick<Growth, 'slope' | 'variantGain'>,
  constants: Constants,
): boolean {
  if (leastSineSquare <= constants.kinSineSquareMax)
    return trainedCorrelation >= constants.kinTrainedCorrelationMin;
  const cousins =
    Math.abs(growth.slope) < constants.cousinSlopeMax && growth.variantGain > constants.cousinGainMin;
  return trainedCorrelation >= constants.kinCorrelationMin && !cousins;
}
