import { setTimeout } from 'node:timers/promises';

import {
  pairAt,
  Store,
  StoreError,
  type CandidatePair,
  type Claim,
  type StoreOptions,
  type Transaction,
} from './index';
import { change, collect, model, pair, parent, temporaryFolder } from './store.testing';

const TOPIC = 'stemma.model.sketched.v1';
let place: ReturnType<typeof temporaryFolder>;
let store: Store;
let clockMs: number;

const open = async (more: Partial<StoreOptions> = {}) =>
  Store.open({ folder: place.folder, now: () => clockMs, ...more });

beforeEach(async () => {
  place = temporaryFolder();
  clockMs = 1_800_000_000_000;
  store = await open();
});
afterEach(async () => {
  await store.close();
  place.remove();
});

const reopen = async (more: Partial<StoreOptions> = {}): Promise<void> => {
  await store.close();
  store = await open(more);
};

const pairs = async (): Promise<CandidatePair[]> => {
  const all: CandidatePair[] = [];
  for await (const columns of store.pairs()) {
    for (let row = 0; row < columns.count; row++) all.push(pairAt(columns, row));
  }
  return all.sort((x, y) => x.a - y.a || x.b - y.b);
};

describe('models', () => {
  it('get dense labels and come back as they were put, after a restart too', async () => {
    const [base, child] = [model('base'), model('child', 1, { claim: null, partition: 3 })];
    expect(await store.transaction((tx) => [tx.putModel(base), tx.putModel(child)])).toEqual([0, 1]);
    expect(await store.transaction((tx) => tx.putModel(model('third')))).toBe(2);
    for (const restart of [false, true]) {
      if (restart) await reopen();
      const { sketch, fingerprint, ...rest } = child;
      expect(await store.model(1)).toEqual({ ...rest, label: 1, state: 'live', knownAt: clockMs });
      expect(await store.modelByRepo('zoo', 'org/base')).toMatchObject({ label: 0, claim: base.claim });
      expect(await store.modelByRepo('other', 'org/base')).toBeNull();
      expect(await store.model(99)).toBeNull();
      expect(await store.sketch(1)).toEqual(sketch);
      expect(await store.sketch(99)).toBeNull();
      const loaded = await collect(store.load());
      expect(loaded.map(({ label }) => label)).toEqual([0, 1, 2]);
      expect(loaded[1]!.fingerprint).toEqual(fingerprint);
      expect(loaded[1]).toMatchObject({
        repo: 'org/child',
        sha: 'child-1',
        createdAt: child.createdAt,
        partition: 3,
      });
      expect(await collect(store.load({ partition: 3 }))).toHaveLength(1);
      expect(store.labelNext).toBe(3);
    }
    expect(await store.transaction((tx) => tx.putModel(model('fourth')))).toBe(3);
  });

  it('are superseded by a newer revision, which becomes the head', async () => {
    await store.transaction((tx) => tx.putModel(model('base')));
    const label = await store.transaction((tx) => {
      tx.supersede(0);
      return tx.putModel(model('base', 2));
    });
    expect(label).toBe(1);
    expect(await store.modelByRepo('zoo', 'org/base')).toMatchObject({
      label: 1,
      sha: 'base-2',
      state: 'live',
    });
    expect(await store.model(0)).toMatchObject({ state: 'superseded', sha: 'base-1' });
    expect(await store.sketch(0)).toBeNull();
    expect(await collect(store.load())).toHaveLength(1);
    expect(await store.modelCounts()).toEqual({ live: 1, tombstone: 0, superseded: 1 });
  });

  it('may go and come back within one transaction', async () => {
    await store.transaction((tx) => tx.putModel(model('base')));
    await store.transaction((tx) => {
      tx.tombstone(0);
      tx.revive(0);
    });
    expect(await store.modelCounts()).toEqual({ live: 1, tombstone: 0, superseded: 0 });
  });

  it('keep their sketch as a tombstone, may come back, and lose it to a newer revision', async () => {
    await store.transaction((tx) => {
      tx.putModel(model('base'));
      tx.putModel(model('child'));
    });
    await store.transaction((tx) => tx.tombstone(0));
    expect(await store.sketch(0)).toEqual(model('base').sketch);
    expect(await collect(store.load())).toHaveLength(2);
    await store.transaction((tx) => tx.revive(0));
    expect(await store.modelByRepo('zoo', 'org/base')).toMatchObject({ state: 'live' });
    await store.transaction((tx) => tx.tombstone(0));
    await store.transaction((tx) => tx.supersede(0));
    expect(await store.sketch(0)).toBeNull();
    expect(await store.transaction((tx) => tx.putModel(model('base', 2)))).toBe(2);
  });

  it('belong to repositories that remember their newest events, models or not', async () => {
    await store.transaction((tx) => {
      tx.putModel(model('base'));
      tx.putEvents('zoo', 'org/base', { arrival: '1', departure: null });
      tx.putEvents('zoo', 'org/gone', { arrival: null, departure: '2' });
    });
    await store.transaction((tx) => tx.putEvents('zoo', 'org/base', { arrival: '1', departure: '3' }));
    await reopen();
    const known = (await collect(store.repositories())).sort((x, y) => (x.repo < y.repo ? -1 : 1));
    expect(known).toEqual([
      { hub: 'zoo', repo: 'org/base', label: 0, arrival: '1', departure: '3' },
      { hub: 'zoo', repo: 'org/gone', label: null, arrival: null, departure: '2' },
    ]);
    expect(await store.modelByRepo('zoo', 'org/gone')).toBeNull();
  });

  it('are live once for each repository, and change state only forwards', async () => {
    await store.transaction((tx) => tx.putModel(model('base')));
    const twice = store.transaction((tx) => tx.putModel(model('base', 2)));
    await expect(twice).rejects.toThrow('org/base has a live revision already, label 0: supersede it first');
    const both = store.transaction((tx) => [tx.putModel(model('new')), tx.putModel(model('new', 2))]);
    await expect(both).rejects.toThrow('org/new has a live revision already');
    await store.transaction((tx) => tx.supersede(0));
    await expect(store.transaction((tx) => tx.tombstone(0))).rejects.toThrow(
      'superseded and cannot become tombstone',
    );
    await expect(store.transaction((tx) => tx.supersede(7))).rejects.toThrow('model 7 does not exist');
    expect(await store.modelCounts()).toMatchObject({ live: 0, superseded: 1 });
    expect(store.labelNext).toBe(1);
  });

  it('are seen inside the transaction that puts them', async () => {
    await store.transaction((tx) => tx.putModel(model('base')));
    await store.transaction(async (tx) => {
      const label = tx.putModel(model('child'));
      expect(await tx.modelByRepo('zoo', 'org/child')).toMatchObject({
        label,
        state: 'live',
        knownAt: tx.knownAt,
      });
      expect(await tx.sketch(label)).toEqual(model('child').sketch);
      expect(await tx.sketch(0)).toEqual(model('base').sketch);
      tx.supersede(label);
      const second = tx.putModel(model('child', 2));
      expect(await tx.modelByRepo('zoo', 'org/child')).toMatchObject({ label: second, sha: 'child-2' });
      tx.tombstone(0);
      expect(await tx.modelByRepo('zoo', 'org/base')).toMatchObject({ label: 0, state: 'tombstone' });
      expect(await store.modelByRepo('zoo', 'org/child')).toBeNull();
    });
    expect(await store.model(1)).toMatchObject({ sha: 'child-1', state: 'superseded' });
    expect(await store.sketch(1)).toBeNull();
    expect(await store.model(2)).toMatchObject({ sha: 'child-2', state: 'live' });
  });
});

describe('candidates and parents', () => {
  it('come back as they were put, in their net effect', async () => {
    await store.transaction((tx) =>
      tx.putCandidates([pair(0, 1), pair(0, 2), pair(1, 2, { kinship: 'stranger' })]),
    );
    await store.transaction((tx) => {
      tx.removeCandidates([pair(0, 1), pair(0, 2)]);
      tx.putCandidates([pair(0, 2, { distance: -1, variant: true }), pair(3, 4), pair(3, 5)]);
      tx.removeCandidates([pair(3, 4)]);
    });
    await reopen();
    expect(await pairs()).toEqual([
      pair(0, 2, { distance: -1, variant: true }),
      pair(1, 2, { kinship: 'stranger' }),
      pair(3, 5),
    ]);
  });

  it('come back in full where there are many', async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => pair(i, i + 1 + (i % 7)));
    await store.transaction((tx) => tx.putCandidates(many));
    expect(await pairs()).toEqual(many);
    await store.transaction((tx) => tx.removeCandidates(many.slice(0, 4_990)));
    expect(await pairs()).toEqual(many.slice(4_990));
  });

  it('replace the parent of a label', async () => {
    await store.transaction((tx) => tx.putParents([parent(0, null), parent(1, 0), parent(2, 1)]));
    await store.transaction((tx) => {
      tx.putParents([parent(1, 2), parent(1, null, { verdict: 'variant', runnersUp: [{ model: 'x' }] })]);
      tx.removeParents([2]);
    });
    expect(await collect(store.parents())).toEqual([
      parent(0, null),
      parent(1, null, { verdict: 'variant', runnersUp: [{ model: 'x' }] }),
    ]);
  });

  it('violate no rule of the database: then nothing of the transaction is kept', async () => {
    const bad = [
      (tx: Transaction) => tx.putParents([parent(0, 0)]),
      (tx: Transaction) => tx.putParents([parent(0, null, { confidence: 1.5 })]),
      (tx: Transaction) => tx.putCandidates([pair(0, 1, { kinship: 'cousin' as 'kin' })]),
      (tx: Transaction) => tx.putCandidates([pair(1, 0)]),
      (tx: Transaction) => tx.appendChanges(0, [change('a', null, { kind: 'lost' as 'arrived' })]),
      (tx: Transaction) => tx.putModel(model('bad', 1, { hub: null as unknown as string })),
    ];
    for (const violate of bad) {
      await expect(
        store.transaction((tx) => {
          tx.putModel(model('good'));
          tx.putOutbox([{ topic: 't', partition: 0, key: 'k', payload: 'p' }]);
          violate(tx);
        }),
      ).rejects.toThrow();
    }
    expect(await store.modelByRepo('zoo', 'org/good')).toBeNull();
    expect(await store.outboxPending(10)).toEqual([]);
    expect(await store.transaction((tx) => tx.putModel(model('good')))).toBe(0);
  });
});

describe('a transaction', () => {
  it('leaves nothing when its work throws', async () => {
    const failed = store.transaction(async (tx) => {
      tx.putModel(model('base'));
      tx.appendChanges(0, [change('base', null)]);
      await setTimeout(1);
      throw new Error('no sketch today');
    });
    await expect(failed).rejects.toThrow('no sketch today');
    expect(store.labelNext).toBe(0);
    expect(store.seq()).toBe(0);
    await store.transaction((tx) => tx.putModel(model('child')));
    expect(await store.sketch(0)).toEqual(model('child').sketch);
    expect(await store.modelByRepo('zoo', 'org/base')).toBeNull();
  });

  it('can do nothing after its end', async () => {
    let late!: Transaction;
    await store.transaction((tx) => void (late = tx));
    expect(() => late.putModel(model('late'))).toThrow('too late');
    expect(() => late.advance(TOPIC, 0, null, 1)).toThrow('too late');
    await expect(late.modelByRepo('zoo', 'x')).rejects.toThrow('too late');
    await expect(store.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('has the store to itself, in the order of asking', async () => {
    const labels = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        store.transaction(async (tx) => {
          await setTimeout(i % 3);
          return tx.putModel(model(`model-${i}`));
        }),
      ),
    );
    expect(labels).toEqual(Array.from({ length: 20 }, (_, i) => i));
    for (const label of labels) expect((await store.model(label))?.repo).toBe(`org/model-${label}`);
  });

  it('cannot wait for another, though what it started may go on to one', async () => {
    const nested: (() => Promise<unknown>)[] = [
      () => store.transaction(() => undefined),
      () => store.claimPartition(TOPIC, 0),
      () => store.outboxSent(1),
    ];
    for (const work of nested)
      await expect(store.transaction(work)).rejects.toThrow('cannot wait for another');
    let later!: Promise<number>;
    await store.transaction(() => {
      later = setTimeout(20).then(() => store.transaction((tx) => tx.putModel(model('later'))));
    });
    expect(await later).toBe(0);
  });

  it('waits in a queue with an end', async () => {
    await reopen({ waitingMax: 2 });
    const turns = Array.from({ length: 5 }, () => store.transaction(() => setTimeout(5)));
    const outcomes = await Promise.allSettled(turns);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect((outcomes[4] as PromiseRejectedResult).reason).toMatchObject({ retryable: true });
  });
});

describe('positions', () => {
  const UNTOLD = { quietUntil: null, measuredBy: null };
  it('move from the expected place only, with the data', async () => {
    const claim = await store.claimPartition(TOPIC, 2);
    expect(claim).toEqual({ topic: TOPIC, partition: 2, generation: 1, next: null, ...UNTOLD });
    expect(await store.position(TOPIC, 2)).toBeNull();
    await store.transaction((tx) => tx.advance(TOPIC, 2, null, 10), claim);
    const wrong = store.transaction((tx) => {
      tx.putModel(model('base'));
      tx.advance(TOPIC, 2, 9, 12);
    }, claim);
    await expect(wrong).rejects.toThrow(`expected position 9 of ${TOPIC}/2 to move to 12: it is 10`);
    expect(store.labelNext).toBe(0);
    await store.transaction((tx) => tx.advance(TOPIC, 2, 10, 11), claim);
    await reopen();
    expect(await store.position(TOPIC, 2)).toBe(11);
    expect(await store.position(TOPIC, 3)).toBeNull();
  });

  it('do not move backwards, nor without a claim ever made', async () => {
    await expect(store.transaction((tx) => tx.advance(TOPIC, 0, 5, 5))).rejects.toThrow('moves forward');
    await expect(store.transaction((tx) => tx.advance(TOPIC, 0, null, 5))).rejects.toThrow('never claimed');
  });

  it('remember by which method their pairs were measured', async () => {
    await store.claimPartition(TOPIC, 0);
    await store.transaction((tx) => tx.measured(TOPIC, 0, 'a method'));
    await reopen();
    expect(await store.claimPartition(TOPIC, 0)).toMatchObject({ measuredBy: 'a method' });
    const unclaimed = store.transaction((tx) => tx.measured(TOPIC, 1, 'a method'));
    await expect(unclaimed).rejects.toThrow('never claimed');
  });

  it('belong to the last who claimed them', async () => {
    const first = await store.claimPartition(TOPIC, 0);
    await store.transaction((tx) => tx.advance(TOPIC, 0, null, 4), first);
    const second = await store.claimPartition(TOPIC, 0);
    expect(second).toEqual({ topic: TOPIC, partition: 0, generation: 2, next: 4, ...UNTOLD });
    const fenced = store.transaction((tx) => {
      tx.putModel(model('base'));
      tx.advance(TOPIC, 0, 4, 5);
    }, first);
    await expect(fenced).rejects.toMatchObject({
      fault: 'fenced',
      message: expect.stringContaining('it is now 2'),
    });
    expect(store.labelNext).toBe(0);
    await store.transaction((tx) => tx.advance(TOPIC, 0, 4, 5), second);
    const unknown: Claim = { topic: 'other', partition: 9, generation: 1, next: null, ...UNTOLD };
    await expect(store.transaction(() => undefined, unknown)).rejects.toBeInstanceOf(StoreError);
  });
});

it('keeps messages until they are sent, in their order', async () => {
  const message = (key: string) => ({ topic: 't', partition: 0, key, payload: `{"k":"${key}"}` });
  await store.transaction((tx) => tx.putOutbox(['a', 'b', 'c'].map(message)));
  expect(await store.outboxPending(2)).toEqual([
    { seq: 1, ...message('a') },
    { seq: 2, ...message('b') },
  ]);
  await store.outboxSent(2);
  await reopen();
  expect((await store.outboxPending(9)).map(({ key }) => key)).toEqual(['c']);
  await store.transaction((tx) => tx.putOutbox([message('d')]));
  expect((await store.outboxPending(9)).map(({ seq, key }) => [seq, key])).toEqual([
    [3, 'c'],
    [4, 'd'],
  ]);
});

it('keeps rejections, the latest first', async () => {
  const rejection = (repo: string, at: number) => ({
    event: `${repo}@1#sketched`,
    repo,
    sha: '1',
    service: 'indexer',
    reason: 'unknown-version',
    detail: 'The sketch has version 9; this indexer reads 1.',
    at,
  });
  await store.transaction((tx) => {
    tx.reject(rejection('org/a', 1_000));
    tx.reject(rejection('org/b', 2_000));
  });
  expect(await store.rejections(10)).toEqual([rejection('org/b', 2_000), rejection('org/a', 1_000)]);
  expect(await store.rejections(1)).toHaveLength(1);
});

it('can be closed twice, and not used afterwards', async () => {
  await store.transaction((tx) => tx.putModel(model('base')));
  await store.close();
  await store.close();
  await expect(store.model(0)).rejects.toMatchObject({ fault: 'closed' });
  await expect(store.sketch(0)).rejects.toMatchObject({ fault: 'closed' });
  await expect(store.transaction(() => 1)).rejects.toMatchObject({ fault: 'closed' });
  await expect(collect(store.load())).rejects.toMatchObject({ fault: 'closed' });
});
