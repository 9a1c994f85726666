import { HubServer, lyingHeader, zooCatalogue, type Fault, type ZooModel } from '@stemma/zoo';
import { Running, temporaryFolder } from './running.testing';

/** One tree of the zoo: a root, four children and sixteen grandchildren, really trained. */
let models: readonly ZooModel[];
let repos: readonly string[];
let parents: ReadonlyMap<string, string | null>;

beforeAll(async () => {
  const catalogue = await zooCatalogue({ graphs: ['ft'] });
  models = catalogue.models.filter(({ repo }) => repo.startsWith('zoo-ft/mae-'));
  repos = models.map(({ repo }) => repo);
  parents = new Map(repos.map((repo) => [repo, catalogue.truth.parents.get(repo) ?? null]));
});

let hub: HubServer;
let data: Awaited<ReturnType<typeof temporaryFolder>>;
let running: Running | null;

const start = async (watch = {}): Promise<Running> =>
  (running = await Running.start(hub, data.folder, watch));

beforeEach(async () => {
  hub = await HubServer.start({ models });
  data = await temporaryFolder();
});

afterEach(async () => {
  await running?.stop();
  running = null;
  await hub.close();
  await data.remove();
});

const stop = async (): Promise<void> => {
  await running?.stop();
  running = null;
};

describe('the whole way', () => {
  it('recovers a family that a hub lists, and reads nothing again after a restart', async () => {
    await (await start()).until(({ caughtUp, models }) => caughtUp && models === repos.length);
    const forest = await running!.forest();
    expect(forest).toEqual(parents);
    const before = await running!.status();
    expect(before).toMatchObject({ trees: 1, pending: 0, rejected: 0 });
    await stop();
    hub.log.clear();
    const after = await (await start()).until(({ caughtUp }) => caughtUp);
    expect(after).toEqual(before);
    expect(hub.log.find({ route: 'file' })).toEqual([]);
    expect(await running!.forest()).toEqual(forest);
  });

  it('gives the same forest whatever the order of publication', async () => {
    await hub.close();
    hub = await HubServer.start({ models: [] });
    await start();
    const shuffled = [...models].sort((a, b) => (a.sha < b.sha ? -1 : 1));
    for (const [i, model] of shuffled.entries()) {
      hub.publish(model);
      if (i % 4 === 3) await running!.until(({ models }) => models === i + 1);
    }
    await running!.until(({ caughtUp, models }) => caughtUp && models === repos.length);
    expect(await running!.forest()).toEqual(parents);
  });

  it('follows deletions: a leaf goes, a parent stays as long as models descend from it', async () => {
    await (await start()).until(({ caughtUp, models }) => caughtUp && models === repos.length);
    const withChildren = new Set(parents.values());
    const leaf = repos.find((repo) => !withChildren.has(repo))!;
    const root = repos.find((repo) => parents.get(repo) === null)!;
    hub.remove(leaf);
    hub.remove(root);
    await running!.until(({ models }) => models === repos.length - 2);
    expect(await running!.get(`/v1/models/${leaf}`)).toMatchObject({ state: 'deleted', parent: null });
    expect(await running!.get(`/v1/models/${root}`)).toMatchObject({ state: 'deleted' });
    const child = repos.find((repo) => parents.get(repo) === root)!;
    expect(await running!.get(`/v1/models/${child}/ancestors`)).toMatchObject({
      ancestors: [{ model: root }],
    });
  });
});

describe('bad input', () => {
  const faults: readonly (readonly [reason: RegExp, fault: Fault])[] = [
    [/^not-found$/, { type: 'status', status: 404, errorCode: 'EntryNotFound', on: 'file' }],
    [/^(unauthorized|not-found)$/, { type: 'status', status: 401, on: 'file' }],
    [/^truncated$/, { type: 'truncate', bytes: 100, on: 'file' }],
    [/^header-too-large$/, { type: 'overwrite', at: 0, bytes: lyingHeader(), on: 'file' }],
    [/^no-weights$/, { type: 'no-weights' }],
    [/^hub-unavailable$/, { type: 'status', status: 429, on: 'file' }],
    [/^hub-unavailable$/, { type: 'status', status: 500, on: 'file' }],
  ];

  it('is rejected for a reason that people understand while the rest goes on; what the hub owes comes in when it mends', async () => {
    const leaves = repos.filter((repo) => ![...parents.values()].includes(repo));
    expect(leaves.length).toBeGreaterThanOrEqual(faults.length);
    faults.forEach(([, fault], i) => hub.faults.add({ ...fault, repo: leaves[i]! }));
    const good = repos.length - faults.length;
    await (
      await start({ retryAfterMs: 60_000 })
    ).until(({ caughtUp, models }) => caughtUp && models === good);
    const { rejects, total } = await running!.rejects();
    expect(total).toBe(faults.length);
    faults.forEach(([reason], i) => {
      const reject = rejects.find(({ model }) => model === leaves[i]);
      expect(reject).toMatchObject({ reason: expect.stringMatching(reason) as unknown });
      expect(reject!.detail).toMatch(/^\S.{20,}\.$/s);
    });
    await stop();
    await (await start({ retryAfterMs: 60_000 })).until(({ caughtUp }) => caughtUp);
    expect((await running!.rejects()).total).toBe(faults.length);
    await stop();
    hub.faults.clear();
    const mended = await (await start()).until(({ models }) => models === good + 2);
    expect(mended.rejected).toBe(faults.length - 2);
    const forest = await running!.forest();
    expect(forest.size).toBe(good + 2);
    for (const [model, parent] of forest) expect(parent).toBe(parents.get(model));
  });

  it('of the listing itself only delays', async () => {
    hub.faults.add({ type: 'status', status: 500, on: 'list', times: 3 });
    await (await start()).until(({ caughtUp, models }) => caughtUp && models === repos.length);
  });
});
