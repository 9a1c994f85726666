/**
 * node tools/run-ts.js libs/store/src/neighbours/candidate-graph.bench.ts [--models N] [--architectures N] [--shape star]
 *
 * Arrivals and departures in the candidate graph of one architecture, exact index, against computing it from nothing;
 * then so many graphs of that size restored from snapshots, for the memory and the cold start of a whole index.
 */
import { parseArgs } from 'node:util';

import { reportFigure, showProgress } from '../../../../tools/bench-report';
import { CandidateGraph } from './candidate-graph';
import { families, uniform, type FamilyShape } from './families.testing';

const quick = process.env['QUICK'] === '1';
const { values } = parseArgs({
  options: {
    models: { type: 'string', default: quick ? '5000' : '100000' },
    architectures: { type: 'string', default: '10' },
    shape: { type: 'string', default: 'mixed' },
  },
});

const DIMENSIONS = 128;
const MEASURED = 300;
const [models, architectures] = [Number(values.models), Number(values.architectures)];
const size = `${models.toLocaleString('en-US')} models`;

const { vectors } = families({
  seed: 21,
  families: Math.ceil(models / 1_000),
  models: Math.min(models, 1_000),
  dimensions: DIMENSIONS,
  shape: values.shape as FamilyShape,
});
const graphOf = () => new CandidateGraph({ dimensions: DIMENSIONS, precedes: (a, b) => a < b });
const model = (label: number) => ({ label, content: `content-${label}`, vector: vectors[label]! });
const residentMib = (): number => process.memoryUsage().rss / 2 ** 20;

function shuffled(length: number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  const next = uniform(22);
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function secondsOf(work: () => void): number {
  const from = performance.now();
  work();
  return (performance.now() - from) / 1e3;
}

/** Quantiles of the last samples, as a row of the table. */
function row(name: string, samples: readonly number[], unit: string): { median: number; p99: number } {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  const cells = [at(0.5), at(0.99), at(1)].map((value) => value.toFixed(2).padStart(9));
  console.log(`${name.padEnd(28)} ${cells.join(' ')} ${unit}`);
  return { median: at(0.5), p99: at(0.99) };
}

/** Adds everybody; milliseconds and changed pairs of the last arrivals. */
function build(graph: CandidateGraph, order: readonly number[]): { ms: number[]; changed: number[] } {
  const [ms, changed]: [number[], number[]] = [[], []];
  for (const [at, label] of order.entries()) {
    const from = performance.now();
    const { added, removed } = graph.add(model(label));
    if (at >= order.length - MEASURED) {
      ms.push(performance.now() - from);
      changed.push(added.length + removed.length);
    }
    if (at % Math.ceil(order.length / 20) === 0) showProgress(`building: ${at} of ${size}`);
  }
  showProgress('');
  return { ms, changed };
}

function arrivalsAndDepartures(graph: CandidateGraph, order: readonly number[]): void {
  let last = { ms: [] as number[], changed: [] as number[] };
  const buildSeconds = secondsOf(() => (last = build(graph, order)));
  console.log(`${size}, ${values.shape} families of 1,000, random order, k = 32, ${DIMENSIONS} dimensions`);
  console.log(`${`the last ${MEASURED}`.padEnd(28)}    median       p99       max`);
  const arrival = row('arrival', last.ms, 'ms');
  row('pairs changed by an arrival', last.changed, 'pairs');
  const departure = row(
    'departure',
    order.slice(0, MEASURED).map((label) => secondsOf(() => graph.remove(label)) * 1e3),
    'ms',
  );
  console.log(`built from nothing in ${buildSeconds.toFixed(1)} s`);
  reportFigure({
    figure: `arrival among ${size}, median`,
    value: arrival.median,
    unit: 'ms',
    peer: { name: 'from nothing', value: buildSeconds * 1e3 },
  });
  reportFigure({
    figure: `arrival among ${size}, p99`,
    value: arrival.p99,
    unit: 'ms',
    limit: { atMost: 50 },
  });
  reportFigure({
    figure: `departure from ${size}, p99`,
    value: departure.p99,
    unit: 'ms',
    limit: { atMost: 50 },
  });
}

function restorations(graph: CandidateGraph, left: readonly number[]): void {
  const bytes = graph.snapshot();
  const pairs = graph.pairs();
  const restoredModels = (): CandidateGraph => {
    const restored = graphOf();
    for (const label of left) restored.restoreModel(model(label));
    return restored;
  };
  const fromPairs = secondsOf(() => {
    const restored = restoredModels();
    for (const pair of pairs) restored.restorePair(pair);
    restored.settleRestored();
  });
  console.log(`restored from ${pairs.length} pairs in ${fromPairs.toFixed(1)} s`);
  pairs.length = 0;
  const before = residentMib();
  const graphs: CandidateGraph[] = [];
  const fromSnapshots = secondsOf(() => {
    for (let i = 0; i < architectures; i++) {
      const restored = restoredModels();
      if (restored.restoreSnapshot(bytes) !== null) throw new Error('the snapshot does not fit');
      restored.settleRestored();
      graphs.push(restored);
      showProgress(`restoring: ${graphs.length} of ${architectures} graphs`);
    }
  });
  showProgress('');
  const all = `${(architectures * left.length).toLocaleString('en-US')} models`;
  const mebibytes = residentMib() - before;
  console.log(
    `${all} in ${architectures} graphs restored from snapshots of ${(bytes.length / 1e6).toFixed(0)} MB in ${fromSnapshots.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB more resident`,
  );
  reportFigure({ figure: `restore ${all}`, value: fromSnapshots, unit: 's', limit: { atMost: 60 } });
  reportFigure({ figure: `memory of ${all}`, value: mebibytes, unit: 'MiB', limit: { atMost: 8_192 } });
}

const order = shuffled(vectors.length);
const graph = graphOf();
arrivalsAndDepartures(graph, order);
restorations(graph, order.slice(MEASURED));
