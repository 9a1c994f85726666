/**
 * Arrivals through the indexer's own transaction, from the records of the log on: how many a second, how long one takes, what of
 * the index it touches; beside that a full rerun of the forest, and cold starts with their memory.
 *
 *     node tools/run-ts.js services/indexer/src/indexer.bench.ts [--models 10000] [--comparers 2] [--full]
 *
 * 10⁴ models with full sketches (16,384 numbers, 105 kB) by default, 10³ where QUICK=1; `--full` or QUICK=0 adds 10⁵ with full
 * sketches (an hour, 12 GB of disk) and 10⁶: small sketches, and fifty copies of an index of 20,000, each of an architecture of
 * its own. `--sketch small`, `--copies 50`, `--batch 64`, `--singles 200`, `--kept 16384` (decoded sketches in memory) as asked.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LogRecord } from '@stemma/events';
import { comparePair, edgeCosts, minimumArborescence, relationOf, rootCost } from '@stemma/lineage';
import { reportFigure, showProgress } from '../../../tools/bench-report';
import { confidenceIn } from './confidence';
import { INDEXER_DEFAULTS } from './config';
import { copyModels } from './copied-index.testing';
import { HubStream } from './hub-stream.testing';
import { snapshotFolderOf } from './load';
import { cpuMs, MeasuredIndex, type Spent } from './measured-index.testing';
import { Observations } from './observations';
import { recordOf, TestIndex } from './test-index.testing';

const QUICK = process.env.QUICK === '1';

const { values: args } = parseArgs({
  options: {
    models: { type: 'string' },
    sketch: { type: 'string', default: 'full' },
    copies: { type: 'string', default: '1' },
    batch: { type: 'string', default: String(INDEXER_DEFAULTS.batchEventsMax) },
    singles: { type: 'string', default: QUICK ? '40' : '200' },
    kept: { type: 'string', default: '16384' },
    comparers: { type: 'string', default: String(INDEXER_DEFAULTS.comparersMax) },
    start: { type: 'string' },
    full: { type: 'boolean', default: process.env.QUICK === '0' },
  },
});

interface Size {
  readonly models: number;
  readonly sketch: 'full' | 'small';
  readonly copies: number;
}

const SHAPES = {
  full: { matrices: 24, rows: 32, columns: 32 },
  small: { matrices: 4, rows: 16, columns: 12 },
};
const [BATCH, SINGLES] = [Number(args.batch), Number(args.singles)];
const CONFIG = { observationsMax: Number(args.kept), comparersMax: Number(args.comparers) };
/** Arrivals of which the rate at a size is told. */
const LAST = QUICK ? 320 : 1_024;

function sizes(): Size[] {
  const sketch = args.sketch === 'small' ? 'small' : 'full';
  const models = Number(args.models ?? (QUICK ? 1_000 : 10_000));
  const asked: Size = { models, sketch, copies: Number(args.copies) };
  if (!args.full) return [asked];
  return [
    asked,
    { models: 100_000, sketch: 'full', copies: 1 },
    { models: 20_000, sketch: 'small', copies: 50 },
  ];
}

const named = ({ models, copies, sketch }: Size): string =>
  `${(models * copies).toLocaleString('en-US')} models${sketch === 'small' ? ' of small sketches' : ''}`;

const memoryMiB = (): number => Math.round(process.memoryUsage().rss / 2 ** 20);

function printSpent(what: string, spent: Spent): void {
  const each = (total: number): string => (total / spent.arrivals).toFixed(2);
  const rates = `${Math.round((1_000 * spent.arrivals) / spent.ms)}/s, ${Math.round((1_000 * spent.arrivals) / spent.cpuMs)} a CPU second`;
  const parts = `compare ${each(spent.compareMs)}, settle ${each(spent.settleMs)}, commit ${each(spent.commitMs)} ms`;
  const touched = `compared ${each(spent.compared)}, moved ${each(spent.moved)}, swayed ${each(spent.swayed)}, read again ${each(spent.read)}`;
  console.log(`${what}: ${rates}; ${parts}; ${touched}; ${memoryMiB()} MiB`);
}

/** A hub's stream as records of the log, made a batch at a time so that making them is not in what is measured. */
class Records {
  readonly #stream;
  #at = 0;

  constructor({ models, sketch }: Size) {
    this.#stream = new HubStream({
      models: models + SINGLES + 2 * (LAST + BATCH),
      seed: 1,
      shape: SHAPES[sketch],
    })[Symbol.iterator]();
  }

  take(count: number): LogRecord[] {
    const records: LogRecord[] = [];
    while (records.length < count) {
      const next = this.#stream.next();
      if (next.done === true) break;
      records.push(recordOf({ ...next.value, at: ++this.#at }));
    }
    return records;
  }
}

/** Fills an index batch by batch, and says what the last arrivals took. */
async function fill(measured: MeasuredIndex, size: Size, records: Records): Promise<Spent> {
  const step = Math.max(BATCH, Math.ceil(size.models / 10));
  let printed = 0;
  for (let indexed = 0; indexed < size.models;) {
    if (size.models - indexed <= LAST && size.models - indexed > LAST - BATCH) measured.takeSpent();
    const batch = records.take(Math.min(BATCH, size.models - indexed));
    await measured.deliver(batch);
    indexed += batch.length;
    showProgress(`${indexed} of ${size.models} models`);
    if (indexed - printed < step || size.models - indexed < LAST) continue;
    printed = indexed;
    printSpent(`${indexed} models`, measured.takeSpent());
  }
  showProgress('');
  return measured.takeSpent();
}

async function oneByOne(measured: MeasuredIndex, records: Records): Promise<number[]> {
  const ms: number[] = [];
  // Made before: to make them leaves as much garbage as to index them.
  for (const record of records.take(SINGLES)) ms.push(await measured.deliver([record]));
  return ms.sort((x, y) => x - y);
}

/** The static optimum over the pairs of the store, timed, and how many parents differ from the index's. */
async function rerun({
  parts,
  store,
}: TestIndex): Promise<{ ms: number; edges: number; differences: number }> {
  const { index } = parts;
  const [tails, heads, costs]: [number[], number[], number[]] = [[], [], []];
  const from = performance.now();
  const contentOf = (label: number): string => index.model(label).contentHash;
  for await (const { count, a, b, kinship } of store.pairs()) {
    for (let row = 0; row < count; row++) {
      if (kinship[row] !== 'kin') continue;
      const [x, y] = [a[row]!, b[row]!];
      const { forward, backward } = edgeCosts(index.weights(x, y)!, contentOf(x), contentOf(y));
      tails.push(x + 1, y + 1);
      heads.push(y + 1, x + 1);
      costs.push(forward, backward);
    }
  }
  const { parents } = minimumArborescence({
    nodes: index.size,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    costs: Float64Array.from(costs),
    rootCosts: Float64Array.from({ length: index.size + 1 }, (_, node) =>
      node === 0 ? 0 : rootCost(0, contentOf(node - 1)),
    ),
  });
  const ms = performance.now() - from;
  let differences = 0;
  for (let label = 0; label < index.size; label++)
    if ((index.parentOf(label) ?? -1) !== parents[label + 1]! - 1) differences++;
  return { ms, edges: tails.length, differences };
}

/** What the pieces cost by themselves, in CPU microseconds. */
async function printPieces({ parts, store }: TestIndex, models: number): Promise<void> {
  const { index } = parts;
  const edges = [...Array(Math.min(500, models)).keys()].flatMap((child) => {
    const parent = index.parentOf(child);
    return parent === null ? [] : [{ parent, child }];
  });
  const some = edges.slice(-64);
  const observations = new Observations({ load: (label) => store.sketch(label), observationsMax: 0 });
  const whole = await observations.fetchWhole(new Set(some.flatMap(({ parent, child }) => [parent, child])));
  const ends = some.map(({ parent, child }) => [whole(parent), whole(child)] as const);
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

/** What a process that starts with an index says. */
interface ColdStart {
  readonly from: string;
  readonly seconds: number;
  readonly mebibytes: number;
  readonly writtenSeconds: number;
}

/** In a process of its own: loads an index from a folder, and writes its snapshot if it was not from there. */
async function start(folder: string): Promise<void> {
  const index = await TestIndex.open({}, folder);
  const { from, ms } = index.loaded;
  const mebibytes = memoryMiB();
  const began = performance.now();
  if (from === 'store') await index.save();
  const writtenSeconds = (performance.now() - began) / 1e3;
  await index.end();
  process.send?.({ from, seconds: ms / 1e3, mebibytes, writtenSeconds } satisfies ColdStart);
}

function startApart(folder: string): Promise<ColdStart> {
  const runner = join(__dirname, '../../../tools/run-ts.js');
  const child = fork(runner, [__filename, '--start', folder], {
    execArgv: ['--max-old-space-size=8192', '--max-semi-space-size=64'],
  });
  return new Promise((resolve, reject) => {
    child.on('message', (message) => resolve(message as ColdStart));
    child.on('exit', (code) => {
      if (code !== 0) reject(new Error(`a start ended with ${code}`));
    });
  });
}

/**
 * From the tables alone, then from the snapshot. The index must be open nowhere.
 *
 * @returns milliseconds of the former, which prices all pairs and builds the forest anew
 */
async function coldStarts(folder: string, size: Size): Promise<number> {
  rmSync(snapshotFolderOf(folder), { recursive: true, force: true });
  const tables = await startApart(folder);
  const snapshot = await startApart(folder);
  assert.deepEqual([tables.from, snapshot.from], ['store', 'snapshot']);
  const [long, short, written] = [tables.seconds, snapshot.seconds, tables.writtenSeconds].map((seconds) =>
    seconds.toFixed(1),
  );
  console.log(
    `cold start from the tables ${long} s, from a snapshot ${short} s with ${snapshot.mebibytes} MiB (written in ${written} s)`,
  );
  reportFigure({
    figure: `cold start of ${named(size)} from a snapshot`,
    value: snapshot.seconds,
    unit: 's',
    peer: { name: 'from the tables', value: tables.seconds },
    limit: { atMost: 60 },
  });
  const memory = { value: snapshot.mebibytes, unit: 'MiB', limit: { atMost: 8_192 } };
  reportFigure({ figure: `resident after a start with ${named(size)}`, ...memory });
  return 1_000 * tables.seconds;
}

/** Something that gives the forest from nothing, and what it took. */
interface Rerun {
  readonly name: string;
  readonly ms: number;
}

function report(size: Size, last: Spent, singlesMs: readonly number[], whole: Rerun): void {
  const at = (share: number): number => singlesMs[Math.floor(share * singlesMs.length)] ?? NaN;
  const among = `among ${named(size)}`;
  console.log(`one at a time: median ${at(0.5).toFixed(1)} ms, p99 ${at(0.99).toFixed(1)} ms`);
  const per = (total: number): number => total / last.arrivals;
  const rate = (1_000 * last.arrivals) / last.ms;
  reportFigure({ figure: `arrivals ${among}`, value: rate, unit: '/s', limit: { atLeast: 200 } });
  reportFigure({ figure: `CPU of an arrival ${among}`, value: per(last.cpuMs), unit: 'ms' });
  reportFigure({
    figure: `an arrival by itself ${among}, p99`,
    value: at(0.99),
    unit: 'ms',
    limit: { atMost: 50 },
  });
  reportFigure({ figure: `commit of an arrival ${among}`, value: per(last.commitMs), unit: 'ms' });
  reportFigure({
    figure: `models touched by an arrival ${among}`,
    value: per(last.moved + last.swayed),
    unit: '',
  });
  const settleMs = per(last.settleMs);
  reportFigure({
    figure: `forest repaired by an arrival ${among}`,
    value: settleMs,
    unit: 'ms',
    peer: { name: whole.name, value: whole.ms },
  });
  reportFigure({
    figure: `${whole.name} over an arrival ${among}`,
    value: whole.ms / settleMs,
    unit: '×',
    limit: { atLeast: 1_000 },
  });
}

async function measure(size: Size): Promise<void> {
  console.log(`\n${named(size)}, ${size.sketch} sketches`);
  const measured = await MeasuredIndex.open(CONFIG);
  const { folder } = measured.index;
  try {
    const records = new Records(size);
    const last = await fill(measured, size, records);
    await (size.copies > 1
      ? measureCopied(measured, size, records)
      : measureFilled(measured, size, records, last));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureFilled(
  measured: MeasuredIndex,
  size: Size,
  records: Records,
  last: Spent,
): Promise<void> {
  printSpent(`the last ${last.arrivals}`, last);
  const singlesMs = await oneByOne(measured, records);
  const { ms, edges, differences } = await rerun(measured.index);
  console.log(`full rerun over ${edges} edges ${Math.round(ms)} ms; ${differences} parents differ`);
  report(size, last, singlesMs, { name: 'full rerun', ms });
  await printPieces(measured.index, size.models);
  await measured.index.end();
  await coldStarts(measured.index.folder, size);
}

/** The rerun is a start from the tables: edges by the ten millions need more memory than there is beside the index. */
async function measureCopied(filled: MeasuredIndex, size: Size, records: Records): Promise<void> {
  const { store, folder } = filled.index;
  await copyModels(store, size.copies, (copy) => showProgress(`${copy + 1} of ${size.copies} copies`));
  showProgress('');
  await filled.index.end();
  const ms = await coldStarts(folder, size);
  const measured = await MeasuredIndex.open(CONFIG, folder);
  // A process that has just started runs code that is not compiled yet, and reads every sketch that it compares.
  for (let taken = 0; taken < LAST; taken += BATCH) await measured.deliver(records.take(BATCH));
  measured.takeSpent();
  for (let taken = 0; taken < LAST; taken += BATCH) await measured.deliver(records.take(BATCH));
  const last = measured.takeSpent();
  printSpent(`the last ${last.arrivals}`, last);
  report(size, last, await oneByOne(measured, records), { name: 'start from the tables', ms });
  await measured.index.end();
}

async function main(): Promise<void> {
  if (args.start !== undefined) return start(args.start);
  for (const size of sizes()) await measure(size);
}

void main();
