import { encodeSketch } from '@stemma/sketch';
import { recordOf, TestIndex } from './test-index.testing';
import { freshWeights, sketchOf, trained } from './weights.testing';

/** a → b → c, and d, a sibling of b: every name one training away from its parent. */
const a = freshWeights(1);
const b = trained(a, 2);
const c = trained(b, 3);
const d = trained(a, 4);
const other = freshWeights(9, { matrices: 3, rows: 48, columns: 32 });

let index: TestIndex;
beforeEach(async () => {
  index = await TestIndex.open();
});
afterEach(() => index.close());

const arrive = (name: string, weights = a, at = 1) => recordOf({ name, weights, at });
const remove = (name: string, at: number) => recordOf({ name, weights: null, at });
const family = [arrive('a', a, 1), arrive('b', b, 2), arrive('c', c, 3), arrive('d', d, 4)];

describe('a deletion', () => {
  it('leaves a parent in its place as long as something living descends from it', async () => {
    await index.deliver(...family);
    expect(await index.forest()).toEqual({ a: null, b: 'a', c: 'b', d: 'a' });
    await index.deliver(remove('b', 5));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': 'a', c: 'b', d: 'a' });
    await index.deliver(remove('c', 6));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': null, 'c (deleted)': null, d: 'a' });
  });

  it('gives the same whether it comes before a child or after', async () => {
    await index.deliver(arrive('a', a, 1), arrive('b', b, 2));
    await index.deliver(remove('b', 3));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': null });
    await index.deliver(arrive('c', c, 4));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': 'a', c: 'b' });
  });

  it('of a repository never seen keeps out what is older, and nothing else', async () => {
    await index.deliver(arrive('a', a, 1), remove('b', 5));
    expect(await index.forest()).toEqual({ a: null });
    await index.deliver(arrive('b', b, 2));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': null });
    await index.deliver(arrive('b', b, 6));
    expect(await index.forest()).toEqual({ a: null, b: 'a' });
  });

  it('that comes twice is one', async () => {
    await index.deliver(...family, remove('b', 5));
    const seq = index.store.seq();
    await index.deliver(remove('b', 5), remove('b', 7));
    expect(index.store.seq()).toBe(seq);
  });

  it('takes a chain of deleted models from sight with the last that lives', async () => {
    await index.deliver(...family, remove('a', 5), remove('b', 6), remove('d', 7));
    expect(await index.forest()).toEqual({
      'a (deleted)': null,
      'b (deleted)': 'a',
      c: 'b',
      'd (deleted)': null,
    });
    await index.deliver(remove('c', 8));
    expect(new Set(Object.values(await index.forest()))).toEqual(new Set([null]));
    await index.deliver(arrive('c', c, 9));
    expect(await index.forest()).toEqual({
      'a (deleted)': null,
      'b (deleted)': 'a',
      c: 'b',
      'd (deleted)': null,
    });
  });
});

describe('an arrival', () => {
  it('that was delivered before changes nothing, nor does an older one', async () => {
    await index.deliver(...family);
    const seq = index.store.seq();
    await index.deliver(...family);
    await index.deliver(recordOf({ name: 'c', weights: d, at: 2, sha: 'older' }));
    expect(index.store.seq()).toBe(seq);
  });

  it('does not bring a deleted model back when it is delivered again', async () => {
    await index.deliver(...family, remove('b', 5));
    await index.deliver(arrive('b', b, 2));
    expect(await index.forest()).toMatchObject({ 'b (deleted)': 'a', c: 'b' });
  });

  it('of a deleted repository makes it live again, the same revision under its old label', async () => {
    await index.deliver(...family, remove('b', 5));
    const label = index.parts.index.labelOf('org/b');
    await index.deliver(recordOf({ name: 'b', weights: b, at: 6, createdAt: 2, sha: 'sha-2' }));
    expect(await index.forest()).toEqual({ a: null, b: 'a', c: 'b', d: 'a' });
    expect(index.parts.index.labelOf('org/b')).toBe(label);
    expect(await index.store.modelCounts()).toEqual({ live: 4, tombstone: 0, superseded: 0 });
  });

  it('of a newer revision takes the place of the tombstone', async () => {
    await index.deliver(...family, remove('b', 5));
    await index.deliver(arrive('b', trained(c, 7), 6));
    expect(await index.forest()).toEqual({ a: null, b: 'c', c: 'a', d: 'a' });
    expect(await index.store.modelCounts()).toEqual({ live: 4, tombstone: 0, superseded: 1 });
  });

  it('of another architecture leaves the old graph', async () => {
    await index.deliver(...family);
    await index.deliver(arrive('b', other, 5));
    expect(await index.forest()).toEqual({ a: null, b: null, c: 'a', d: 'a' });
    await index.deliver(arrive('e', trained(other, 8), 6));
    expect(await index.forest()).toMatchObject({ b: null, e: 'b' });
  });

  it('under a new name takes over the place of the old one', async () => {
    await index.deliver(...family, remove('b', 5));
    await index.deliver(arrive('renamed', b, 6));
    expect(await index.forest()).toEqual({
      a: null,
      'b (deleted)': null,
      c: 'renamed',
      d: 'a',
      renamed: 'a',
    });
    await index.deliver(remove('renamed', 7));
    expect(await index.forest()).toMatchObject({ 'b (deleted)': 'a', c: 'b', 'renamed (deleted)': null });
  });

  it('under a new name before the old one is known to be gone is its copy, then its successor', async () => {
    await index.deliver(...family, arrive('renamed', b, 5));
    expect(await index.forest()).toMatchObject({ b: 'a', c: 'b', renamed: 'b' });
    await index.deliver(remove('b', 6));
    expect(await index.forest()).toEqual({
      a: null,
      'b (deleted)': null,
      c: 'renamed',
      d: 'a',
      renamed: 'a',
    });
  });
});

describe('an event from the future', () => {
  it('is taken as of now, so that what comes after is newer', async () => {
    const early = recordOf({ name: 'b', weights: b, at: 10_000, takenAt: 2 });
    await index.deliver(arrive('a', a, 1), early);
    expect(await index.forest()).toEqual({ a: null, b: 'a' });
    await index.deliver(remove('b', 3));
    expect(await index.forest()).toEqual({ a: null, 'b (deleted)': null });
    await index.deliver(recordOf({ name: 'b', weights: c, at: 4, createdAt: 99_999 }));
    expect(await index.forest()).toEqual({ a: null, b: 'a' });
    expect(await index.store.modelByRepo('zoo', 'org/b')).toMatchObject({ sha: 'sha-4', state: 'live' });
  });
});

it('refuses events of another hub with a dead letter that says what to do', async () => {
  await index.deliver(arrive('a', a, 1), recordOf({ name: 'a', weights: b, at: 2, hub: 'elsewhere' }));
  expect(await index.forest()).toEqual({ a: null });
  const [rejection] = await index.store.rejections(9);
  expect(rejection).toMatchObject({
    reason: 'other-hub',
    detail:
      'This data folder follows the hub zoo, the event is of elsewhere: give every hub a folder of its own.',
  });
  index = await index.reopen();
  await index.deliver(recordOf({ name: 'b', weights: b, at: 3, hub: 'elsewhere' }));
  expect(await index.store.rejections(9)).toHaveLength(2);
});

it('compares only what was read at the same coordinates', async () => {
  await index.deliver(
    arrive('a', a, 1),
    recordOf({ name: 'b', weights: b, at: 2, sketching: { coordinatesMax: 2_000 } }),
  );
  expect(await index.forest()).toEqual({ a: null, b: null });
  expect(index.parts.index.pairs.size).toBe(0);
  await index.deliver(arrive('b', b, 3));
  expect(await index.forest()).toEqual({ a: null, b: 'a' });
});

it('reads the coordinates from the sketch of a model that was indexed before they were kept', async () => {
  await index.deliver(arrive('b', b, 2));
  const sketch = sketchOf(a);
  const { architecture, contentHash, fingerprint, coordinates } = sketch;
  const identity = { hub: 'zoo', repo: 'org/old', sha: 'old', architecture, contentHash, fingerprint };
  const times = { createdAt: 1, publishedAt: 1 };
  const rest = { partition: 0, claim: null, bytesRead: 0, bytesPublished: 0, sketch: encodeSketch(sketch) };
  await index.store.transaction((tx) => tx.putModel({ ...identity, ...times, ...rest, coordinates: null }));
  index = await index.reopen();
  expect(index.parts.index.model(index.parts.index.labelNamed('org/old')).coordinates).toBe(coordinates);
});

it('is the same index after a restart, tombstones and unseen deletions included', async () => {
  await index.deliver(...family, remove('b', 5), remove('unseen', 9));
  const before = await index.published();
  index = await index.reopen();
  await index.deliver(arrive('unseen', c, 3), arrive('b', b, 2));
  expect(await index.published()).toEqual(
    new Map([...before, ['org/unseen', { state: 'deleted', parent: null, revision: 'sha-3' }]]),
  );
});
