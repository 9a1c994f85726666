import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Env } from './settings';

/** The environment of this process: what settings are read from. */
export const environment = (): Env => process.env;

/** The version of this checkout or build, from the `package.json` above it. */
export function versionOfStemma(from = __dirname): string {
  const file = join(from, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  return dirname(from) === from ? 'unknown' : versionOfStemma(dirname(from));
}
