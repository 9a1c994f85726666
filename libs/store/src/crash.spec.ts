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

it(`loses nothing and keeps nothing partial through ${KILLS} kills`, async () => {
  const place = temporaryFolder();
  const next = uniform(seed());
  let acknowledged = -1;
  for (let kill = 0; kill < KILLS; kill++) {
    const boundary = BOUNDARIES[kill % BOUNDARIES.length]!;
    const after = Math.floor(next() * 6);
    const child = spawnTypeScript(join(__dirname, 'crash-writer.testing.ts'), [
      place.folder,
      boundary,
      String(after),
    ]);
    if (boundary === 'never') {
      await child.printed('done');
      await setTimeout(next() * 60);
      child.process.kill('SIGKILL');
    }
    expect([await child.ended, ...child.errors]).toEqual(['SIGKILL']);
    for (const line of child.lines) {
      if (line.startsWith('done ')) acknowledged = Math.max(acknowledged, Number(line.slice(5)));
    }
    const store = await Store.open({ folder: place.folder, ...SMALL });
    const position = (await store.position(TOPIC, 0)) ?? 0;
    // What was committed but not yet said when the process died is there as well.
    expect(position === acknowledged + 1 || position === acknowledged + 2).toBe(true);
    await expectSteps(store, position);
    await store.close();
    acknowledged = position - 1;
  }
  expect(acknowledged).toBeGreaterThan(KILLS);
  place.remove();
}, 300_000);
