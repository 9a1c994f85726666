import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Connection } from './connection';
import { StoreError } from './store-error';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

const NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** The folder `migrations` of the checkout, looked for from this file upwards, so that builds find it too. */
export function migrationsFolder(from = __dirname): string {
  const folder = join(from, 'migrations');
  if (existsSync(join(folder, '0001-lineage.sql'))) return folder;
  if (dirname(from) === from) throw new StoreError('unusable', 'the folder of the migrations is not there');
  return migrationsFolder(dirname(from));
}

/**
 * Applies the migrations that the database does not have, each in a transaction of its own.
 * @throws StoreError 'migration-changed' when an applied one is not what it was, 'newer-schema' when the database
 * has one that the folder has not.
 */
export async function migrate(connection: Connection, folder: string, now: () => number): Promise<void> {
  const migrations = await readMigrations(folder);
  await connection.script(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, applied_at TIMESTAMP NOT NULL)`);
  const applied = await connection.rows<{ number: number; name: string; sha256: string }>(
    'SELECT number, name, sha256 FROM migrations ORDER BY number',
  );
  for (const { number, name, sha256 } of applied) {
    const migration = migrations[number - 1];
    if (migration === undefined) {
      throw new StoreError('newer-schema', `a newer Stemma wrote this data folder: it has migration ${name}`);
    }
    if (migration.sha256 !== sha256) {
      const found = `was applied with SHA-256 ${sha256}, and is now ${migration.sha256}`;
      throw new StoreError('migration-changed', `${name} ${found}: add a new migration instead`);
    }
  }
  for (const migration of migrations.slice(applied.length)) await apply(connection, migration, now());
}

async function apply(connection: Connection, migration: Migration, at: number): Promise<void> {
  await connection.transaction(async () => {
    const { number, name, sql, sha256 } = migration;
    await connection.script(sql);
    await connection.run(
      'INSERT INTO migrations VALUES ($1::INTEGER, $2, $3, make_timestamp_ms($4::BIGINT))',
      [number, name, sha256, at],
    );
  });
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, at) => {
      const number = Number(NAME.exec(name)?.[1]);
      if (number !== at + 1) {
        throw new StoreError('unusable', `migrations are numbered 0001, 0002, ... without gaps, not ${name}`);
      }
      // A checkout may have changed the ends of lines, which changes nothing.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
      return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
