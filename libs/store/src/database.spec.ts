import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { spawnTypeScript } from './child.testing';
import { Database } from './database';
import { Store } from './index';
import { change, collect, model, pair, temporaryFolder } from './store.testing';

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => (place = temporaryFolder()));
afterEach(() => place.remove());

const file = () => join(place.folder, 'stemma.duckdb');

/** A folder with enough data that the file has pages of every table. */
async function filled(): Promise<void> {
  const store = await Store.open({ folder: place.folder });
  await store.transaction((tx) => {
    for (let i = 0; i < 300; i++) tx.putModel(model(`model-${i}`));
    tx.putCandidates(Array.from({ length: 4_000 }, (_, i) => pair(i % 299, 299 + i)));
    tx.appendChanges(
      0,
      Array.from({ length: 300 }, (_, i) => change(`model-${i}`, null)),
    );
  });
  await store.close();
}

async function readAll(): Promise<void> {
  const store = await Store.open({ folder: place.folder });
  try {
    await collect(store.load());
    for await (const { count } of store.pairs()) expect(count).toBeGreaterThan(0);
    await store.changes({ after: 0, limit: 1_000 });
  } finally {
    await store.close();
  }
}

it('tells which process has the data folder, and works when that one is gone', async () => {
  const holder = spawnTypeScript(join(__dirname, 'holder.testing.ts'), [place.folder]);
  await holder.printed('open');
  const outcome = await Store.open({ folder: place.folder }).catch((error: unknown) => error);
  holder.process.kill('SIGKILL');
  await holder.ended;
  expect(outcome).toMatchObject({
    fault: 'in-use',
    retryable: false,
    message: expect.stringContaining(`another Stemma (PID ${holder.process.pid}) uses this data folder: `),
  });
  const store = await Store.open({ folder: place.folder });
  expect((await store.model(0))?.repo).toBe('org/held');
  await store.close();
});

it('is opened once in a process, also by another name, and again after it was closed', async () => {
  const store = await Store.open({ folder: place.folder });
  const link = `${place.folder}-link`;
  symlinkSync(place.folder, link);
  for (const folder of [place.folder, link]) {
    await expect(Store.open({ folder })).rejects.toMatchObject({ fault: 'in-use' });
  }
  execFileSync('rm', [link]);
  await store.close();
  await (await Store.open({ folder: place.folder })).close();
});

it('lets go of the file when it cannot be opened', async () => {
  const bad = join(place.folder, 'migrations');
  mkdirSync(bad);
  writeFileSync(join(bad, '0001-bad.sql'), 'NONSENSE');
  await expect(Store.open({ folder: place.folder, migrations: bad })).rejects.toThrow('syntax error');
  await (await Store.open({ folder: place.folder })).close();
});

it('says so when the folder cannot be one', async () => {
  writeFileSync(join(place.folder, 'plain'), '');
  await expect(Store.open({ folder: join(place.folder, 'plain') })).rejects.toThrow();
  mkdirSync(file());
  await expect(Store.open({ folder: place.folder })).rejects.toMatchObject({ fault: 'unusable' });
});

it('reports a damaged page as damage, wherever it is', async () => {
  await filled();
  const whole = readFileSync(file());
  const blocks = Math.floor((whole.length - 12_288) / 262_144);
  expect(blocks).toBeGreaterThan(2);
  let damaged = 0;
  for (let block = 0; block < blocks; block++) {
    const bytes = Buffer.from(whole);
    for (const at of [100, 5_000]) bytes[12_288 + block * 262_144 + at]! ^= 0xff;
    writeFileSync(file(), bytes);
    // A block that is free, or read by nobody, harms nobody.
    const outcome = await readAll().catch((error: unknown) => error);
    if (outcome === undefined) continue;
    expect(outcome).toMatchObject({ fault: 'damaged', message: expect.stringContaining(file()) });
    expect((outcome as Error).message).toContain('built anew from the log');
    damaged++;
  }
  expect(damaged).toBeGreaterThan(1);
  writeFileSync(file(), whole);
  await readAll();
});

it.each([
  ['its header is not one', (bytes: Buffer) => bytes.fill(0x41, 0, 200)],
  ['it is not a database', () => Buffer.from('this is a text, not a database, and much too short')],
])('reports a file as damaged or unusable when %s', async (_name, harm) => {
  await filled();
  writeFileSync(file(), harm(readFileSync(file())));
  await expect(readAll()).rejects.toMatchObject({ fault: expect.stringMatching(/^(damaged|unusable)$/) });
});

it('reports sketches that were altered or cut off', async () => {
  await filled();
  const segment = join(place.folder, 'sketches', '000001.sketches');
  const bytes = readFileSync(segment);
  const store = await Store.open({ folder: place.folder });
  bytes[10]! ^= 1;
  writeFileSync(segment, bytes);
  await expect(store.sketch(0)).rejects.toMatchObject({
    fault: 'damaged',
    message: expect.stringContaining(segment),
  });
  expect(await store.sketch(1)).toEqual(model('model-1').sketch);
  await store.close();
  writeFileSync(segment, bytes.subarray(0, -1));
  await expect(Store.open({ folder: place.folder })).rejects.toMatchObject({ fault: 'damaged' });
  expect(statSync(segment).size).toBe(bytes.length - 1);
});

it('rolls back and says what went wrong; the connection then works on', async () => {
  const database = await Database.open({ folder: place.folder });
  await database.write((connection) => connection.script('CREATE TABLE t (x INTEGER PRIMARY KEY)'));
  const insert = (...values: number[]) =>
    database.write((connection) =>
      connection.transaction(async () => {
        for (const value of values) await connection.run('INSERT INTO t VALUES ($1::INTEGER)', [value]);
      }),
    );
  await insert(1, 2);
  await expect(insert(3, 2)).rejects.toThrow('Duplicate key');
  await insert(4);
  const rows = await database.read((connection) =>
    connection.rows<{ x: number }>('SELECT x FROM t ORDER BY x'),
  );
  expect(rows.map(({ x }) => x)).toEqual([1, 2, 4]);
  await database.close();
});

it('reads what is committed while another transaction is open', async () => {
  const store = await Store.open({ folder: place.folder });
  await store.transaction((tx) => tx.putModel(model('base')));
  await store.transaction(async (tx) => {
    tx.putModel(model('child'));
    expect((await collect(store.load())).map(({ repo }) => repo)).toEqual(['org/base']);
    expect(await store.modelByRepo('zoo', 'org/base')).toMatchObject({ label: 0 });
  });
  expect(await collect(store.load())).toHaveLength(2);
  await store.close();
});

it('closes although a stream was left half read', async () => {
  await filled();
  const store = await Store.open({ folder: place.folder });
  const stream = store.pairs()[Symbol.asyncIterator]();
  expect((await stream.next()).done).toBe(false);
  await store.close();
  await (await Store.open({ folder: place.folder })).close();
});
