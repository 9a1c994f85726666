import { Store } from './index';
import { change, parent, temporaryFolder } from './store.testing';

let place: ReturnType<typeof temporaryFolder>;
let store: Store;
let clockMs: number;

const open = async () => Store.open({ folder: place.folder, now: () => clockMs });

beforeEach(async () => {
  place = temporaryFolder();
  clockMs = 1_800_000_000_000;
  store = await open();
});
afterEach(async () => {
  await store.close();
  place.remove();
});

const reopen = async (): Promise<void> => {
  await store.close();
  store = await open();
};

describe('changes', () => {
  it('are numbered without a gap in each partition, whatever fails in between', async () => {
    const append = (partition: number, ...names: string[]) =>
      store.transaction((tx) =>
        tx.appendChanges(
          partition,
          names.map((name) => change(name, null)),
        ),
      );
    expect((await append(0, 'a', 'b')).map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await append(1, 'c')).map(({ seq }) => seq)).toEqual([1]);
    await expect(
      store.transaction((tx) => {
        tx.appendChanges(0, [change('x', null)]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(
      store.transaction((tx) => {
        expect(tx.appendChanges(0, [change('y', null)])[0]!.seq).toBe(3);
        tx.putParents([parent(0, 0)]);
      }),
    ).rejects.toThrow('CHECK');
    await reopen();
    const twice = await store.transaction((tx) => [
      ...tx.appendChanges(0, [change('d', 'org/a')]),
      ...tx.appendChanges(0, [change('e', 'org/a')]),
    ]);
    expect(twice.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(store.seq(0)).toBe(4);
    expect(
      (await store.changes({ after: 0, limit: 100 })).map(({ seq, model: name }) => [seq, name]),
    ).toEqual([
      [1, 'org/a'],
      [2, 'org/b'],
      [3, 'org/d'],
      [4, 'org/e'],
    ]);
    expect(await store.changes({ after: 2, limit: 1 })).toEqual([twice[0]]);
    expect(await store.changes({ partition: 1, after: 0, limit: 9 })).toHaveLength(1);
  });

  it('may be a hundred thousand at once: a late base changes the parents of a whole family', async () => {
    const many = Array.from({ length: 150_000 }, (_, i) =>
      change(`model-${i}`, 'org/base', { evidence: [] }),
    );
    await store.transaction((tx) => tx.appendChanges(0, many));
    expect(store.seq()).toBe(150_000);
    expect((await store.changes({ after: 149_998, limit: 5 })).map(({ seq }) => seq)).toEqual([
      149_999, 150_000,
    ]);
  });

  it('never carry an earlier time than those before, though the clock goes back', async () => {
    await store.transaction((tx) => tx.appendChanges(0, [change('a', null)]));
    clockMs -= 5_000;
    await reopen();
    const [second] = await store.transaction((tx) => tx.appendChanges(0, [change('b', null)]));
    expect(second!.knownAt).toBe(clockMs + 5_000);
  });

  it('answer for the tree as of then, and as we knew it then', async () => {
    const at = (day: number) => 1_700_000_000_000 + day * 86_400_000;
    const say = async (knownDay: number, validDay: number, parentAfter: string | null) => {
      clockMs = at(knownDay);
      await store.transaction((tx) =>
        tx.appendChanges(0, [change('m', parentAfter, { validFrom: at(validDay) })]),
      );
    };
    // Created on day 100 and known on day 110 without a parent; its base came to light on day 120.
    await say(110 + 1_500, 100, null);
    await say(120 + 1_500, 100, 'org/base');
    // A new revision of day 130, known on day 131, comes from elsewhere.
    await say(131 + 1_500, 130, 'org/other');
    // Later we learn better about the first revision: that changes the past, not the present.
    await say(140 + 1_500, 100, 'org/true-base');
    const asked = async (validDay: number, knownDay: number) =>
      (await store.parentAsOf('org/m', at(validDay), at(knownDay + 1_500)))?.parentAfter;
    expect(await asked(99, 200)).toBeUndefined();
    expect(await asked(105, 109)).toBeUndefined();
    expect(await asked(105, 115)).toBeNull();
    expect(await asked(105, 125)).toBe('org/base');
    expect(await asked(135, 125)).toBe('org/base');
    expect(await asked(135, 135)).toBe('org/other');
    expect(await asked(105, 150)).toBe('org/true-base');
    expect(await asked(135, 150)).toBe('org/other');
    expect((await store.parentAsOf('org/m'))?.parentAfter).toBe('org/other');
    expect(await store.parentAsOf('org/nobody')).toBeNull();
  });
});
