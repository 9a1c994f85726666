import fc from 'fast-check';
import type { LogRecord } from '@stemma/events';
import { INDEXER_DEFAULTS } from './config';
import { forestFromScratch } from './from-scratch';
import { liveSet } from './live-set';
import { recordOf, TestIndex, type Published } from './test-index.testing';
import { freshWeights, trained, type TestWeights } from './weights.testing';

const seed = Number(process.env.SEED ?? 5);

/** Two families and a third of another architecture; every model hangs under one of those before it. */
const pool: TestWeights[] = [
  freshWeights(1),
  freshWeights(2),
  freshWeights(3, { matrices: 3, rows: 48, columns: 32 }),
];
for (let i = 3; i < 14; i++) pool.push(trained(pool[(7 * i) % pool.length]!, 10 + i));

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** What happens to a few repositories, at different minutes: revisions, copies of others, deletions. */
const happenings = fc
  .array(
    fc.record({
      name: fc.constantFrom(...NAMES),
      weights: fc.option(fc.constantFrom(...pool), { freq: 3, nil: null }),
      createdAt: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 4, maxLength: 24 },
  )
  .map((all) => all.map((one, at) => recordOf({ ...one, at: at + 1 })));

/** The same events as somebody else may get them: in another order, some of them twice, in other batches. */
const delivery = (records: readonly LogRecord[]) =>
  fc.record({
    records: fc.constant(records),
    shuffled: fc.shuffledSubarray([...records, ...records.slice(0, 3)], {
      minLength: records.length + Math.min(3, records.length),
    }),
    batchMax: fc.integer({ min: 1, max: 6 }),
  });

async function publishedAfter(
  records: readonly LogRecord[],
  batchMax: number,
  candidatesMax: number,
): Promise<Map<string, Published>> {
  const index = await TestIndex.open({ candidatesMax });
  try {
    for (let at = 0; at < records.length; at += batchMax)
      await index.deliver(...records.slice(at, at + batchMax));
    expect(index.parts.index.audit().violations).toEqual([]);
    return new Map([...(await index.published())].sort(([x], [y]) => (x < y ? -1 : 1)));
  } finally {
    await index.close();
  }
}

it('is what the index publishes, whatever the order of delivery', async () => {
  const property = fc.asyncProperty(
    happenings.chain(delivery),
    fc.constantFrom(2, INDEXER_DEFAULTS.candidatesMax),
    async ({ records, shuffled, batchMax }, candidatesMax) => {
      const inOrder = await publishedAfter(records, 1, candidatesMax);
      expect(await publishedAfter(shuffled, batchMax, candidatesMax)).toEqual(inOrder);
      const models = liveSet(records);
      const { parents } = forestFromScratch(models, { candidatesMax });
      expect(new Map([...inOrder].map(([model, { parent }]) => [model, parent]))).toEqual(
        new Map([...parents].sort(([x], [y]) => (x < y ? -1 : 1))),
      );
      for (const { arrival, tombstone } of models) {
        const { repo, sha } = arrival.event.data;
        expect(inOrder.get(repo)).toMatchObject({ revision: sha, state: tombstone ? 'deleted' : 'live' });
      }
    },
  );
  await fc.assert(property, { seed, numRuns: Number(process.env.RUNS ?? 6), endOnFailure: true });
}, 120_000);
