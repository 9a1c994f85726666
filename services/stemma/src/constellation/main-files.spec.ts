import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../../../..');
const RUNNER = join(ROOT, 'tools/run-ts.js');

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Runs a service's main file with nothing but these variables in its environment. */
async function run(main: string, env: Record<string, string> = {}): Promise<Ended> {
  const options = { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const;
  try {
    const { stderr } = await promisify(execFile)(process.execPath, [RUNNER, join(ROOT, main)], options);
    return { code: 0, stderr };
  } catch (error) {
    return error as Ended;
  }
}

const missing = (stderr: string): string[] =>
  [...stderr.matchAll(/^ {2}(\w+) is missing: expected \S/gm)].map(([, name]) => name!);

/** Every one of these starts a process that compiles what it runs. */
jest.setTimeout(120_000);

it.each([
  ['services/watcher/src/main.ts', ['STEMMA_KAFKA_BROKERS', 'STEMMA_HUB', 'STEMMA_DATA']],
  ['services/sketcher/src/main.ts', ['STEMMA_KAFKA_BROKERS', 'STEMMA_HUB']],
  ['services/indexer/src/main.ts', ['STEMMA_KAFKA_BROKERS', 'STEMMA_DATA']],
  ['services/query/src/main.ts', ['STEMMA_KAFKA_BROKERS']],
  ['services/stemma/src/constellation/main.ts', ['STEMMA_KAFKA_BROKERS', 'STEMMA_HUB', 'STEMMA_DATA']],
])('%s says once what it misses and ends with 2', async (main, names) => {
  const { code, stderr } = await run(main);
  expect([code, missing(stderr)]).toEqual([2, names]);
  expect(stderr.split('\n')).toHaveLength(names.length + 2);
});

it('ends with 69 where no broker answers', async () => {
  const { code, stderr } = await run('services/sketcher/src/main.ts', {
    STEMMA_KAFKA_BROKERS: '127.0.0.1:1',
    STEMMA_HUB: 'zoo',
    STEMMA_HEALTH_PORT: '0',
    STEMMA_START_TIMEOUT: '1s',
  });
  expect(code).toBe(69);
  expect(stderr).toMatch(/connecting brokers=127.0.0.1:1/);
});
