/**
 * Every number of the method that was fitted or chosen. All are injectable, so that a fitting script can replace them as a
 * whole; nothing in the evidence or the costs has a number of its own beside them. Log-odds and costs are in nats.
 */
export interface Constants {
  /** r0 of the tree distance is at least this and the square of the coarser rounding: what counts as "did not move". */
  readonly distanceFloorMin: number;
  /** Columns of a tensor that enter the distance: at most this, and at most half of its given rows. */
  readonly distanceColumnsMax: number;
  /** What a tensor's step is measured by: the determinant of its columns' second moments, or its plain relative size. */
  readonly distanceKind: 'determinant' | 'plain';

  /** Standard errors by which the correlation of two models must exceed that of strangers. */
  readonly zMin: number;
  /** Correlation from which two models are possible relatives: decides only where so much was read that zMin is less. */
  readonly possibleMin: number;
  /** Either of these makes kin of relatives: a tensor that (nearly) did not turn, by its 1 − cos², beside others that correlate, … */
  readonly kinSineSquareMax: number;
  readonly kinTrainedCorrelationMin: number;
  /** … or a correlation, but for pairs that look like cousins: */
  readonly kinCorrelationMin: number;
  /** growth that hardly follows the turn, by its slope (either sign), and that fits this better than descent, in nats. */
  readonly cousinSlopeMax: number;
  readonly cousinGainMin: number;

  /** Turn x and growth y of a row are used where turnMin < x < turnMax: below is numerical noise, above nothing is left. */
  readonly turnMin: number;
  readonly turnMax: number;
  /** Share of its turn by which a row's growth scatters beyond the scatter of a random direction. */
  readonly turnNoise: number;
  /** The same for what was read of a tensor beside the given rows, whose turn is only extrapolated. */
  readonly restTurnNoise: number;
  /** Standard deviation of the alignment of a tensor's update, as a whole, with its weights. */
  readonly restAlignment: number;
  /** Numbers of such a rest, from which it is used. */
  readonly restCountMin: number;
  /** Rows fewer than this say nothing. */
  readonly rowsMin: number;
  /** Prior probability that a training had no weight decay; … */
  readonly noDecayShare: number;
  /** … otherwise the common shrink is an equal mixture of exponentials of these rates, per mean turn. */
  readonly decayRates: readonly number[];
  /** f(L) = sign(L) · compression · ln(1 + |L| / compression): large evidence stays larger but cannot silence the rest. */
  readonly compression: number;
  /** Weights of the compressed evidence: rows of matrices, turned embedding rows, the certificate of a common shrink. */
  readonly growthWeight: number;
  readonly embeddingWeight: number;
  readonly shrinkWeight: number;

  /** An embedding row is still where what remains after a common factor is under this many roundings. */
  readonly stillRoundings: number;
  /** Still rows that share one shrink, from which it is a certificate. */
  readonly stillRowsMin: number;
  /** Scatter of that shrink over still rows, in units of what rounding gives, up to which it is one shrink. */
  readonly shrinkSpreadMax: number;
  /** Standard errors by which it must differ from none. */
  readonly shrinkZMin: number;
  /** Embedding rows that turned, from which they are used. */
  readonly turnedRowsMin: number;
  /** Standard deviation of the alignment with their weights that the updates of all turned rows share. */
  readonly embeddingAlignment: number;

  /** Exact zeros that only one of two tensors has: share of the tensor from which they are evidence. */
  readonly zeroShareMin: number;
  /** Distinct values that remain of those of the other model, below which a model lies on a value lattice. */
  readonly latticeShareMax: number;
  /** Kurtosis of row-scaled differences below which they are rounding errors (uniform 1.8, a training's 3). */
  readonly latticeKurtosisMax: number;
  /** Log-likelihood ratio from which zeros or a lattice make one model a conversion of the other. */
  readonly conversionRatioMin: number;
  /** Weight of a conversion's marks (zeros, lattice, cast); 0: conversions are not told from trainings. */
  readonly conversionWeight: number;
  /** Log-odds of a narrower copy being made from the wider one, and not the other way round. */
  readonly castLogOdds: number;
  /** Log-odds per unit by which summed excess kurtosis rises; its sign depends on the training stage, so 0 by default. */
  readonly kurtosisWeight: number;
  /** Bound on the sum of all log-odds of a pair, so that hostile weights cannot leave the range of the costs. */
  readonly logOddsMax: number;

  /** Free slopes within ± this look like cousins. */
  readonly variantSlopeMax: number;
  /** Nats by which the free slope must beat the better of both answers. */
  readonly variantGainMin: number;

  /** Weight of the prior that the side of an edge with more relatives holds the root, … */
  readonly crowdWeight: number;
  /** … used where the pair's own log-odds are under this. */
  readonly crowdLogOddsMax: number;
  /** The prior counts in steps of so many nats, so that an arrival seldom re-prices a pair; 0 for no steps. */
  readonly crowdStep: number;

  /** α: weight of the tree distance, one over its relative noise. */
  readonly alpha: number;
  /** κ: weight of the pooled evidence that a model is the root. */
  readonly kappa: number;
  /** τ: cost of being a root; above every edge between kin. */
  readonly tau: number;

  /** Weights of the distance and of the log-odds in the confidence, whose noise they were fitted to. */
  readonly confidenceAlpha: number;
  readonly confidenceDirection: number;
  /** Rate at which a training misleads whatever the figures say: no confidence exceeds 1 less this. */
  readonly lapse: number;
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

/** Raised whenever a figure of a pair comes out differently from the same sketches and constants: what was kept of it is void then. */
export const METHOD_VERSION = 2;

export const DEFAULT_CONSTANTS: Constants = Object.freeze({
  distanceFloorMin: 1e-12,
  distanceColumnsMax: 12,
  distanceKind: 'determinant',
  zMin: 8,
  possibleMin: 0.05,
  kinSineSquareMax: 0.002,
  kinTrainedCorrelationMin: 0.5,
  kinCorrelationMin: 0.975,
  cousinSlopeMax: 0.3,
  cousinGainMin: 10,
  turnMin: 1e-9,
  turnMax: 1.5,
  turnNoise: 0.1,
  restTurnNoise: 0.2,
  restAlignment: 0.01,
  restCountMin: 32,
  rowsMin: 5,
  noDecayShare: 0.5,
  decayRates: Object.freeze([3, 1, 0.3, 0.1, 0.03, 0.01]),
  compression: 10,
  growthWeight: 0.4,
  embeddingWeight: 0.08,
  shrinkWeight: 1,
  stillRoundings: 2,
  stillRowsMin: 16,
  shrinkSpreadMax: 3,
  shrinkZMin: 6,
  turnedRowsMin: 16,
  embeddingAlignment: 0.5,
  zeroShareMin: 0.01,
  latticeShareMax: 0.95,
  latticeKurtosisMax: 2.4,
  conversionRatioMin: 20,
  conversionWeight: 1,
  castLogOdds: 40,
  kurtosisWeight: 0,
  logOddsMax: 1000,
  variantSlopeMax: 0.5,
  variantGainMin: 20,
  crowdWeight: 2,
  crowdLogOddsMax: 8,
  crowdStep: 0.5,
  alpha: 1000,
  kappa: 0,
  tau: 16_000,
  confidenceAlpha: 200,
  confidenceDirection: 0.75,
  lapse: 0.01,
  assertMin: 0.8,
  mergeResidualMax: 0.02,
  mergeWeightMin: 0.05,
  lowRankShareMax: 0.5,
  lowRankRelation: 'finetune',
});

/** f(L). Antisymmetric, and the identity for small L. */
export function compress(ratio: number, compression: number): number {
  return Math.sign(ratio) * compression * Math.log1p(Math.abs(ratio) / compression);
}
