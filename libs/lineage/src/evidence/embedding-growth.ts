import type { Constants } from './constants';
import { embeddingTables } from './embedding-table';
import { measureGrowth } from './growth';
import { RowCollector, roundingVariance } from './growth-rows';
import { median } from './median';
import type { EmbeddingObservation } from './observation';
import { kernelFor } from './pair-kernel';

/** What the token embeddings of two models say. Zeros where a model has none or no row moved. */
export interface EmbeddingGrowth {
  /** L over the rows that turned. */
  readonly ratio: number;
  /** ln of the common growth, second over first, of the rows that did not turn; 0 where there is no certificate. */
  readonly commonShrink: number;
  /** Log-likelihood ratio of that certificate: half its squared z, with the sign of the direction. */
  readonly shrinkRatio: number;
  /** Rows that are equal up to the common factor, of the rows compared: how much of its parent a child still has. */
  readonly sharedRows: number;
  readonly comparedRows: number;
}

const SILENT: EmbeddingGrowth = { ratio: 0, commonShrink: 0, shrinkRatio: 0, sharedRows: 0, comparedRows: 0 };

/** No number format is trusted beyond this: optimisers leave noise of their own on float32 rows that they do not train. */
const ROUNDING_MIN = 2 ** -20;

/**
 * Token-embedding rows tell more than matrices: a token that the training never saw gets no gradient, so its row does not
 * turn, and under weight decay all such rows shrink by one factor. Decay only shrinks: the smaller model is the child. Rows
 * that did turn are only a hint, since with a tied output layer all tokens that are not in the data drift together.
 */
export function measureEmbedding(
  a: EmbeddingObservation | null,
  b: EmbeddingObservation | null,
  constants: Constants,
): EmbeddingGrowth {
  if (a === null || b === null || a.width !== b.width || a.columns !== b.columns) return SILENT;
  const rounding = Math.max(a.rounding, b.rounding);
  const [p, q] = embeddingTables(a, b);
  const residualMax = (constants.stillRoundings * Math.max(rounding, ROUNDING_MIN)) ** 2;
  const scatter = {
    noise: constants.turnNoise,
    // The last term keeps the variance of a row that barely turned above the error of float64.
    rounding: roundingVariance(a.width, rounding) + 1e-14,
  };
  const turned = new RowCollector(p.rows, constants);
  const still = kernelFor(p, q).splitRows(p, q, residualMax, scatter, turned);
  turned.endGroup();
  return {
    ratio: turnedRatio(turned, constants),
    ...commonShrink(still.growth, a.width, rounding, constants),
    comparedRows: still.compared,
  };
}

/** L over the rows that turned, whose updates may share one alignment with the weights. */
function turnedRatio(turned: RowCollector, constants: Constants): number {
  if (turned.length < constants.turnedRowsMin) return 0;
  return measureGrowth(turned.rows(), constants, constants.embeddingAlignment).ratio;
}

/**
 * The certificate: still rows grown by one common factor other than 1. It stands where the factor scatters from row to row
 * no more than a few times what rounding gives, and is many standard errors from 1.
 */
function commonShrink(
  still: Float64Array,
  width: number,
  rounding: number,
  constants: Constants,
): Pick<EmbeddingGrowth, 'commonShrink' | 'shrinkRatio' | 'sharedRows'> {
  const none = { commonShrink: 0, shrinkRatio: 0, sharedRows: 0 };
  if (still.length < constants.stillRowsMin) return none;
  const centre = median(still.slice());
  const spread = 1.4826 * median(still.map((y) => Math.abs(y - centre)));
  const least = Math.sqrt(2 / 3 / width) * rounding + 1e-7;
  const noise = Math.max(spread, least);
  const sharedRows = still.filter((y) => Math.abs(y - centre) <= SHARED_MAX * noise).length;
  const z = (Math.abs(centre) / noise) * Math.sqrt(still.length);
  if (spread > constants.shrinkSpreadMax * least || z < constants.shrinkZMin) return { ...none, sharedRows };
  return { commonShrink: centre, shrinkRatio: (-Math.sign(centre) * z * z) / 2, sharedRows };
}

/** Standard errors within which a row's growth is the common one. */
const SHARED_MAX = 4;
