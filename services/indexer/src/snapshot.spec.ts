import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotFolderOf } from './load';
import { recordOf, TestIndex } from './test-index.testing';
import { freshWeights, trained, type TestWeights } from './weights.testing';

const pool: TestWeights[] = [freshWeights(1), freshWeights(2, { matrices: 3, rows: 48, columns: 32 })];
for (let i = 2; i < 20; i++) pool.push(trained(pool[(i * 5) % Math.max(2, i - 1)]!, 50 + i));
const arrive = (i: number) => recordOf({ name: `m${i}`, weights: pool[i]!, at: i + 1 });
const first = [...Array(14).keys()].map(arrive);
const later = [...Array(6).keys()].map((i) => arrive(14 + i));
const deletion = recordOf({ name: 'm3', weights: null, at: 30 });

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open({ candidatesMax: 4 });
  await index.deliver(...first, deletion);
});
afterEach(() => index.close());

const folder = () => snapshotFolderOf(index.folder);
const state = async () => ({
  forest: await index.forest(),
  next: index.store.seq(),
  pairs: index.parts.index.pairs.size,
});

/** Whatever the index was loaded from, what comes next must give the same. */
async function expectGoesOn(): Promise<void> {
  await index.deliver(...later);
  expect(index.parts.index.audit().violations).toEqual([]);
  const { forest } = await state();
  const other = await TestIndex.open({ candidatesMax: 4 });
  await other.deliver(...first, deletion, ...later);
  expect(await other.forest()).toEqual(forest);
  expect(index.parts.index.pairs.size).toBe(other.parts.index.pairs.size);
  await other.close();
}

it('is what the index is loaded from when it is of the same position', async () => {
  await index.save();
  const before = await state();
  index = await index.reopen();
  expect(index.loaded).toMatchObject({ from: 'snapshot', models: 14, refused: null });
  expect(await state()).toEqual(before);
  await expectGoesOn();
});

it('is passed over when the store has gone on', async () => {
  await index.save();
  await index.deliver(recordOf({ name: 'm4', weights: null, at: 31 }));
  index = await index.reopen();
  expect(index.loaded).toMatchObject({ from: 'store', refused: { reason: 'other-position' } });
  expect(index.loaded.refused!.detail).toBe('it is of position 15, the store is at 16');
});

it('is missing at first', async () => {
  index = await index.reopen();
  expect(index.loaded).toMatchObject({ from: 'store', refused: { reason: 'missing' } });
  await expectGoesOn();
});

it.each(['pairs', 'graphs', 'forest', 'manifest'])(
  'is passed over when its %s are damaged',
  async (section) => {
    await index.save();
    const name = readdirSync(folder()).find((each) => each.startsWith(section))!;
    const bytes = readFileSync(join(folder(), name));
    bytes[bytes.length >> 1]! ^= 0x40;
    writeFileSync(join(folder(), name), section === 'manifest' ? bytes.subarray(1) : bytes);
    index = await index.reopen();
    expect(index.loaded).toMatchObject({ from: 'store', refused: { reason: 'damaged' } });
    await expectGoesOn();
  },
);

it('is passed over when a file of it is cut off or gone', async () => {
  await index.save();
  const name = readdirSync(folder()).find((each) => each.startsWith('pairs'))!;
  writeFileSync(join(folder(), name), readFileSync(join(folder(), name)).subarray(0, 100));
  index = await index.reopen();
  expect(index.loaded.refused).toMatchObject({
    reason: 'damaged',
    detail: `${name} is not what was written`,
  });
  await index.save();
  rmSync(join(folder(), name));
  index = await index.reopen();
  expect(index.loaded.refused).toMatchObject({ reason: 'damaged' });
});

it('is of one data folder and of one setting', async () => {
  await index.save();
  const other = await TestIndex.open({ candidatesMax: 4 });
  await other.deliver(...first, deletion);
  cpSync(folder(), snapshotFolderOf(other.folder), { recursive: true });
  const moved = await other.reopen();
  expect(moved.loaded.refused).toMatchObject({ reason: 'other-store' });
  await moved.close();
  index = await index.reopen({ candidatesMax: 5 });
  expect(index.loaded.refused).toMatchObject({ reason: 'other-basis' });
});

it('replaces the one before', async () => {
  await index.save();
  const before = readdirSync(folder());
  await index.deliver(...later);
  await index.save();
  const after = readdirSync(folder());
  expect(after).toHaveLength(before.length);
  expect(after).not.toEqual(before);
  index = await index.reopen();
  expect(index.loaded.from).toBe('snapshot');
});
