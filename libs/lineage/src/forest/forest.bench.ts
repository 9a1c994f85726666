/**
 * Arrivals into the dynamic forest against a static rerun over the same candidate graph, in one run:
 *
 *     node tools/run-ts.js libs/lineage/src/forest/forest.bench.ts [--models 10000,100000] [--million] [--order random]
 *                                                       [--seed 1] [--no-rerun]
 *
 * A 10⁶ run (`--million`) takes some 4 GB, and most of its time for the rerun; `--no-rerun` audits a sample instead.
 */
import { parseArgs } from 'node:util';

import { reportFigure, showProgress } from '../../../../tools/bench-report';
import { minimumArborescence } from './arborescence';
import { DynamicForest } from './dynamic-forest';
import type { ForestState } from './forest-state';
import { ModelStream } from './model-stream.testing';
import { seededRandom } from './random.testing';
import { decodeSnapshot, encodeSnapshot } from './snapshot';

const DEPARTURES = 2000;
const AUDITED = 2000;

interface Options {
  readonly seed: number;
  readonly order: string;
  readonly rerun: boolean;
}

interface Arrivals {
  readonly us: Float64Array;
  readonly settled: Float64Array;
  readonly changed: Float64Array;
}

interface Rerun {
  readonly ms: number;
  readonly differences: number;
}

interface Row {
  readonly models: number;
  readonly edges: number;
  readonly arrivals: Arrivals;
  readonly rerun: Rerun | null;
  readonly auditUs: number;
  readonly violations: number;
  readonly parentsRight: number;
  readonly departureUs: Float64Array;
  readonly rerunAfterDepartures: Rerun | null;
  readonly snapshot: { readonly encodeMs: number; readonly decodeMs: number; readonly bytes: number };
  readonly residentMb: number;
}

function microseconds(): number {
  return Number(process.hrtime.bigint()) / 1e3;
}

function run(models: number, { seed, order, rerun }: Options): Row {
  showProgress(`${models} models: drawing families`);
  const stream = new ModelStream({ models, seed });
  const forest = new DynamicForest({ nodesExpected: models, pairsExpected: 24 * models });
  const labels = Array.from({ length: models }, (_, i) => i + 1);
  const arrivals = arrive(forest, stream, order === 'random' ? seededRandom(seed).shuffle(labels) : labels);
  const edges = 2 * forest.pairCount;
  const right = labels.filter((label) => forest.parentOf(label) === stream.parents[label]).length;

  showProgress(`${models} models: audit, snapshot, static rerun over ${edges} edges`);
  const auditFrom = microseconds();
  const { violations } = forest.audit(everyNth(labels, AUDITED, seed));
  const auditUs = microseconds() - auditFrom;
  const snapshot = timeSnapshot(forest);
  const before = rerun ? differencesFromStatic(forest) : null;
  showProgress(`${models} models: departures, static rerun`);
  const departureUs = depart(forest, everyNth(labels, DEPARTURES, seed));
  const after = rerun ? differencesFromStatic(forest) : null;
  showProgress('');
  return {
    models,
    edges,
    arrivals,
    rerun: before,
    auditUs: auditUs / AUDITED,
    violations: violations.length,
    parentsRight: right / models,
    departureUs,
    rerunAfterDepartures: after,
    snapshot,
    residentMb: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
}

function arrive(forest: DynamicForest, stream: ModelStream, order: readonly number[]): Arrivals {
  const us = new Float64Array(order.length);
  const settled = new Float64Array(order.length);
  const changed = new Float64Array(order.length);
  const step = Math.ceil(order.length / 20);
  order.forEach((model, i) => {
    const { label, rootCost, neighbours } = stream.arrive(model);
    const settledBefore = forest.work.settledNodes;
    const from = microseconds();
    forest.addNode(label, rootCost, neighbours);
    us[i] = microseconds() - from;
    settled[i] = forest.work.settledNodes - settledBefore;
    changed[i] = forest.takeChanges().length;
    if ((i + 1) % step === 0)
      showProgress(`${order.length} models: ${i + 1} arrived, ${forest.pairCount} pairs`);
  });
  return { us, settled, changed };
}

/** Some `count` labels spread over all ages. */
function everyNth(labels: readonly number[], count: number, seed: number): number[] {
  const stride = Math.max(1, Math.floor(labels.length / count));
  return labels.filter((_, i) => i % stride === seed % stride);
}

/** Solves the forest's graph from nothing and counts the labels whose parents differ. */
function differencesFromStatic(forest: DynamicForest): Rerun {
  const problem = asProblem(forest.state());
  const from = microseconds();
  const { parents } = minimumArborescence(problem);
  const ms = (microseconds() - from) / 1e3;
  const { labels } = problem;
  let differences = 0;
  labels.forEach((label, i) => {
    const parent = parents[i + 1]!;
    if (forest.parentOf(label) !== (parent === 0 ? 0 : labels[parent - 1])) differences++;
  });
  return { ms, differences };
}

function asProblem(state: ForestState) {
  const { labels, lowers, uppers } = state;
  const numberOf = new Int32Array((labels.at(-1) ?? 0) + 1);
  labels.forEach((label, i) => (numberOf[label] = i + 1));
  const pairs = lowers.length;
  const tails = new Int32Array(2 * pairs);
  const heads = new Int32Array(2 * pairs);
  const costs = new Float64Array(2 * pairs);
  for (let i = 0; i < pairs; i++) {
    tails[2 * i] = heads[2 * i + 1] = numberOf[lowers[i]!]!;
    heads[2 * i] = tails[2 * i + 1] = numberOf[uppers[i]!]!;
    costs[2 * i] = state.costsUp[i]!;
    costs[2 * i + 1] = state.costsDown[i]!;
  }
  const rootCosts = new Float64Array(labels.length + 1);
  rootCosts.set(state.rootCosts, 1);
  return { labels, nodes: labels.length, tails, heads, costs, rootCosts };
}

function timeSnapshot(forest: DynamicForest): Row['snapshot'] {
  const start = microseconds();
  const bytes = encodeSnapshot(forest);
  const encoded = microseconds();
  const copy = decodeSnapshot(bytes);
  const decoded = microseconds();
  if (!(copy instanceof DynamicForest)) throw new Error(copy.detail);
  return { encodeMs: (encoded - start) / 1e3, decodeMs: (decoded - encoded) / 1e3, bytes: bytes.length };
}

/** Removes models; not the giant hub, which is a matter of its own. */
function depart(forest: DynamicForest, labels: readonly number[]): Float64Array {
  const leaving = labels.filter((label) => forest.childrenOf(label).length < 1000);
  const us = Float64Array.from(leaving, (label) => {
    const from = microseconds();
    forest.removeNode(label);
    return microseconds() - from;
  });
  forest.takeChanges();
  return us;
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Median / 99 % / largest / mean. */
function spread(values: Float64Array, digits: number): string {
  return [quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1), mean(values)]
    .map((value) => value.toFixed(digits))
    .join(' / ');
}

function figures(row: Row): Record<string, string> {
  const { arrivals, rerun, snapshot } = row;
  return {
    'directed edges': String(row.edges),
    'arrival, µs (median / p99 / max / mean)': spread(arrivals.us, 1),
    'nodes settled by an arrival': spread(arrivals.settled, 2),
    'parents changed by an arrival': spread(arrivals.changed, 2),
    'static rerun, ms': rerun === null ? '-' : rerun.ms.toFixed(0),
    'rerun : mean arrival': rerun === null ? '-' : ((rerun.ms * 1e3) / mean(arrivals.us)).toFixed(0),
    'parents that differ from the rerun': String(rerun?.differences ?? '-'),
    'parents right': row.parentsRight.toFixed(4),
    'audit, µs a model': row.auditUs.toFixed(0),
    'violations found': String(row.violations),
    'departure, µs': spread(row.departureUs, 1),
    'parents that differ afterwards': String(row.rerunAfterDepartures?.differences ?? '-'),
    'snapshot: encode ms, decode ms, MB': [
      snapshot.encodeMs.toFixed(0),
      snapshot.decodeMs.toFixed(0),
      (snapshot.bytes / 2 ** 20).toFixed(1),
    ].join(', '),
    'resident MB, generator included': String(row.residentMb),
  };
}

function report({ models, arrivals, rerun, residentMb }: Row): void {
  const size = `${models.toLocaleString('en-US')} models`;
  if (rerun !== null) {
    const peer = { name: 'static rerun', value: rerun.ms };
    reportFigure({ figure: `arrival among ${size}, mean`, value: mean(arrivals.us) / 1e3, unit: 'ms', peer });
  }
  const [p99Ms, limit] = [quantile(arrivals.us, 0.99) / 1e3, { atMost: 50 }];
  reportFigure({ figure: `arrival among ${size}, p99`, value: p99Ms, unit: 'ms', limit });
  reportFigure({
    figure: `memory of the forest of ${size}, generator included`,
    value: residentMb,
    unit: 'MiB',
    limit: { atMost: 8_192 },
  });
}

function print(rows: readonly Row[]): void {
  const columns = rows.map((row) => ({ title: `${row.models} models`, values: figures(row) }));
  const names = Object.keys(columns[0]?.values ?? {});
  const width = Math.max(...names.map((name) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(34))].join('  ');
  console.log(line('', columns.map(({ title }) => title))); // prettier-ignore
  for (const name of names) console.log(line(name, columns.map(({ values }) => values[name] ?? ''))); // prettier-ignore
}

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: process.env['QUICK'] === '1' ? '10000' : '10000,100000' },
    million: { type: 'boolean', default: false },
    order: { type: 'string', default: 'time' },
    seed: { type: 'string', default: '1' },
    'no-rerun': { type: 'boolean', default: false },
  },
});
const options = { seed: Number(values.seed), order: values.order, rerun: !values['no-rerun'] };
const sizes = values.models.split(',').map(Number);
const rows = [...sizes, ...(values.million ? [1_000_000] : [])].map((models) => run(models, options));
print(rows);
rows.forEach(report);
