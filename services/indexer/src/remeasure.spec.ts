import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, SKETCHED, topicSpecs } from '@stemma/events';
import { pairAt, Store, type CandidatePair, type Change } from '@stemma/store';
import { Indexer } from './indexer';
import { recordOf } from './test-index.testing';
import { freshWeights, trained } from './weights.testing';

let folder: string;
let log: EmbeddedLog;
let remeasured: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-remeasure-'));
  log = await EmbeddedLog.open(join(folder, 'log'));
  await log.ensureTopics(topicSpecs());
  remeasured = [];
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const store = () => ({ folder: join(folder, 'index') });

/** Runs an indexer over all that the log holds. */
async function index(): Promise<void> {
  const indexer = await Indexer.open({
    store: store(),
    log,
    now: () => new Date(),
    onRemeasured: ({ pairs }) => remeasured.push(pairs),
  });
  const subscription = await indexer.start();
  const { high } = await log.bounds(SKETCHED, 0);
  while (indexer.positionNext < high) {
    await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  await subscription.stop();
  await indexer.close();
}

interface Tables {
  readonly pairs: CandidatePair[];
  readonly parents: Record<string, string | null>;
  readonly changes: Change[];
}

async function tables(): Promise<Tables> {
  const opened = await Store.open(store());
  const pairs: CandidatePair[] = [];
  for await (const columns of opened.pairs())
    for (let row = 0; row < columns.count; row++) pairs.push(pairAt(columns, row));
  pairs.sort((x, y) => x.a - y.a || x.b - y.b);
  const names = new Map<number, string>();
  for await (const models of opened.load()) for (const { label, repo } of models) names.set(label, repo);
  const parents: Record<string, string | null> = {};
  for await (const rows of opened.parents())
    for (const { label, parent } of rows)
      parents[names.get(label)!] = parent === null ? null : names.get(parent)!;
  const changes = await opened.changes({ after: 0, limit: 1_000 });
  await opened.close();
  return { pairs, parents, changes };
}

const mirrored = (pair: CandidatePair): CandidatePair => ({
  ...pair,
  logOdds: 0 - pair.logOdds,
  distance: -1,
});

/** Leaves the index as another version of the method would have: every direction is the other one. */
async function measureOtherwise(by: string): Promise<void> {
  const { pairs } = await tables();
  const opened = await Store.open(store());
  await opened.transaction((tx) => {
    tx.removeCandidates(pairs);
    tx.putCandidates(pairs.map(mirrored));
    tx.measured(SKETCHED, 0, by);
  });
  await opened.close();
}

/** A base, two children and a grandchild. */
async function arriveFamily(): Promise<void> {
  const base = freshWeights(1);
  const child = trained(base, 2);
  const weights = { base, child, sibling: trained(base, 3), grandchild: trained(child, 4) };
  for (const [i, [name, values]] of Object.entries(weights).entries())
    await log.append(SKETCHED, [recordOf({ name, weights: values, at: i + 1 })]);
}

const TREE = {
  'org/base': null,
  'org/child': 'org/base',
  'org/sibling': 'org/base',
  'org/grandchild': 'org/child',
};

it('compares nothing again where the figures are of this method', async () => {
  await arriveFamily();
  await index();
  const before = await tables();
  expect(before.parents).toEqual(TREE);
  await index();
  expect(await tables()).toEqual(before);
  expect(remeasured).toEqual([]);
});

it('compares all pairs again that another method has compared, and tells nothing that was told', async () => {
  await arriveFamily();
  await index();
  const before = await tables();
  await measureOtherwise('another');
  expect((await tables()).pairs).not.toEqual(before.pairs);
  await index();
  expect(await tables()).toEqual(before);
  expect(remeasured).toEqual([before.pairs.length]);
  await index();
  expect(remeasured).toHaveLength(1);
});

it('tells everybody whose place is another one under this method', async () => {
  await arriveFamily();
  await index();
  const { pairs } = await tables();
  const opened = await Store.open(store());
  // What the other method had announced: the grandchild was a child of the base.
  const labels = new Map<string, number>();
  for await (const models of opened.load()) for (const { label, repo } of models) labels.set(repo, label);
  await opened.transaction(async (tx) => {
    for await (const rows of opened.parents()) {
      const row = rows.find(({ label }) => label === labels.get('org/grandchild'))!;
      tx.putParents([{ ...row, parent: labels.get('org/base')! }]);
    }
    tx.measured(SKETCHED, 0, 'another');
  });
  await opened.close();
  await index();
  const after = await tables();
  expect(after.pairs).toEqual(pairs);
  expect(after.parents).toEqual(TREE);
  expect(
    after.changes.slice(4).map(({ model, kind, parentAfter }) => ({ model, kind, parentAfter })),
  ).toEqual([{ model: 'org/grandchild', kind: 'reparented', parentAfter: 'org/child' }]);
});
