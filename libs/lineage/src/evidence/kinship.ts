import type { Constants } from './constants';
import type { TensorComparison } from './distance';

/** Kin may be joined; a possible relative is shown and never joined; strangers are not even that. */
export type Kinship = 'kin' | 'possible' | 'stranger';

export interface KinshipTest {
  readonly kinship: Kinship;
  /** Centred correlation, each tensor scaled by itself, averaged over coordinates. */
  readonly correlation: number;
  /** The correlation in standard errors between strangers, 1/√m for m coordinates. */
  readonly z: number;
}

/**
 * Are two models related at all (DESIGN 3.4)? Between strangers the correlation of every tensor is noise of variance
 * one over its coordinates, so their mean weighted by coordinates has variance 1/m. Being far from noise is not enough:
 * two runs from one random initialisation are, so kin must also be close to each other.
 */
export function testKinship(tensors: readonly TensorComparison[], constants: Constants): KinshipTest {
  let sum = 0;
  let coordinates = 0;
  for (const tensor of tensors) {
    if (tensor.correlation === null) continue;
    sum += tensor.coordinates * tensor.correlation;
    coordinates += tensor.coordinates;
  }
  if (coordinates === 0) return { kinship: 'stranger', correlation: 0, z: 0 };
  const correlation = sum / coordinates;
  const z = correlation * Math.sqrt(coordinates);
  const related = z >= constants.zMin;
  if (related && correlation >= constants.kinshipMin) return { kinship: 'kin', correlation, z };
  return {
    kinship: related && correlation >= constants.possibleMin ? 'possible' : 'stranger',
    correlation,
    z,
  };
}
