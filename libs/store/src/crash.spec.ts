import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { spawnTypeScript } from './child.testing';
import { isLive, pairsAfter, SMALL, stepModel, TOPIC } from './crash-steps.testing';
import { Store } from './index';
import { uniform } from './neighbours/families.testing';
import { seed } from './property.testing';
import { collect, temporaryFolder } from './store.testing';

const KILLS = 20;
const BOUNDARIES = ['sketches-written', 'applied', 'committed', 'never'] as const;

/** Everything in the store is what exactly `steps` steps have written. */
async function expectSteps(store: Store, steps: number): Promise<void> {
  expect(store.labelNext).toBe(steps);
  expect(store.seq()).toBe(steps);
  const live = Array.from({ length: steps }, (_, n) => n).filter((n) => isLive(n, steps));
  const loaded = (await collect(store.load())).sort((x, y) => x.label - y.label);
  expect(loaded.map(({ label, sha }) => [label, sha])).toEqual(live.map((n) => [n, stepModel(n).sha]));
  for (const n of live) {
    expect(await store.sketch(n)).toEqual(stepModel(n).sketch);
    expect((await store.modelByRepo('zoo', stepModel(n).repo))?.label).toBe(n);
  }
  for (let n = 0; n < steps; n++) if (!isLive(n, steps)) expect(await store.sketch(n)).toBeNull();
  const pairs: number[] = [];
  for await (const { a, count } of store.pairs()) pairs.push(...a.slice(0, count));
  expect(pairs.sort((x, y) => x - y)).toEqual(pairsAfter(steps));
  expect(await collect(store.parents())).toHaveLength(Math.min(10, steps));
  const changes = await store.changes({ after: 0, limit: 100_000 });
  expect(changes.map(({ seq, cause }) => [seq, cause])).toEqual(
    Array.from({ length: steps }, (_, n) => [n + 1, `event-${n}`]),
  );
  const pending = await store.outboxPending(100_000);
  const first = Number(pending[0]?.key.slice(4) ?? steps);
  expect(pending.map(({ key, payload }) => [key, payload])).toEqual(
    Array.from({ length: steps - first }, (_, at) => [`key-${first + at}`, `{"seq":${first + at + 1}}`]),
  );
  expect(await store.rejections(100_000)).toHaveLength(steps);
}

const writer = (
  folder: string,
  boundary: string,
  after: number,
  walMaxBytes: number,
  fileMaxBytes?: number,
) =>
  spawnTypeScript(
    join(__dirname, 'crash-writer.testing.ts'),
    [folder, boundary, String(after), String(walMaxBytes)],
    fileMaxBytes,
  );

const lastDone = (lines: readonly string[]): number =>
  Math.max(-1, ...lines.filter((line) => line.startsWith('done ')).map((line) => Number(line.slice(5))));

/** Opens the store and checks that it is whole; how many steps it has. */
async function inspect(folder: string): Promise<number> {
  const store = await Store.open({ folder, ...SMALL });
  const steps = (await store.position(TOPIC, 0)) ?? 0;
  await expectSteps(store, steps);
  await store.close();
  return steps;
}

it(`loses nothing and keeps nothing partial through ${KILLS} kills`, async () => {
  const place = temporaryFolder();
  const next = uniform(seed());
  let steps = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const boundary = BOUNDARIES[kill % BOUNDARIES.length]!;
    const child = writer(place.folder, boundary, Math.floor(next() * 6), SMALL.walMaxBytes);
    if (boundary === 'never') {
      await child.printed('done');
      await setTimeout(next() * 60);
      child.process.kill('SIGKILL');
    }
    expect([await child.ended, ...child.errors]).toEqual(['SIGKILL']);
    const acknowledged = Math.max(steps, lastDone(child.lines) + 1);
    steps = await inspect(place.folder);
    // What was committed but not yet said when the process died is there as well.
    expect([acknowledged, acknowledged + 1]).toContain(steps);
  }
  expect(steps).toBeGreaterThan(KILLS);
  place.remove();
}, 300_000);

it.each([
  ['while it commits: try again later', 50_000_000, 200_000, { name: 'StoreUnavailableError' }],
  ['while it folds its log: open it anew', 100_000, 0, { name: 'StoreError', fault: 'unusable' }],
])(
  'says that the disk is full %s',
  async (_name, walMaxBytes, fileMaxBytes, failure) => {
    const place = temporaryFolder();
    await writer(place.folder, 'committed', 3, SMALL.walMaxBytes).ended;
    const before = await inspect(place.folder);
    const databaseBytes = statSync(join(place.folder, 'stemma.duckdb')).size;
    // Room for a step or two before the file has to grow beyond its bound.
    const child = writer(place.folder, 'never', 0, walMaxBytes, fileMaxBytes || databaseBytes + 2 ** 20);
    expect(await child.ended).toBe(1);
    const told = await child.printed('failed ');
    expect(JSON.parse(told.slice(7))).toMatchObject(failure);
    const after = await inspect(place.folder);
    expect(after).toBe(lastDone(child.lines) + 1);
    expect(after).toBeGreaterThan(before);
    place.remove();
  },
  120_000,
);
