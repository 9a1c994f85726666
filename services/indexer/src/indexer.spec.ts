import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, SKETCHED, topicSpecs } from '@stemma/events';
import { StoreError, type Boundary } from '@stemma/store';
import { Indexer, type IndexerOptions } from './indexer';
import type { LoadReport } from './load';
import { recordOf } from './test-index.testing';
import { freshWeights, trained } from './weights.testing';

let folder: string;
let log: EmbeddedLog;
let loaded: LoadReport[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-indexer-'));
  log = await EmbeddedLog.open(join(folder, 'log'));
  await log.ensureTopics(topicSpecs());
  loaded = [];
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (
  more: Partial<IndexerOptions> = {},
  onBoundary?: (boundary: Boundary) => void,
): Promise<Indexer> => {
  const store = { folder: join(folder, 'index'), ...(onBoundary === undefined ? {} : { onBoundary }) };
  return Indexer.open({
    store,
    log,
    now: () => new Date(),
    onLoaded: (report) => loaded.push(report),
    ...more,
  });
};

const base = freshWeights(1);
const arrive = (name: string, weights = base, at = 1) =>
  log.append(SKETCHED, [recordOf({ name, weights, at })]);

/** Runs an indexer until it has indexed everything that the log holds. */
async function catchUp(indexer: Indexer): Promise<void> {
  const subscription = await indexer.start();
  const { high } = await log.bounds(SKETCHED, 0);
  while (indexer.positionNext < high) {
    await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  await subscription.stop();
}

it('goes on from its snapshot, and without it', async () => {
  await arrive('a');
  const first = await open();
  await catchUp(first);
  await first.close();
  await arrive('b', trained(base, 2), 2);
  const second = await open();
  await catchUp(second);
  expect((await second.store.parentAsOf('org/b'))?.parentAfter).toBe('org/a');
  const seq = second.store.seq();
  await second.close();
  rmSync(join(folder, 'index', 'snapshot'), { recursive: true });
  const third = await open();
  await catchUp(third);
  expect(third.store.seq()).toBe(seq);
  await third.close();
  const fourth = await open();
  await catchUp(fourth);
  await fourth.close();
  expect(loaded.map(({ from, models, refused }) => [from, models, refused?.reason])).toEqual([
    ['store', 0, 'missing'],
    ['snapshot', 1, undefined],
    ['store', 2, 'missing'],
    ['snapshot', 2, undefined],
  ]);
});

it('ends with the fault of a store that cannot be used any more, and starts anew where it was', async () => {
  await arrive('a');
  const fault = new StoreError('unusable', 'the database is gone');
  const broken = await open({}, (boundary) => {
    if (boundary === 'applied') throw fault;
  });
  const subscription = await broken.start();
  await expect(subscription.done).rejects.toBe(fault);
  expect(() => broken.parts).toThrow('the indexer has not started');
  await broken.close();
  const next = await open();
  await catchUp(next);
  expect(next.store.seq()).toBe(1);
  await next.close();
});

it('goes on when a snapshot cannot be written', async () => {
  const failures: Error[] = [];
  const indexer = await open({
    config: { snapshotBatches: 1 },
    onSnapshotFailed: (error) => failures.push(error),
  });
  rmSync(join(folder, 'index', 'snapshot'), { recursive: true, force: true });
  // A file where the folder should be.
  writeFileSync(join(folder, 'index', 'snapshot'), 'in the way');
  await arrive('a');
  await catchUp(indexer);
  await indexer.close();
  expect(failures.length).toBeGreaterThan(0);
});
