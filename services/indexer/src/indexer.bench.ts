/**
 * Arrivals through the indexer's own transaction, from the records of the log on:
 *
 *     MODELS=10000 node libs/events/run-ts.js services/indexer/src/indexer.bench.ts
 */
import { performance } from 'node:perf_hooks';
import type { LogRecord } from '@stemma/events';
import { comparePair, relationOf } from '@stemma/lineage';
import { confidenceIn } from './confidence';
import { HubStream } from './hub-stream.testing';
import { recordOf, TestIndex } from './test-index.testing';

const MODELS = Number(process.env.MODELS ?? 10_000);
const BATCH = Number(process.env.BATCH ?? 32);
const SINGLES = Number(process.env.SINGLES ?? 200);
const SHAPE = process.env.SMALL
  ? { matrices: 4, rows: 16, columns: 12 }
  : { matrices: 24, rows: 32, columns: 20 };

async function main(): Promise<void> {
  let sketchesAt = 0;
  let commitMs = 0;
  let syncMs = 0;
  let workEnd = 0;
  const index = await TestIndex.open({}, undefined, {
    onBoundary: (boundary) => {
      const now = performance.now();
      if (boundary === 'sketches-written') {
        sketchesAt = now;
        syncMs += now - workEnd;
      }
      if (boundary === 'committed') commitMs += now - sketchesAt;
    },
  });
  const sums = { added: 0, removed: 0, moved: 0, swayed: 0, settleMs: 0, observed: 0, prepareMs: 0, kin: 0 };
  const settle = index.parts.index.settle.bind(index.parts.index);
  index.parts.index.settle = (observe) => {
    const from = performance.now();
    const settled = settle(observe);
    sums.settleMs += performance.now() - from;
    sums.added += settled.pairsAdded.length;
    sums.kin += settled.pairsAdded.filter((p) => p.kinship === 'kin').length;
    sums.removed += settled.pairsRemoved.length;
    sums.moved += settled.moved.size;
    sums.swayed += settled.swayed.size;
    return settled;
  };
  const prepare = index.parts.observations.prepare.bind(index.parts.observations);
  index.parts.observations.prepare = async (labels) => {
    const from = performance.now();
    const all = [...labels];
    sums.observed += all.length;
    await prepare(all);
    sums.prepareMs += performance.now() - from;
  };
  const append = index.store.transaction.bind(index.store);
  index.store.transaction = (work, claim) =>
    append(async (tx) => {
      const r = await work(tx);
      workEnd = performance.now();
      return r;
    }, claim);
  const timings: number[] = [];
  let records: LogRecord[] = [];
  let indexed = 0;
  let since = { indexed: 0, ms: 0, cpu: 0 };
  const flush = async (): Promise<void> => {
    const from = performance.now();
    const cpu = process.cpuUsage();
    await index.deliver(...records);
    const used = process.cpuUsage(cpu);
    const ms = performance.now() - from;
    for (let i = 0; i < records.length; i++) timings.push(ms);
    indexed += records.length;
    since.ms += ms;
    since.cpu += (used.user + used.system) / 1000;
    records = [];
    if (indexed - since.indexed >= 500 || indexed === MODELS) {
      const n = indexed - since.indexed;
      const per = (x: number) => (x / n).toFixed(2);
      console.error(
        indexed,
        'models',
        ((1000 * n) / since.ms).toFixed(0),
        '/s',
        per(since.ms),
        'ms each, cpu',
        per(since.cpu),
        '| settle',
        per(sums.settleMs),
        'prepare',
        per(sums.prepareMs),
        'sync',
        per(syncMs),
        'commit',
        per(commitMs),
        '| +pairs',
        per(sums.added),
        'kin',
        per(sums.kin),
        '-pairs',
        per(sums.removed),
        'moved',
        per(sums.moved),
        'swayed',
        per(sums.swayed),
        'observed',
        per(sums.observed),
        Math.round(process.memoryUsage().rss / 2 ** 20),
        'MB',
      );
      since = { indexed, ms: 0, cpu: 0 };
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] = 0;
      commitMs = syncMs = 0;
    }
  };
  let at = 0;
  for (const { name, weights } of new HubStream({ models: MODELS + SINGLES, seed: 1, shape: SHAPE })) {
    records.push(recordOf({ name, weights, at: ++at }));
    if (records.length === (indexed < MODELS ? BATCH : 1)) await flush();
  }
  const singles = timings.slice(-SINGLES).sort((x, y) => x - y);
  console.log('single: median', singles[SINGLES >> 1], 'p99', singles[Math.floor(SINGLES * 0.99)]);
  const labels = [...Array(40).keys()].map((i) => i);
  await index.parts.observations.prepare(labels);
  const from = process.cpuUsage();
  let n = 0;
  for (const a of labels)
    for (const b of labels)
      if (a < b) {
        comparePair(index.parts.observations.get(a), index.parts.observations.get(b));
        n++;
      }
  const used = process.cpuUsage(from);
  const cf = process.cpuUsage();
  for (let i = 0; i < 2000; i++) confidenceIn(index.parts.index, i % 200);
  const cu = process.cpuUsage(cf);
  console.log('confidence cpu us', (cu.user + cu.system) / 2000);
  const rf = process.cpuUsage();
  for (const b of labels.slice(1))
    relationOf(
      index.parts.observations.get(0),
      index.parts.observations.get(b),
      comparePair(index.parts.observations.get(0), index.parts.observations.get(b)),
    );
  const ru = process.cpuUsage(rf);
  console.log('compare + relation cpu us', (ru.user + ru.system) / 39);
  console.log('comparePair cpu us', (used.user + used.system) / n);
  await index.close();
}
void main();
