import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_CONSTANTS, METHOD_VERSION } from '@stemma/lineage';
import { SKETCH_VERSION } from '@stemma/sketch';
import { pairAt, type CandidatePair, type Claim, type PairColumns, type Store } from '@stemma/store';
import type { Comparer } from './comparer';

/** Names all that the figures of a pair are a function of beside two sketches. */
export const METHOD = createHash('sha256')
  .update(JSON.stringify([METHOD_VERSION, SKETCH_VERSION, DEFAULT_CONSTANTS]))
  .digest('hex')
  .slice(0, 16);

/** What an index of another method took to be brought up to this one. */
export interface RemeasureReport {
  /** Whose figures are others now. */
  readonly pairs: number;
  readonly ms: number;
}

export interface Remeasuring {
  readonly store: Store;
  readonly claim: Claim;
  readonly comparer: Comparer;
}

/**
 * Compares all pairs of a store anew, whose figures are of another method: with figures of two methods the forest would depend on
 * when its models came. Whoever is interrupted begins again, since the store does not say yet that it is of this one.
 *
 * @returns pairs whose figures are others now
 */
export async function remeasure({ store, claim, comparer }: Remeasuring): Promise<number> {
  let changed = 0;
  for await (const columns of store.pairs()) {
    const pairs = pairsOf(columns);
    await store.transaction(async (tx) => {
      comparer.begin(tx);
      const figures = await comparer.compare(pairs);
      const anew = pairs.map((pair, at): CandidatePair => ({ ...pair, ...figures[at]! }));
      const renewed = anew.filter((pair, at) => !isDeepStrictEqual(pair, pairs[at]));
      tx.removeCandidates(renewed);
      tx.putCandidates(renewed);
      changed += renewed.length;
    }, claim);
  }
  return changed;
}

const pairsOf = (columns: PairColumns): CandidatePair[] =>
  Array.from({ length: columns.count }, (_, row) => pairAt(columns, row));
