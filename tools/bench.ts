/**
 * npm run bench [-- [--full] [pattern ...]]
 *
 * Runs every `*.bench.ts` whose path contains one of the patterns, one after the other, each in a process of its own,
 * and ends with one table of what they reported (`bench-report.ts`). Small sizes, a few minutes in all, unless
 * `--full` or `QUICK=0`: a bench reads `process.env.QUICK === '1'`.
 */
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Figure } from './bench-report';
import { benchTable, type BenchResult } from './bench-table';

const ROOT = join(__dirname, '..');

function benchesLike(patterns: readonly string[]): string[] {
  return ['libs', 'services']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true }).map((file) => `${folder}/${String(file)}`),
    )
    .filter((file) => file.endsWith('.bench.ts') && !file.includes('node_modules'))
    .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
    .sort();
}

function runBench(bench: string, env: NodeJS.ProcessEnv): Promise<BenchResult> {
  const figures: Figure[] = [];
  const begin = performance.now();
  return new Promise((resolve) => {
    const child = fork(join(__dirname, 'run-ts.js'), [join(ROOT, bench)], { cwd: ROOT, env });
    child.on('message', (figure) => figures.push(figure as Figure));
    child.on('close', (code) => {
      const seconds = (performance.now() - begin) / 1e3;
      resolve({ bench, seconds, failed: code !== 0, figures });
    });
  });
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { full: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  // eslint-disable-next-line n/no-process-env -- a bench inherits the environment, and QUICK goes through it
  const inherited = process.env;
  const quick = !values.full && inherited['QUICK'] !== '0';
  const benches = benchesLike(positionals);
  if (benches.length === 0) throw new Error(`no *.bench.ts has ${positionals.join(' or ')} in its path`);
  const results: BenchResult[] = [];
  for (const [at, bench] of benches.entries()) {
    console.log(`\n== ${at + 1} of ${benches.length}: ${bench}${quick ? ' (quick)' : ''}`);
    const result = await runBench(bench, { ...inherited, QUICK: quick ? '1' : '0' });
    console.log(`== ${result.failed ? 'FAILED' : 'done'} after ${result.seconds.toFixed(0)} s`);
    results.push(result);
  }
  console.log(`\n${benchTable(results)}`);
  if (results.some(({ failed }) => failed)) process.exitCode = 1;
}

void main();
