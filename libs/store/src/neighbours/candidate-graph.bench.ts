/**
 * Arrivals and departures in the candidate graph with the exact index, against computing the graph from scratch.
 * `--models N` sets the size (default 10,000), `--shape star|chain|mixed` the families.
 */
import { CandidateGraph } from './candidate-graph';
import { families, uniform, type FamilyShape } from './families.testing';

const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? fallback : (process.argv[at + 1] ?? fallback);
};

const DIMENSIONS = 128;
const MEASURED = 300;
const models = Number(argument('models', '10000'));
const shape = argument('shape', 'mixed') as FamilyShape;

const elapsedMs = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;

function report(name: string, samples: readonly number[], unit: string): void {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2);
  console.log(`| ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${unit} |`);
}

const { vectors } = families({
  seed: 21,
  families: Math.ceil(models / 1_000),
  models: 1_000,
  dimensions: DIMENSIONS,
  shape,
});
const order = Array.from(vectors.keys());
const next = uniform(22);
for (let i = order.length - 1; i > 0; i--) {
  const j = Math.floor(next() * (i + 1));
  [order[i], order[j]] = [order[j]!, order[i]!];
}

const graph = new CandidateGraph({ dimensions: DIMENSIONS, precedes: (a, b) => a < b });
const model = (label: number) => ({ label, content: `content-${label}`, vector: vectors[label]! });
const building = process.hrtime.bigint();
const arrivalMs: number[] = [];
const changed: number[] = [];
for (const [at, label] of order.entries()) {
  const arriving = process.hrtime.bigint();
  const { added, removed } = graph.add(model(label));
  if (at < order.length - MEASURED) continue;
  arrivalMs.push(elapsedMs(arriving));
  changed.push(added.length + removed.length);
}
const buildMs = elapsedMs(building);

console.log(
  `${vectors.length} models, ${shape} families of 1,000, random order, k = 32, ${DIMENSIONS} dimensions`,
);
console.log('| last 300 | median | p99 | max | |');
console.log('|---|---|---|---|---|');
report('arrival', arrivalMs, 'ms');
report('pairs changed by an arrival', changed, 'pairs');

const departureMs = order.slice(0, MEASURED).map((label) => {
  const leaving = process.hrtime.bigint();
  graph.remove(label);
  return elapsedMs(leaving);
});
report('departure', departureMs, 'ms');

const pairs = graph.pairs();
const restoring = process.hrtime.bigint();
const restored = new CandidateGraph({ dimensions: DIMENSIONS, precedes: (a, b) => a < b });
for (const label of order.slice(MEASURED)) restored.restoreModel(model(label));
for (const pair of pairs) restored.restorePair(pair);
const restoreMs = elapsedMs(restoring);
const bytes = graph.snapshot();
const snapshotting = process.hrtime.bigint();
const again = new CandidateGraph({ dimensions: DIMENSIONS, precedes: (a, b) => a < b });
for (const label of order.slice(MEASURED)) again.restoreModel(model(label));
if (again.restoreSnapshot(bytes) !== null) throw new Error('the snapshot does not fit');
const snapshotMs = elapsedMs(snapshotting);
const meanArrivalMs = arrivalMs.reduce((sum, ms) => sum + ms, 0) / MEASURED;
console.log(`built in ${(buildMs / 1e3).toFixed(1)} s`);
console.log(`restored in ${(restoreMs / 1e3).toFixed(1)} s from ${pairs.length} pairs`);
console.log(
  `restored in ${(snapshotMs / 1e3).toFixed(1)} s from a snapshot of ${(bytes.length / 1e6).toFixed(0)} MB`,
);
console.log(`an arrival costs 1/${Math.round(buildMs / meanArrivalMs)} of building the graph anew`);
