import { keyOfPair, type Changeset, type PairKey } from './changeset';
import { pairKeyColumns } from './columns';
import type { Connection } from './connection';

/** What a changeset means for the pairs that are gone. */
export interface Removal {
  /** Pairs that were not gone before. */
  readonly pairs: readonly PairKey[];
  /** Whether the rows of all that are gone are deleted now. */
  readonly isDue: boolean;
}

/**
 * The pairs that are gone of which `candidates` has the rows still. To find a row the whole table is read, some 4 ms for each
 * million of pairs, so a pair is noted as gone until there are many, or until it comes back.
 */
export class RemovedPairs {
  readonly #gone = new Set<string>();

  private constructor(private readonly goneMax: number) {}

  static async load(connection: Connection, goneMax: number): Promise<RemovedPairs> {
    const removed = new RemovedPairs(goneMax);
    for await (const chunk of connection.chunks('SELECT a, b FROM candidates_gone')) {
      for (const [a, b] of chunk.getRows() as [number, number][]) removed.#gone.add(keyOfPair({ a, b }));
    }
    return removed;
  }

  removal({ pairsRemoved, pairsPut }: Changeset): Removal {
    const gone = this.#gone;
    const pairs = [...pairsRemoved].filter(([key]) => !gone.has(key)).map(([, pair]) => pair);
    const isBack = [...pairsPut.keys()].some((key) => gone.has(key) || pairsRemoved.has(key));
    return { pairs, isDue: isBack || gone.size + pairs.length > this.goneMax };
  }

  /** A removal has been committed. */
  committed({ pairs, isDue }: Removal): void {
    if (isDue) this.#gone.clear();
    else for (const pair of pairs) this.#gone.add(keyOfPair(pair));
  }
}

/** Before pairs are put: one that comes back has no other row then. */
export async function removePairs(connection: Connection, { pairs, isDue }: Removal): Promise<void> {
  await connection.append('candidates_gone', pairKeyColumns(pairs));
  if (!isDue) return;
  await connection.run(
    `DELETE FROM candidates USING candidates_gone AS gone WHERE candidates.a = gone.a AND candidates.b = gone.b`,
  );
  await connection.run('DELETE FROM candidates_gone');
}
