import type { Constants } from './constants';
import { type ConversionMarks, measureMarks } from './conversion-marks';
import { compareTensors, squaredDistance, treeDistance } from './distance';
import { measureEmbedding } from './embedding-growth';
import { measureGrowth } from './growth';
import { growthRowsOf } from './growth-rows';
import { areKin, areRelated, correlate, correlateTrained, type Kinship } from './kinship';
import type { Observation } from './observation';
import { pairTables } from './table-pair';

/** Why two models cannot be compared at all. */
export type NotComparable = 'other-architecture' | 'no-common-coordinates' | 'nothing-finite';

/**
 * Every figure of a pair. The first group is the same for (a, b) and (b, a); the second changes its sign. Positive
 * log-likelihood ratios say that the first model is the parent. Figures of strangers that only relatives have are zero.
 */
export interface PairMeasures extends ConversionMarks {
  readonly kinship: Kinship;
  /** Null where they were compared. */
  readonly notComparable: NotComparable | null;
  readonly correlation: number;
  /** The correlation in standard errors of strangers. */
  readonly z: number;
  /** The correlation of the tensors that were trained, all but those that hardly turned; 1 where none was. */
  readonly trainedCorrelation: number;
  /** D: mean log-determinant of the step between the models, at most about 0, which is said of all strangers. */
  readonly distance: number;
  /** d²: mean 1 − cos² over parameters, and the smallest of any tensor. */
  readonly squaredDistance: number;
  readonly leastSineSquare: number;
  /** Nats by which a free slope of growth on turn beats both directions. */
  readonly variantGain: number;
  /** Rows that moved, and rests of tensors. */
  readonly rows: number;
  /** Token-embedding rows equal up to one factor, of those compared. */
  readonly sharedRows: number;
  readonly comparedRows: number;
  /** The models carry the same bytes. */
  readonly sameContent: boolean;

  /** L over the rows of the matrices. */
  readonly growth: number;
  /** β: free slope of growth on turn. */
  readonly slope: number;
  /** L over token-embedding rows that turned. */
  readonly embeddingGrowth: number;
  /** ln of the common growth of embedding rows that did not turn, second over first: the certificate of weight decay. */
  readonly commonShrink: number;
  readonly shrinkRatio: number;
}

/** Two models that have nothing to do with each other, at the distance of right angles. */
const STRANGERS: PairMeasures = {
  kinship: 'stranger',
  notComparable: null,
  correlation: 0,
  z: 0,
  trainedCorrelation: 0,
  distance: 0,
  squaredDistance: 1,
  leastSineSquare: 1,
  variantGain: 0,
  rows: 0,
  sharedRows: 0,
  comparedRows: 0,
  sameNumbers: false,
  sameContent: false,
  growth: 0,
  slope: 0,
  embeddingGrowth: 0,
  commonShrink: 0,
  shrinkRatio: 0,
  zeros: 0,
  zeroShare: 0,
  lattice: 0,
  distinct: 0,
  cast: 0,
  kurtosisRise: 0,
};

/** All figures of a pair. Direction is measured on relatives only: of strangers it would be noise at a price. */
export function measurePair(a: Observation, b: Observation, constants: Constants): PairMeasures {
  if (a.architecture !== b.architecture) return { ...STRANGERS, notComparable: 'other-architecture' };
  const tables = pairTables(a, b);
  if (tables === null) return { ...STRANGERS, notComparable: 'no-common-coordinates' };
  const tensors = compareTensors(tables.coarse);
  if (tensors.length === 0) return { ...STRANGERS, notComparable: 'nothing-finite' };
  const correlated = correlate(tensors);
  const near = {
    ...STRANGERS,
    ...correlated,
    squaredDistance: squaredDistance(tensors),
    leastSineSquare: tensors.reduce((least, tensor) => Math.min(least, tensor.sineSquare), 1),
    sameContent: a.contentHash === b.contentHash,
  };
  if (!areRelated(correlated, constants)) return near;
  const growth = measureGrowth(growthRowsOf(tables.raw, constants), constants);
  const trainedCorrelation = correlateTrained(tensors, constants);
  const isKin = areKin(trainedCorrelation, near.leastSineSquare, growth, constants);
  const { ratio: embeddingGrowth, ...embedding } = measureEmbedding(a.embedding, b.embedding, constants);
  return {
    ...near,
    ...embedding,
    trainedCorrelation,
    distance: treeDistance(tables.coarse, tensors, constants),
    kinship: isKin ? 'kin' : 'possible',
    growth: growth.ratio,
    slope: growth.slope,
    variantGain: growth.variantGain,
    rows: growth.rows,
    embeddingGrowth,
    ...measureMarks(tables, tensors, constants),
  };
}

/** Zero stays zero: −0 would be told from 0 by whoever compares figures. */
const negate = (figure: number): number => 0 - figure;

/**
 * The same pair the other way round: equal, bit for bit, to measuring it so. Field by field: a copy of all would have a pair that is
 * given with its evidence word that first.
 */
export function mirrorMeasures(measures: PairMeasures): PairMeasures {
  return {
    kinship: measures.kinship,
    notComparable: measures.notComparable,
    correlation: measures.correlation,
    z: measures.z,
    trainedCorrelation: measures.trainedCorrelation,
    distance: measures.distance,
    squaredDistance: measures.squaredDistance,
    leastSineSquare: measures.leastSineSquare,
    variantGain: measures.variantGain,
    rows: measures.rows,
    sharedRows: measures.sharedRows,
    comparedRows: measures.comparedRows,
    sameNumbers: measures.sameNumbers,
    sameContent: measures.sameContent,
    growth: negate(measures.growth),
    slope: negate(measures.slope),
    embeddingGrowth: negate(measures.embeddingGrowth),
    commonShrink: negate(measures.commonShrink),
    shrinkRatio: negate(measures.shrinkRatio),
    zeros: negate(measures.zeros),
    zeroShare: negate(measures.zeroShare),
    lattice: negate(measures.lattice),
    distinct: negate(measures.distinct),
    cast: negate(measures.cast) as -1 | 0 | 1,
    kurtosisRise: negate(measures.kurtosisRise),
  };
}
