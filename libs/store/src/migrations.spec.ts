import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Database } from './database';
import { migrate, migrationsFolder } from './migrations';
import { temporaryFolder } from './store.testing';

let data: ReturnType<typeof temporaryFolder>;
let sources: ReturnType<typeof temporaryFolder>;
let database: Database;

beforeEach(async () => {
  data = temporaryFolder();
  sources = temporaryFolder();
  database = await Database.open({ folder: data.folder });
});
afterEach(async () => {
  await database.close();
  data.remove();
  sources.remove();
});

const put = (name: string, sql: string) => writeFileSync(join(sources.folder, name), sql);
const run = () => database.write((connection) => migrate(connection, sources.folder, () => 1_000));
const tables = async () =>
  (
    await database.read((connection) =>
      connection.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables() ORDER BY name'),
    )
  ).map(({ name }) => name);

it('are applied once, in order, and later ones on top', async () => {
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);');
  await run();
  await run();
  put('0002-b.sql', 'CREATE TABLE b AS SELECT x + 1 AS x FROM a;');
  await run();
  expect(await tables()).toEqual(['a', 'b', 'migrations']);
  const applied = await database.read((connection) =>
    connection.rows(
      'SELECT number, name, epoch_ms(applied_at)::DOUBLE AS "at" FROM migrations ORDER BY number',
    ),
  );
  expect(applied).toEqual([
    { number: 1, name: '0001-a.sql', at: 1_000 },
    { number: 2, name: '0002-b.sql', at: 1_000 },
  ]);
});

it('leave nothing behind when they fail', async () => {
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1); INSERT INTO missing VALUES (1);');
  await expect(run()).rejects.toThrow('missing');
  expect(await tables()).toEqual(['migrations']);
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER);');
  await run();
  expect(await tables()).toEqual(['a', 'migrations']);
});

it('must stay as they were applied, but for the ends of lines', async () => {
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER);\n');
  await run();
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER);\r\n');
  await run();
  put('0001-a.sql', 'CREATE TABLE a (x BIGINT);\n');
  await expect(run()).rejects.toMatchObject({
    fault: 'migration-changed',
    message: expect.stringMatching(/^0001-a\.sql was applied with SHA-256 .*: add a new migration instead$/),
  });
});

it('of a newer Stemma are not understood', async () => {
  put('0001-a.sql', 'CREATE TABLE a (x INTEGER);');
  put('0002-b.sql', 'CREATE TABLE b (x INTEGER);');
  await run();
  rmSync(join(sources.folder, '0002-b.sql'));
  await expect(run()).rejects.toMatchObject({
    fault: 'newer-schema',
    message: expect.stringContaining('0002-b.sql'),
  });
});

it.each(['0002-b.sql', '1-b.sql', 'b.sql'])('must be numbered without a gap: %s', async (name) => {
  put(name, 'CREATE TABLE b (x INTEGER);');
  await expect(run()).rejects.toMatchObject({ fault: 'unusable', message: expect.stringContaining(name) });
});

const take = (name: string) => copyFileSync(join(migrationsFolder(), name), join(sources.folder, name));

it('0002: give every repository the order of its events', async () => {
  take('0001-lineage.sql');
  await run();
  const states = ['live', 'tombstone', 'deleted'];
  for (const [label, state] of states.entries()) {
    await database.write(async (connection) => {
      await connection.script(`INSERT INTO models VALUES (${label}, 0, 'zoo', 'org/${state}', 'sha', 'arch', '${state}',
        '2026-01-02 03:04:05.006', '2026-01-02 03:04:06', now()::TIMESTAMP, 'hash', ''::BLOB, NULL, NULL, NULL, NULL, NULL, 0, 0)`);
      await connection.run(`INSERT INTO heads VALUES ('zoo', 'org/${state}', ${label})`);
    });
  }
  take('0002-events-of-repositories.sql');
  await run();
  const rows = await database.read((connection) =>
    connection.rows('SELECT * FROM repositories ORDER BY repo'),
  );
  const moment = '2026-01-02T03:04:06.000Z 2026-01-02T03:04:05.006Z';
  const [arrival, departure] = [`${moment} 0 sha`, `${moment} 1 sha`];
  expect(rows).toEqual([
    { hub: 'zoo', repo: 'org/deleted', label: null, arrival: null, departure },
    { hub: 'zoo', repo: 'org/live', label: 0, arrival, departure: null },
    { hub: 'zoo', repo: 'org/tombstone', label: 1, arrival, departure },
  ]);
});

it('of the product are found and apply', async () => {
  take('0001-lineage.sql');
  await run();
  expect(await tables()).toEqual(expect.arrayContaining(['candidates', 'changes', 'models', 'positions']));
  expect(readFileSync(join(migrationsFolder(), '0001-lineage.sql'), 'utf8')).not.toContain('\r');
  expect(() => migrationsFolder(data.folder)).toThrow('migrations is not there');
});
