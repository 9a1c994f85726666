import type { Connection } from './connection';
import { Outbox } from './outbox';
import { RemovedPairs } from './removed-pairs';
import { StoreError } from './store-error';

/** What the single writer remembers between transactions, as committed. */
export interface Counters {
  readonly storeId: string;
  labelNext: number;
  /** By partition; 1 where there is no change yet. */
  readonly seqNext: Map<number, number>;
  readonly outbox: Outbox;
  readonly removedPairs: RemovedPairs;
  /** The latest `knownAt`: a clock that goes back must not reorder history. */
  knownAt: number;
}

/** Reads the counters, and checks on the way that labels and seqs have no gap. */
export async function readCounters(
  connection: Connection,
  file: string,
  pairsGoneMax = 2 ** 14,
): Promise<Counters> {
  const [ids] = await connection.rows<{ id: string }>('SELECT id FROM store');
  const [models] = await connection.rows<{ count: number; next: number }>(
    'SELECT count(*)::DOUBLE AS count, coalesce(max(label) + 1, 0)::DOUBLE AS next FROM models',
  );
  const partitions = await connection.rows<{ partition: number; count: number; first: number; last: number }>(
    `SELECT partition, count(*)::DOUBLE AS count, min(seq)::DOUBLE AS first, max(seq)::DOUBLE AS last
     FROM changes GROUP BY partition`,
  );
  const [rest] = await connection.rows<{ outbox: number; known: number }>(
    `SELECT (SELECT coalesce(max(seq) + 1, 1) FROM outbox)::DOUBLE AS outbox,
       (SELECT coalesce(epoch_ms(max(known_at)), 0) FROM changes)::DOUBLE AS known`,
  );
  if (ids === undefined || models === undefined || rest === undefined || models.count !== models.next) {
    throw new StoreError('damaged', `${file} has ${models?.count} models, but labels up to ${models?.next}`);
  }
  for (const { partition, count, first, last } of partitions) {
    if (last - first + 1 === count) continue;
    const found = `${count} changes from ${first} to ${last}`;
    throw new StoreError('damaged', `${file} has a gap in partition ${partition}: ${found}`);
  }
  return {
    storeId: ids.id,
    labelNext: models.next,
    seqNext: new Map(partitions.map(({ partition, last }) => [partition, last + 1])),
    outbox: new Outbox(rest.outbox),
    removedPairs: await RemovedPairs.load(connection, pairsGoneMax),
    knownAt: rest.known,
  };
}
