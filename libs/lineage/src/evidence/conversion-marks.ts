// Typed arrays are read with `!` here: every index is bounded by the number of tensors.
import { measureCast } from './cast';
import type { Constants } from './constants';
import type { TensorComparison } from './distance';
import { excessKurtosis } from './kurtosis';
import { isLatticePossible, measureLattice } from './lattice';
import type { TensorObservation, TensorPair } from './observation';
import type { PairKernel } from './pair-kernel';
import type { SampleTable } from './sample-table';
import type { PairTables } from './table-pair';
import { type OwnMarks, ownMarks, tensorMoments } from './tensor-facts';
import { logRatio } from './turn';
import { measureZeros } from './zeros';

/** What other things than training leave on the weights. Positive ratios say that the first model is the parent. */
export interface ConversionMarks {
  /** Ratio and share of exact zeros that only one of both has. */
  readonly zeros: number;
  readonly zeroShare: number;
  /** Ratio, and ln of distinct values of the second over the first. */
  readonly lattice: number;
  readonly distinct: number;
  /** All numbers are equal once both are in the coarser format. */
  readonly sameNumbers: boolean;
  /** 1: the second is the first, rounded to a narrower format. */
  readonly cast: -1 | 0 | 1;
  /** Rise of the summed excess kurtosis from the first to the second. */
  readonly kurtosisRise: number;
}

/**
 * The marks of a pair of relatives. Hardly any pair has one, and what each model tells by itself says which cannot have it: only
 * the others are looked at number by number.
 */
export function measureMarks(
  tables: PairTables,
  tensors: readonly TensorComparison[],
  constants: Constants,
): ConversionMarks {
  const { raw, coarse } = tables;
  const [p, q] = [factsOfModel(raw.p, raw.kernel), factsOfModel(raw.q, raw.kernel)];
  const hasZeros = Math.max(p.zeroShareMost, q.zeroShareMost) >= constants.zeroShareMin;
  const { ratio: zeros, share: zeroShare } = hasZeros
    ? measureZeros(tensorPairs(tables), constants)
    : { ratio: 0, share: 0 };
  const distinct = moreDistinct(factsOfModel(coarse.p, coarse.kernel), factsOfModel(coarse.q, coarse.kernel));
  const lattice = isLatticePossible(distinct, constants)
    ? measureLattice(tensorPairs(tables), distinct, constants)
    : 0;
  const { sameNumbers, lostBy } = tensors.every(({ same }) => same)
    ? measureCast(tensorPairs(tables))
    : { sameNumbers: false, lostBy: 0 as const };
  const kurtosisRise = riseOf(p.kurtosis, q.kurtosis);
  return { zeros, zeroShare, lattice, distinct, sameNumbers, cast: lostBy, kurtosisRise };
}

interface ModelFacts extends OwnMarks {
  /** By tensor; NaN where it is not known. */
  readonly kurtosis: Float64Array;
}

const known = new WeakMap<readonly TensorObservation[], ModelFacts>();

function factsOfModel(table: SampleTable, kernel: PairKernel): ModelFacts {
  const { tensors } = table;
  const before = known.get(tensors);
  if (before !== undefined) return before;
  // What is not finite in another model may have been taken out of the table, but of none of the tensors.
  const marks = table.wholeRows === null ? kernel.marks(table) : ownMarks(tensors);
  const kurtosis = new Float64Array(tensors.length).fill(NaN);
  tensors.forEach((tensor, t) => {
    const moments = tensorMoments(tensor);
    if (moments !== null) kurtosis[t] = excessKurtosis(moments);
  });
  const facts = { ...marks, kurtosis };
  known.set(tensors, facts);
  return facts;
}

/** ln of the share of distinct values in a row of the second, over that of the first, at the same coordinates. */
function moreDistinct(p: ModelFacts, q: ModelFacts): number {
  return p.values === 0 || q.values === 0 ? 0 : logRatio(p.distinct / p.values, q.distinct / q.values);
}

/**
 * By how much the excess kurtosis, summed over tensors, rises from the first model to the second. The direction of [M]:
 * it rises in the generalisation stage and falls in specialisation, so without being told the stage it only describes.
 */
function riseOf(before: Float64Array, after: Float64Array): number {
  let rise = 0;
  for (let t = 0; t < before.length; t++) {
    const change = after[t]! - before[t]!;
    if (!Number.isNaN(change)) rise += change;
  }
  return rise;
}

function tensorPairs({ raw, coarse }: PairTables): TensorPair[] {
  return raw.p.tensors.map((a, t) => {
    const [coarseA, coarseB] = [coarse.p.tensors[t]!.values, coarse.q.tensors[t]!.values];
    return { a, b: raw.q.tensors[t]!, coarseA, coarseB };
  });
}
