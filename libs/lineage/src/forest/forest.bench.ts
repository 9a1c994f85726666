/**
 * Arrivals into the dynamic forest against a static rerun over the same candidate graph, in one run:
 *
 *     node dist/libs/lineage/src/forest/forest.bench.js [--models 10000,100000] [--million] [--seed 1]
 *
 * 10⁶ models (`--million`) take some 3 GB and ten minutes, most of them for the rerun.
 */
import { parseArgs } from 'node:util';

import { minimumArborescence } from './arborescence';
import { DynamicForest } from './dynamic-forest';
import type { ForestState } from './forest-state';
import { ModelStream } from './model-stream.testing';
import { decodeSnapshot, encodeSnapshot } from './snapshot';

const DEPARTURES = 2000;

interface Row {
  readonly models: number;
  readonly edges: number;
  readonly arrivalUs: Float64Array;
  readonly settled: Float64Array;
  readonly changed: Float64Array;
  readonly staticMs: number;
  readonly differences: number;
  readonly parentsRight: number;
  readonly departureUs: Float64Array;
  readonly differencesAfterDepartures: number;
  readonly snapshotMs: readonly [encode: number, decode: number, bytes: number];
  readonly residentMb: number;
}

function microseconds(): number {
  return Number(process.hrtime.bigint()) / 1e3;
}

function progress(text: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
}

function run(models: number, seed: number): Row {
  progress(`${models} models: drawing families`);
  const stream = new ModelStream({ models, seed });
  const forest = new DynamicForest({ nodesExpected: models, pairsExpected: 24 * models });
  const arrivalUs = new Float64Array(models);
  const settled = new Float64Array(models);
  const changed = new Float64Array(models);
  const step = Math.ceil(models / 20);
  for (let model = 1; model <= models; model++) {
    const { label, rootCost, neighbours } = stream.arrive(model);
    const settledBefore = forest.work.settledNodes;
    const from = microseconds();
    forest.addNode(label, rootCost, neighbours);
    arrivalUs[model - 1] = microseconds() - from;
    settled[model - 1] = forest.work.settledNodes - settledBefore;
    changed[model - 1] = forest.takeChanges().length;
    if (model % step === 0) progress(`${models} models: ${model} arrived, ${forest.pairCount} pairs`);
  }
  progress(`${models} models: static rerun over ${2 * forest.pairCount} edges`);
  const rerun = differencesFromStatic(forest);
  const parentsRight = forest
    .labels()
    .filter((label) => forest.parentOf(label) === stream.parents[label]).length;
  progress(`${models} models: snapshot`);
  const snapshotMs = timeSnapshot(forest);
  progress(`${models} models: departures`);
  const departureUs = depart(forest, seed);
  progress(`${models} models: static rerun after departures`);
  const row = {
    models,
    edges: rerun.edges,
    arrivalUs,
    settled,
    changed,
    staticMs: rerun.ms,
    differences: rerun.differences,
    parentsRight: parentsRight / models,
    departureUs,
    differencesAfterDepartures: differencesFromStatic(forest).differences,
    snapshotMs,
    residentMb: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
  progress('');
  return row;
}

/** Solves the forest's graph from nothing and counts the labels whose parents differ. */
function differencesFromStatic(forest: DynamicForest): { ms: number; differences: number; edges: number } {
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
  return { ms, differences, edges: problem.tails.length };
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

function timeSnapshot(forest: DynamicForest): [encode: number, decode: number, bytes: number] {
  const start = microseconds();
  const bytes = encodeSnapshot(forest);
  const encoded = microseconds();
  const copy = decodeSnapshot(bytes);
  const decoded = microseconds();
  if (!(copy instanceof DynamicForest)) throw new Error(copy.detail);
  return [(encoded - start) / 1e3, (decoded - encoded) / 1e3, bytes.length];
}

/** Removes models spread over the whole age range; not the giant hub, which is a matter of its own. */
function depart(forest: DynamicForest, seed: number): Float64Array {
  const labels = forest.labels();
  const stride = Math.floor(labels.length / DEPARTURES) || 1;
  const leaving = labels.filter(
    (label, i) => i % stride === seed % stride && forest.childrenOf(label).length < 1000,
  );
  const departureUs = Float64Array.from(leaving, (label) => {
    const from = microseconds();
    forest.removeNode(label);
    return microseconds() - from;
  });
  forest.takeChanges();
  return departureUs;
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
  const [encodeMs, decodeMs, bytes] = row.snapshotMs.map((value) => value.toFixed(0));
  return {
    'directed edges': String(row.edges),
    'arrival, µs (median / p99 / max / mean)': spread(row.arrivalUs, 1),
    'nodes settled by an arrival': spread(row.settled, 2),
    'parents changed by an arrival': spread(row.changed, 2),
    'static rerun, ms': row.staticMs.toFixed(0),
    'rerun : mean arrival': ((row.staticMs * 1e3) / mean(row.arrivalUs)).toFixed(0),
    'parents that differ from the rerun': String(row.differences),
    'parents right': row.parentsRight.toFixed(4),
    'departure, µs': spread(row.departureUs, 1),
    'parents that differ afterwards': String(row.differencesAfterDepartures),
    'snapshot: encode ms, decode ms, bytes': `${encodeMs}, ${decodeMs}, ${bytes}`,
    'resident MB': String(row.residentMb),
  };
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
    models: { type: 'string' },
    million: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
  },
});
const sizes = (values.models ?? '10000,100000').split(',').map(Number);
if (values.million === true) sizes.push(1_000_000);
print(sizes.map((models) => run(models, Number(values.seed))));
