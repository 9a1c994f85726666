import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open as openFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { SketchSegments, type SketchPlace } from './sketch-segments';
import { Store, StoreUnavailableError } from './index';
import { model, temporaryFolder } from './store.testing';

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => (place = temporaryFolder()));
afterEach(() => place.remove());

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const open = (places: SketchPlace[] = []) =>
  SketchSegments.open({ folder: place.folder, segmentMaxBytes: 100 }, places);

it('puts sketches one behind the other and begins a new segment when one is full', async () => {
  const segments = await open();
  const places = await segments.append([bytes(60, 1), bytes(40, 2), bytes(10, 3), bytes(500, 4)]);
  expect(places.map(({ segment, offset }) => [segment, offset])).toEqual([
    [1, 0],
    [1, 60],
    [2, 0],
    [3, 0],
  ]);
  segments.keep(places);
  expect(await Promise.all(places.map((each) => segments.read(each)))).toEqual([
    bytes(60, 1),
    bytes(40, 2),
    bytes(10, 3),
    bytes(500, 4),
  ]);
  const [next] = await segments.append([bytes(0, 0)]);
  expect(await segments.read(next!)).toEqual(bytes(0, 0));
  await segments.close();
});

it('overwrites what was never kept, in the same process and in the next', async () => {
  const segments = await open();
  const kept = await segments.append([bytes(20, 1)]);
  segments.keep(kept);
  await segments.append([bytes(60, 2), bytes(90, 3)]);
  const [again] = await segments.append([bytes(30, 4)]);
  expect(again).toMatchObject({ segment: 1, offset: 20 });
  await segments.close();
  expect(readdirSync(place.folder).sort()).toEqual(['000001.sketches', '000002.sketches']);
  const next = await open([...kept]);
  expect(readdirSync(place.folder)).toEqual(['000001.sketches']);
  expect((await next.append([bytes(5, 5)]))[0]).toMatchObject({ segment: 1, offset: 20 });
  expect(await next.read(kept[0]!)).toEqual(bytes(20, 1));
  await next.close();
});

it('deletes a segment when nothing in it is needed, and nothing else in its folder', async () => {
  writeFileSync(join(place.folder, 'notes.txt'), 'mine');
  const segments = await open();
  const places = await segments.append([bytes(60, 1), bytes(60, 2), bytes(60, 3)]);
  segments.keep(places);
  const reading = segments.read(places[0]!);
  await segments.drop([places[0]!]);
  expect(await reading).toEqual(bytes(60, 1));
  expect(readdirSync(place.folder).sort()).toEqual(['000002.sketches', '000003.sketches', 'notes.txt']);
  await segments.drop([places[1]!, places[2]!]);
  expect(existsSync(join(place.folder, '000003.sketches'))).toBe(true);
  await segments.close();
});

it('is compacted by the store without losing a sketch', async () => {
  const options = { folder: place.folder, segmentMaxBytes: 4_000 };
  const store = await Store.open(options);
  for (let i = 0; i < 60; i++) await store.transaction((tx) => tx.putModel(model(`model-${i}`)));
  await store.transaction((tx) => {
    for (let i = 0; i < 60; i++) if (i % 3 > 0) tx.supersede(i);
  });
  const folder = join(place.folder, 'sketches');
  const used = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const before = used();
  expect(await store.compactSketches()).toBeGreaterThan(3);
  expect(used()).toBeLessThan(before / 2);
  expect(await store.compactSketches()).toBe(0);
  await store.close();
  const next = await Store.open(options);
  for (let i = 0; i < 60; i++) {
    expect(await next.sketch(i)).toEqual(i % 3 > 0 ? null : model(`model-${i}`).sketch);
  }
  await next.close();
});

it('says where a sketch lies for whoever reads it alone', async () => {
  const segments = await open();
  const places = await segments.append([bytes(60, 1), bytes(40, 2), bytes(10, 3)]);
  const inFiles = places.map((each) => segments.inFile(each));
  expect(
    inFiles.map(({ path, offset, bytes: length }) => readFileSync(path).subarray(offset, offset + length)),
  ).toEqual([bytes(60, 1), bytes(40, 2), bytes(10, 3)].map((each) => Buffer.from(each)));
  expect(inFiles.map(({ crc }) => crc)).toEqual(places.map(({ crc }) => crc));
  await segments.close();
});

/** Has the next sync of a file wait for this. */
async function syncsOnce(sync: () => Promise<void>): Promise<void> {
  const file = await openFile(join(place.folder, 'any'), 'w');
  jest.spyOn(Object.getPrototypeOf(file) as FileHandle, 'datasync').mockImplementationOnce(sync);
  await file.close();
}

describe('a commit', () => {
  let store: Store;
  const passed: string[] = [];
  beforeEach(async () => {
    passed.length = 0;
    const onBoundary = (boundary: string): void => void passed.push(boundary);
    store = await Store.open({ folder: place.folder, onBoundary });
  });
  afterEach(() => store.close());

  it('waits for the sketches that its rows point to', async () => {
    let synced!: () => void;
    await syncsOnce(() => new Promise((resolve) => (synced = resolve)));
    const putting = store.transaction((tx) => tx.putModel(model('base')));
    await setTimeout(200);
    expect(passed).toEqual(['sketches-written']);
    synced();
    await putting;
    expect(passed).toEqual(['sketches-written', 'applied', 'committed']);
  });

  it('leaves nothing when they cannot be synced', async () => {
    await syncsOnce(() => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })));
    const failed = store.transaction((tx) => tx.putModel(model('base')));
    await expect(failed).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await store.model(0)).toBeNull();
    expect(await store.transaction((tx) => tx.putModel(model('child')))).toBe(0);
    expect(await store.sketch(0)).toEqual(model('child').sketch);
  });
});
