import { mix, seedOf } from './seed';
import { NOMINAL_ITEM_BYTES, READ_PLAN_VERSION } from './slab-choice';

/** Contiguous token ids [rowBegin, rowEnd). */
export interface RowRun {
  readonly rowBegin: number;
  readonly rowEnd: number;
}

export interface EmbeddingBudget {
  readonly bytesMax: number;
  readonly rowsMax: number;
}

/** Runs that a sample is made of: each costs a request, and rare and frequent tokens lie far apart. */
const RUNS = 32;
/** Token ids from here on are never sampled, so that a lying header cannot make the draw long. */
const SAMPLED_IDS_MAX = 2 ** 18;

/**
 * Which rows of a token embedding are read (DESIGN 3.3). The ids are cut into runs of one length, all runs are put in one fixed
 * random order, and the first ones that lie under the vocabulary are taken. Order and length depend on the width and
 * the budget only: a model whose vocabulary has grown is read at the same rows, but for the few that new runs push out.
 */
export function embeddingRuns(vocabulary: number, width: number, budget: EmbeddingBudget): RowRun[] {
  const rows = Math.min(budget.rowsMax, Math.floor(budget.bytesMax / (NOMINAL_ITEM_BYTES * width)));
  if (rows === 0) return [];
  if (vocabulary <= rows) return [{ rowBegin: 0, rowEnd: vocabulary }];
  const runRows = Math.max(1, Math.floor(rows / RUNS));
  const seed = seedOf('embedding-runs', READ_PLAN_VERSION, runRows);
  const runs = Array.from(
    { length: Math.floor(Math.min(vocabulary, SAMPLED_IDS_MAX) / runRows) },
    (_, run) => ({ run, draw: mix(seed, run) }),
  );
  return runs
    .sort((a, b) => a.draw - b.draw || a.run - b.run)
    .slice(0, Math.floor(rows / runRows))
    .map(({ run }) => ({ rowBegin: run * runRows, rowEnd: (run + 1) * runRows }))
    .sort((a, b) => a.rowBegin - b.rowBegin);
}
