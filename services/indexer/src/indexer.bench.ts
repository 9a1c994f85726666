/**
 * Arrivals through the indexer's own transaction, from the records of the log on, beside a full rerun of the forest and a
 * cold start in the same run:
 *
 *     MODELS=10000 node tools/run-ts.js services/indexer/src/indexer.bench.ts
 *
 * SKETCH=full (default) has sketches of 16,384 numbers, which is what comparing costs; SKETCH=small leaves little but the index
 * itself. BATCH=32 and SINGLES=200 say how many arrive at a time, and how many by themselves at the end. Making 10⁴ models
 * takes minutes, 10⁵ an hour; where QUICK=1 it is 300.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { LogRecord } from '@stemma/events';
import { comparePair, edgeCosts, minimumArborescence, relationOf, rootCost } from '@stemma/lineage';
import { reportFigure, showProgress } from '../../../tools/bench-report';
import { confidenceIn } from './confidence';
import { HubStream } from './hub-stream.testing';
import type { Settlement } from './lineage-index';
import { snapshotFolderOf } from './load';
import { recordOf, TestIndex } from './test-index.testing';

const number = (name: string, byDefault: number): number => Number(process.env[name] ?? byDefault);
const QUICK = process.env.QUICK === '1';
const [MODELS, BATCH, SINGLES] = [
  number('MODELS', QUICK ? 300 : 10_000),
  number('BATCH', 32),
  number('SINGLES', QUICK ? 40 : 200),
];
const SHAPE =
  process.env.SKETCH === 'small'
    ? { matrices: 4, rows: 16, columns: 12 }
    : { matrices: 24, rows: 32, columns: 32 };
const PROGRESS_MODELS = QUICK ? 100 : 1_000;

interface Spent {
  arrivals: number;
  ms: number;
  cpuMs: number;
  settleMs: number;
  commitMs: number;
  compared: number;
  moved: number;
  swayed: number;
}

const nothing = (): Spent => ({
  arrivals: 0,
  ms: 0,
  cpuMs: 0,
  settleMs: 0,
  commitMs: 0,
  compared: 0,
  moved: 0,
  swayed: 0,
});

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** An index whose work is measured. */
class MeasuredIndex {
  #spent = nothing();
  /** Of all batches, whatever was taken of it. */
  readonly total = { arrivals: 0, ms: 0 };
  #writtenAt = 0;
  index!: TestIndex;

  static async open(): Promise<MeasuredIndex> {
    const measured = new MeasuredIndex();
    measured.index = await TestIndex.open({}, undefined, {
      onBoundary: (boundary) => measured.#passed(boundary),
    });
    const { index } = measured.index.parts;
    const settle = index.settle.bind(index);
    index.settle = (observe) => measured.#settled(() => settle(observe));
    return measured;
  }

  /** Milliseconds of one batch. */
  async deliver(records: readonly LogRecord[]): Promise<number> {
    const [from, cpuFrom] = [performance.now(), cpuMs()];
    await this.index.deliver(...records);
    const ms = performance.now() - from;
    this.#spent.ms += ms;
    this.#spent.cpuMs += cpuMs() - cpuFrom;
    this.#spent.arrivals += records.length;
    this.total.ms += ms;
    this.total.arrivals += records.length;
    return ms;
  }

  /** What was spent since the last call. */
  takeSpent(): Spent {
    const spent = this.#spent;
    this.#spent = nothing();
    return spent;
  }

  #passed(boundary: string): void {
    if (boundary === 'sketches-written') this.#writtenAt = performance.now();
    if (boundary === 'committed') this.#spent.commitMs += performance.now() - this.#writtenAt;
  }

  #settled(settle: () => Settlement): Settlement {
    const from = performance.now();
    const settlement = settle();
    this.#spent.settleMs += performance.now() - from;
    this.#spent.compared += settlement.pairsAdded.length;
    this.#spent.moved += settlement.moved.size;
    this.#spent.swayed += settlement.swayed.size;
    return settlement;
  }
}

function printSpent(indexed: number, spent: Spent): void {
  const each = (total: number): string => (total / spent.arrivals).toFixed(2);
  const rates = `${Math.round((1_000 * spent.arrivals) / spent.ms)}/s, ${Math.round((1_000 * spent.arrivals) / spent.cpuMs)} a CPU second`;
  const parts = `settle ${each(spent.settleMs)}, commit ${each(spent.commitMs)} ms`;
  const touched = `compared ${each(spent.compared)}, moved ${each(spent.moved)}, swayed ${each(spent.swayed)}`;
  const memory = `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`;
  console.log(`${indexed}: ${rates}; ${parts}; ${touched}; ${memory}`);
}

async function arrive(measured: MeasuredIndex): Promise<number[]> {
  const singlesMs: number[] = [];
  let [records, indexed, at]: [LogRecord[], number, number] = [[], 0, 0];
  for (const { name, weights } of new HubStream({ models: MODELS + SINGLES, seed: 1, shape: SHAPE })) {
    records.push(recordOf({ name, weights, at: ++at }));
    if (records.length < BATCH && at < MODELS) continue;
    const ms = await measured.deliver(records);
    if (at > MODELS) singlesMs.push(ms);
    if (Math.floor(indexed / PROGRESS_MODELS) < Math.floor((indexed + records.length) / PROGRESS_MODELS))
      printSpent(indexed + records.length, measured.takeSpent());
    indexed += records.length;
    records = [];
    showProgress(`${indexed} of ${MODELS + SINGLES} models`);
  }
  showProgress('');
  return singlesMs.sort((x, y) => x - y);
}

/** The static optimum over the pairs of the store, timed, and how many parents differ from the index's. */
async function rerun({
  parts,
  store,
}: TestIndex): Promise<{ ms: number; edges: number; differences: number }> {
  const { index } = parts;
  const [tails, heads, costs]: number[][] = [[], [], []];
  const from = performance.now();
  const contentOf = (label: number): string => index.model(label).contentHash;
  for await (const { count, a, b, kinship } of store.pairs()) {
    for (let row = 0; row < count; row++) {
      if (kinship[row] !== 'kin') continue;
      const [x, y] = [a[row]!, b[row]!];
      const { forward, backward } = edgeCosts(index.weights(x, y)!, contentOf(x), contentOf(y));
      tails!.push(x + 1, y + 1);
      heads!.push(y + 1, x + 1);
      costs!.push(forward, backward);
    }
  }
  const { parents } = minimumArborescence({
    nodes: index.size,
    tails: Int32Array.from(tails!),
    heads: Int32Array.from(heads!),
    costs: Float64Array.from(costs!),
    rootCosts: Float64Array.from({ length: index.size + 1 }, (_, node) =>
      node === 0 ? 0 : rootCost(0, contentOf(node - 1)),
    ),
  });
  const ms = performance.now() - from;
  let differences = 0;
  for (let label = 0; label < index.size; label++)
    if ((index.parentOf(label) ?? -1) !== parents[label + 1]! - 1) differences++;
  return { ms, edges: tails!.length, differences };
}

/** What the pieces cost by themselves, in CPU microseconds. */
async function printPieces({ parts }: TestIndex): Promise<void> {
  const { index, observations } = parts;
  const edges = [...Array(Math.min(500, index.size)).keys()].flatMap((child) => {
    const parent = index.parentOf(child);
    return parent === null ? [] : [{ parent, child }];
  });
  const some = edges.slice(-64);
  await observations.prepare(new Set(some.flatMap(({ parent, child }) => [parent, child])));
  const ends = some.map(({ parent, child }) => [observations.get(parent), observations.get(child)] as const);
  const each = (work: (i: number) => unknown): string => {
    ends.forEach((_, i) => work(i));
    const from = cpuMs();
    for (let round = 0; round < 4; round++) ends.forEach((_, i) => work(i));
    return `${Math.round((1_000 * (cpuMs() - from)) / (4 * ends.length))} µs`;
  };
  const figures = ends.map(([a, b]) => comparePair(a, b));
  const compare = each((i) => comparePair(...ends[i]!));
  const relation = each((i) => relationOf(...ends[i]!, figures[i]!));
  const confidence = each((i) => confidenceIn(index, some[i]!.child));
  console.log(`CPU each: compare two kin ${compare}, relation ${relation}, confidence ${confidence}`);
}

async function coldStarts(index: TestIndex): Promise<TestIndex> {
  const from = performance.now();
  await index.save();
  console.log(`snapshot written in ${Math.round(performance.now() - from)} ms`);
  let opened = await index.reopen();
  assert.equal(opened.loaded.from, 'snapshot', opened.loaded.refused?.detail);
  console.log(`cold start from the snapshot ${Math.round(opened.loaded.ms)} ms`);
  rmSync(snapshotFolderOf(opened.folder), { recursive: true });
  opened = await opened.reopen();
  console.log(`cold start from the store alone ${Math.round(opened.loaded.ms)} ms`);
  return opened;
}

function report(
  total: { readonly arrivals: number; readonly ms: number },
  singlesMs: readonly number[],
  rerunMs: number,
  settleMs: number,
): void {
  const size = `${MODELS.toLocaleString('en-US')} models`;
  reportFigure({
    figure: `arrivals until ${size}, all in`,
    value: (1_000 * total.arrivals) / total.ms,
    unit: '/s',
    limit: { atLeast: 200 },
  });
  reportFigure({
    figure: `an arrival by itself among ${size}, p99`,
    value: singlesMs[Math.floor(0.99 * singlesMs.length)] ?? NaN,
    unit: 'ms',
    limit: { atMost: 50 },
  });
  reportFigure({
    figure: `an arrival settled among ${size}`,
    value: settleMs,
    unit: 'ms',
    peer: { name: 'full rerun', value: rerunMs },
  });
}

async function main(): Promise<void> {
  const measured = await MeasuredIndex.open();
  const { index } = measured;
  try {
    const singlesMs = await arrive(measured);
    const at = (share: number): string => (singlesMs[Math.floor(share * singlesMs.length)] ?? 0).toFixed(1);
    console.log(`one at a time: median ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    const spent = measured.takeSpent();
    const { ms, edges, differences } = await rerun(index);
    report(measured.total, singlesMs, ms, spent.settleMs / spent.arrivals);
    const times = Math.round(ms / (spent.settleMs / spent.arrivals));
    console.log(
      `full rerun over ${edges} edges ${Math.round(ms)} ms, ${times} times what an arrival takes to settle; ${differences} parents differ`,
    );
    await printPieces(index);
    await coldStarts(index);
  } finally {
    rmSync(index.folder, { recursive: true, force: true });
  }
}

void main();
