/**
 * Every number of the method that was fitted or chosen. All are injectable, so that a fitting script can replace them as a
 * whole; nothing in the evidence or the costs has a number of its own beside them. Log-odds and costs are in nats.
 */
export interface Constants {
  /** r0 of the tree distance (DESIGN 3.4): relative mean square that counts as "did not move". */
  readonly distanceFloor: number;

  /** Standard errors by which the correlation of two models must exceed that of strangers (DESIGN 3.4). */
  readonly zMin: number;
  /** Correlation from which two models are kin: two runs from one random initialisation stay under it. */
  readonly kinshipMin: number;
  /** Correlation from which two models are possible relatives. Strangers were measured under 0.005. */
  readonly possibleMin: number;

  /** Turn x and growth y of a row are used where turnMin < x < turnMax: below is numerical noise, above nothing is left. */
  readonly turnMin: number;
  readonly turnMax: number;
  /** Share of its turn by which a row's growth scatters beyond the scatter of a random direction. */
  readonly turnNoise: number;
  /** Rate of the exponential prior on the common shrink (weight decay), per mean turn. */
  readonly decayPrior: number;
  /** Rows fewer than this say nothing. */
  readonly rowsMin: number;
  /** f(L) = sign(L) · compression · ln(1 + |L| / compression): large evidence stays larger but cannot silence the rest. */
  readonly compression: number;

  /** Embedding rows that share one shrink without a turn, from which the shrink is a certificate. */
  readonly untouchedRowsMin: number;
  /** A row is untouched where its turn is at most this many times what rounding alone turns it. */
  readonly untouchedTurn: number;
  /** Standard errors by which the common shrink of untouched rows must differ from none. */
  readonly shrinkZMin: number;

  /** Exact zeros that only one of two tensors has: share of the tensor from which they are evidence. */
  readonly zeroShareMin: number;
  /** Distinct values that remain of those of the other model, below which a model lies on a value lattice. */
  readonly latticeShareMax: number;
  /** Kurtosis of row-scaled differences below which they are rounding errors (uniform 1.8, a training's 3). */
  readonly latticeKurtosisMax: number;
  /** Log-likelihood ratio from which zeros or a lattice make one model a conversion of the other. */
  readonly conversionRatioMin: number;
  /** Log-odds of a narrower copy being made from the wider one, and not the other way round. */
  readonly castLogOdds: number;
  /** Log-odds per unit by which summed excess kurtosis rises; its sign depends on the training stage, so 0 by default. */
  readonly kurtosisWeight: number;
  /** Bound on the sum of all log-odds of a pair, so that hostile weights cannot leave the range of the costs. */
  readonly logOddsMax: number;

  /** Mean relative squared difference from which the free slope may overrule both answers (DESIGN 3.5). */
  readonly variantDistanceMin: number;
  /** Free slopes within ± this look like cousins. */
  readonly variantSlopeMax: number;
  /** Nats by which the free slope must beat the better of both answers. */
  readonly variantGainMin: number;

  /** α: weight of the tree distance, one over its relative noise (DESIGN 3.6). */
  readonly alpha: number;
  /** κ: weight of the pooled evidence that a model is the root. */
  readonly kappa: number;
  /** τ: cost of being a root without evidence; above every edge between kin. */
  readonly tau: number;

  /** Temperature of the distance in the confidence: α / distanceTemperature is one over the noise of D as it counts there. */
  readonly distanceTemperature: number;
  /** Temperature of the directional evidence in the confidence. */
  readonly directionTemperature: number;
  /** Confidence below which an edge is served as `uncertain`. */
  readonly assertMin: number;

  /** Share of a change's squares that a linear combination may leave unexplained and still be a merge. */
  readonly mergeResidualMax: number;
  /** Weight from which a model counts as an ingredient of a merge. */
  readonly mergeWeightMin: number;
  /** Share of full rank up to which a change is low-rank. */
  readonly lowRankShareMax: number;
  /** The Hub's word for a low-rank change that was merged into full weights. */
  readonly lowRankRelation: 'finetune' | 'adapter';
}

export const DEFAULT_CONSTANTS: Constants = Object.freeze({
  distanceFloor: 1e-9,
  zMin: 8,
  kinshipMin: 0.9,
  possibleMin: 0.05,
  turnMin: 1e-9,
  turnMax: 1.5,
  turnNoise: 0.1,
  decayPrior: 3,
  rowsMin: 5,
  compression: 10,
  untouchedRowsMin: 16,
  untouchedTurn: 4,
  shrinkZMin: 8,
  zeroShareMin: 0.01,
  latticeShareMax: 0.95,
  latticeKurtosisMax: 2.4,
  conversionRatioMin: 20,
  castLogOdds: 40,
  kurtosisWeight: 0,
  logOddsMax: 1000,
  variantDistanceMin: 0.01,
  variantSlopeMax: 0.5,
  variantGainMin: 25,
  alpha: 1000,
  kappa: 3,
  tau: 8000,
  distanceTemperature: 20,
  directionTemperature: 4,
  assertMin: 0.8,
  mergeResidualMax: 0.02,
  mergeWeightMin: 0.05,
  lowRankShareMax: 0.5,
  lowRankRelation: 'finetune',
});

/** f(L) of DESIGN 3.5. Antisymmetric, and the identity for small L. */
export function compress(ratio: number, compression: number): number {
  return Math.sign(ratio) * compression * Math.log1p(Math.abs(ratio) / compression);
}
