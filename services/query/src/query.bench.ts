import { Agent, get } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { reportFigure } from '../../../tools/bench-report';
import { mulberry32, randomFamily } from './changes.testing';
import { startQuery, type RunningQuery } from './query-service.testing';
import type { Change } from './read-model/change-history';

/**
 * Latency of reads over HTTP on a synthetic hub, beside that of a route that does nothing (`/healthz`), in one run:
 *
 *     node tools/run-ts.js services/query/src/query.bench.ts [models = 100000, or 10000 where QUICK=1]
 *
 * Client and server share this process, so both sides of each ratio carry the client's cost.
 */
const MODELS = Number(process.argv[2] ?? (process.env['QUICK'] === '1' ? 10_000 : 100_000));
const REQUESTS = process.env['QUICK'] === '1' ? 1_000 : 3_000;
const SEED = 20260504;

const SENTENCES = [
  (child: string, parent: string, x: number) =>
    `Of all models in the index, ${parent} has the nearest weights to ${child} (tree distance ${x.toFixed(3)}).`,
  (child: string, _: string, x: number) =>
    `Rows that turned more have grown more in ${child} (log likelihood ratio ${x.toFixed(2)}), as they do in the trained one.`,
  (child: string, parent: string, x: number) =>
    `${Math.round(x * 7)} token rows of ${child} are those of ${parent} but for one common factor, which decay leaves behind.`,
  (child: string, _: string, x: number) =>
    `The tails of ${child} are lighter than those of its parent by ${x.toFixed(4)}.`,
];

/** Four pieces of evidence a change and figures of full length, so that compression meets what it will meet. */
function withEvidence(changes: Change[], random: () => number): Change[] {
  return changes.map((change) => ({
    ...change,
    confidence: random(),
    evidence: SENTENCES.map((sentence, i) => {
      const figure = random() * 100 - 50;
      const said = sentence(change.model, change.parent.after ?? 'nothing', figure);
      return {
        kind: ['distance', 'growth', 'embedding', 'kurtosis'][i] ?? '',
        figure,
        logOdds: random() * 20 - 5,
        sentence: said,
      };
    }),
  }));
}

/** Wall times, sorted, and CPU time a request: the latter does not depend on what else the machine does. */
async function measure(query: RunningQuery, paths: () => string, requests: number): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let i = 0; i < requests; i++) {
    const begin = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(query.url + paths(), { agent }, (reply) => reply.resume().on('end', resolve)).on('error', reject);
    });
    times.push(performance.now() - begin);
  }
  const { user, system } = process.cpuUsage(before);
  agent.destroy();
  return { times: times.sort((a, b) => a - b), cpuMs: (user + system) / 1000 / requests };
}

interface Measured {
  readonly times: number[];
  readonly cpuMs: number;
}

/** Bytes in use once what is garbage is gone. */
function usedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const quantile = (sorted: number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
const ms = (value: number): string => value.toFixed(2).padStart(8);

/** Starts the service on changes that nobody else holds. */
async function start(random: () => number): Promise<RunningQuery> {
  const changes = withEvidence(randomFamily(MODELS, SEED, 0.01), random);
  const textBytes = changes.reduce((sum, change) => sum + JSON.stringify(change).length, 0);
  const begin = performance.now();
  const query = await startQuery(changes);
  const seconds = (performance.now() - begin) / 1000;
  console.log(
    `append, fsync, read and fold ${seconds.toFixed(1)} s (${Math.round(MODELS / seconds)} changes a second)`,
  );
  const { packedBytes } = query.model.history;
  console.log(
    `a change is ${Math.round(textBytes / MODELS)} B as JSON, ${Math.round(packedBytes / MODELS)} B packed`,
  );
  return query;
}

async function main(): Promise<void> {
  const random = mulberry32(SEED);
  const before = usedBytes();
  const query = await start(random);
  const { state } = query.model;
  console.log(
    `${MODELS} models in ${state.trees} trees, ${Math.round((usedBytes() - before) / MODELS)} B a model in all\n`,
  );
  const any = (): string => state.name(Math.floor(random() * MODELS));
  const routes: [string, number, () => string][] = [
    ['/healthz (peer)', REQUESTS, () => '/healthz'],
    ['ancestors', REQUESTS, () => `/v1/models/${any()}/ancestors`],
    ['one model', REQUESTS, () => `/v1/models/${any()}`],
    ['descendants, 100', REQUESTS, () => `/v1/models/${any()}/descendants`],
    ['tree, 200', REQUESTS / 10, () => `/v1/models/${any()}/tree`],
    ['changes, 100', REQUESTS / 10, () => `/v1/changes?after=${Math.floor(random() * MODELS)}`],
    ['trees, 100', REQUESTS / 30, () => '/v1/trees'],
    ['claims, 100', REQUESTS / 30, () => '/v1/claims'],
    ['unknown model', REQUESTS / 100, () => `/v1/models/org-1/Modle.${Math.floor(random() * MODELS)}`],
    ['page of a model', REQUESTS / 30, () => `/models/${any()}`],
    ['home page', REQUESTS / 30, () => '/'],
  ];
  for (const [, , path] of routes) await measure(query, path, 20);
  let peerMs = NaN;
  console.log('route                    p50 ms   p99 ms   CPU ms   CPU / peer');
  for (const [name, requests, path] of routes) {
    const { times, cpuMs } = await measure(query, path, requests);
    if (Number.isNaN(peerMs)) peerMs = cpuMs;
    const peer = { name: '/healthz', value: peerMs };
    if (cpuMs !== peerMs) reportFigure({ figure: `CPU of ${name}`, value: cpuMs, unit: 'ms', peer });
    if (name === 'ancestors') {
      const limit = { atMost: 5 };
      reportFigure({ figure: `${name}, p99`, value: quantile(times, 0.99), unit: 'ms', limit });
    }
    const ratio = (cpuMs / peerMs).toFixed(1).padStart(8);
    console.log(
      `${name.padEnd(22)} ${ms(quantile(times, 0.5))} ${ms(quantile(times, 0.99))} ${ms(cpuMs)} ${ratio}`,
    );
  }
  await query.close();
}

void main();
