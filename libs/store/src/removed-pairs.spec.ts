import { Database } from './database';
import { pairAt, Store, type CandidatePair, type StoreOptions } from './index';
import { uniform } from './neighbours/families.testing';
import { seed } from './property.testing';
import { pair, temporaryFolder } from './store.testing';

let place: ReturnType<typeof temporaryFolder>;
let store: Store;

const open = async (more: Partial<StoreOptions> = {}) =>
  Store.open({ folder: place.folder, pairsGoneMax: 3, ...more });

beforeEach(async () => {
  place = temporaryFolder();
  store = await open();
});
afterEach(async () => {
  await store.close();
  place.remove();
});

const pairs = async (): Promise<CandidatePair[]> => {
  const all: CandidatePair[] = [];
  for await (const columns of store.pairs()) {
    for (let row = 0; row < columns.count; row++) all.push(pairAt(columns, row));
  }
  expect(await store.pairCount()).toBe(all.length);
  return all.sort((x, y) => x.a - y.a || x.b - y.b);
};

/** Rows of the tables themselves; the store is opened anew. */
async function rows(): Promise<{ candidates: number; gone: number }> {
  await store.close();
  const database = await Database.open({ folder: place.folder });
  const [counts] = await database.read((connection) =>
    connection.rows<{ candidates: number; gone: number }>(
      `SELECT (SELECT count(*) FROM candidates)::DOUBLE AS candidates,
         (SELECT count(*) FROM candidates_gone)::DOUBLE AS gone`,
    ),
  );
  await database.close();
  store = await open();
  return counts!;
}

const SIX = [1, 2, 3, 4, 5, 6].map((b) => pair(0, b));

it('notes pairs as gone, and deletes their rows when there are many', async () => {
  await store.transaction((tx) => tx.putCandidates(SIX));
  await store.transaction((tx) => tx.removeCandidates(SIX.slice(0, 3)));
  expect(await pairs()).toEqual(SIX.slice(3));
  expect(await rows()).toEqual({ candidates: 6, gone: 3 });
  expect(await pairs()).toEqual(SIX.slice(3));
  await store.transaction((tx) => tx.removeCandidates(SIX.slice(3, 4)));
  expect(await pairs()).toEqual(SIX.slice(4));
  expect(await rows()).toEqual({ candidates: 2, gone: 0 });
});

it.each([false, true])('has a pair once that comes back, after a restart: %s', async (restart) => {
  await store.transaction((tx) => tx.putCandidates(SIX));
  await store.transaction((tx) => tx.removeCandidates(SIX.slice(0, 2)));
  if (restart) expect(await rows()).toEqual({ candidates: 6, gone: 2 });
  const back = pair(0, 1, { distance: -3 });
  await store.transaction((tx) => tx.putCandidates([back]));
  expect(await pairs()).toEqual([back, ...SIX.slice(2)]);
  expect(await rows()).toEqual({ candidates: 5, gone: 0 });
});

it('keeps what was gone when a transaction fails that would have deleted it', async () => {
  await store.transaction((tx) => tx.putCandidates(SIX));
  await store.transaction((tx) => tx.removeCandidates(SIX.slice(0, 2)));
  const failed = store.transaction((tx) => {
    tx.putCandidates([pair(0, 1)]);
    tx.advance('never claimed', 0, null, 1);
  });
  await expect(failed).rejects.toThrow('never claimed');
  expect(await pairs()).toEqual(SIX.slice(2));
  await store.transaction((tx) => tx.putCandidates([pair(0, 1)]));
  expect(await pairs()).toEqual([pair(0, 1), ...SIX.slice(2)]);
});

it('has what a map has after any history', async () => {
  const next = uniform(seed());
  const expected = new Map<number, CandidatePair>();
  for (let step = 0; step < 60; step++) {
    await store.transaction((tx) => {
      for (let b = 1; b <= 12; b++) {
        const chance = next();
        if (chance < 0.15) tx.removeCandidates([pair(0, b)]);
        if (chance < 0.15) expected.delete(b);
        // A pair is put again only when it was removed, be it in the same transaction.
        if (!expected.has(b) && next() < 0.2) {
          const put = pair(0, b, { distance: step });
          tx.putCandidates([put]);
          expected.set(b, put);
        }
      }
    });
    if (step % 20 === 19) await rows();
    expect(await pairs()).toEqual([...expected.values()].sort((x, y) => x.b - y.b));
  }
});
