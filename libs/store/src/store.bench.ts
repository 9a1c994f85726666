/**
 * What a commit costs with sketches of 128 KiB, at several batch sizes, and what a boot reads; beside it the same
 * sketches as a BLOB column of DuckDB. `--models N` fills the store before (default 10,000, or 3,000 where QUICK=1, with
 * tiny sketches).
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { BLOB, blobValue, DuckDBInstance, INTEGER } from '@duckdb/node-api';

import { reportFigure, showProgress } from '../../../tools/bench-report';
import { Connection } from './connection';
import { uniform } from './neighbours/families.testing';
import { Store } from './store';
import { change, model, pair, parent, temporaryFolder } from './store.testing';
import type { Transaction } from './transaction';

const SKETCH_BYTES = 128 * 1_024;
const PAIRS_ADDED = 45;
const PAIRS_REMOVED = 15;
const models =
  Number(process.argv[process.argv.indexOf('--models') + 1] ?? '') ||
  (process.env['QUICK'] === '1' ? 3_000 : 10_000);

const next = uniform(31);
const elapsedMs = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;
const writtenBytes = (): number => Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))![1]);
const sketchOf = (label: number): Uint8Array =>
  Uint8Array.from({ length: SKETCH_BYTES }, (_, i) => (i * 31 + label * 7 + (i >> 7)) & 255);
const quantile = (samples: readonly number[], share: number): number =>
  [...samples].sort((a, b) => a - b)[Math.floor(share * (samples.length - 1))]!;

const partnersOf = (label: number): number[] =>
  Array.from({ length: PAIRS_ADDED }, (_, i) => Math.floor(((i + 0.5) * label) / PAIRS_ADDED));

/** One arrival as the indexer would write it, and who its pairs are with. */
function arrive(tx: Transaction, label: number, sketch: Uint8Array): void {
  tx.putModel(model(`model-${label}`, 1, { sketch }));
  if (label > PAIRS_ADDED) {
    tx.putCandidates(partnersOf(label).map((other) => pair(other, label)));
    const old = Math.floor(next() * (label - PAIRS_ADDED - 1)) + PAIRS_ADDED + 1;
    tx.removeCandidates(
      partnersOf(old)
        .slice(0, PAIRS_REMOVED)
        .map((other) => ({ a: other, b: old })),
    );
  }
  tx.putParents([label, Math.floor(next() * (label + 1))].map((each) => parent(each, null)));
  const [made] = tx.appendChanges(0, [change(`model-${label}`, null)]);
  tx.putOutbox([{ topic: 't', partition: 0, key: 'k', payload: JSON.stringify(made) }]);
}

/**
 * Arrivals one at a time, each committed and its message published before the next; beside each one row of a bare table with
 * a commit of its own, which is what DuckDB and the disk take at least.
 */
async function singles(store: Store, peer: Connection): Promise<void> {
  const count = process.env['QUICK'] === '1' ? 100 : 300;
  const claim = await store.claimPartition('t', 0);
  await peer.script('CREATE TABLE rows (label INTEGER PRIMARY KEY)');
  const times = { arrival: [] as number[], row: [] as number[] };
  for (let i = 0; i < count; i++) {
    const sketch = sketchOf(i);
    const from = process.hrtime.bigint();
    const work = (tx: Transaction): void => {
      arrive(tx, store.labelNext, sketch);
      tx.advance('t', 0, i === 0 ? null : i, i + 1);
    };
    await store.transaction(work, claim);
    times.arrival.push(elapsedMs(from));
    const pending = await store.outboxPending(1_000);
    await store.outboxSent(pending.at(-1)!.seq);
    const rowFrom = process.hrtime.bigint();
    await peer.transaction(() => peer.run('INSERT INTO rows VALUES ($1::INTEGER)', [i]));
    times.row.push(elapsedMs(rowFrom));
  }
  console.log('\n| one at a time | median ms | p99 ms |');
  console.log('|---|---|---|');
  for (const [name, ms] of Object.entries(times))
    console.log(`| ${name} | ${quantile(ms, 0.5).toFixed(1)} | ${quantile(ms, 0.99).toFixed(1)} |`);
  for (const [name, share] of [
    ['median', 0.5],
    ['p99', 0.99],
  ] as const) {
    reportFigure({
      figure: `commit of one arrival at ${models} models, ${name}`,
      value: quantile(times.arrival, share),
      unit: 'ms',
      peer: { name: 'commit of one row', value: quantile(times.row, share) },
    });
  }
}

async function commits(store: Store): Promise<void> {
  console.log('| models a commit | commits | median ms | p99 ms | models/s | bytes written / sketch bytes |');
  console.log('|---|---|---|---|---|---|');
  for (const [batch, count] of [
    [16, 30],
    [64, 20],
    [256, 8],
  ] as const) {
    const times: number[] = [];
    const sketches = Array.from({ length: batch }, (_, i) => sketchOf(i));
    const bytes = writtenBytes();
    for (let i = 0; i < count; i++) {
      const from = process.hrtime.bigint();
      await store.transaction((tx) =>
        sketches.forEach((sketch, at) => arrive(tx, store.labelNext + at, sketch)),
      );
      times.push(elapsedMs(from));
    }
    const totalMs = times.reduce((sum, ms) => sum + ms, 0);
    const amplification = (writtenBytes() - bytes) / (batch * count * SKETCH_BYTES);
    const cells = [
      quantile(times, 0.5).toFixed(1),
      quantile(times, 0.99).toFixed(1),
      ((batch * count * 1e3) / totalMs).toFixed(0),
    ];
    console.log(`| ${batch} | ${count} | ${cells.join(' | ')} | ${amplification.toFixed(2)} |`);
    reportFigure({ figure: `commit of ${batch}, median`, value: quantile(times, 0.5), unit: 'ms' });
    const limit = { atLeast: 200 };
    const figure = `models committed ${batch} at a time`;
    reportFigure({ figure, value: (batch * count * 1e3) / totalMs, unit: '/s', limit });
  }
}

/** Sketches in segment files and in a BLOB column: writing 1,024 of them in batches of 64, reading 45 at a time. */
async function sketches(store: Store, peer: Connection): Promise<void> {
  const rounds = 16;
  const bytes = Array.from({ length: 64 }, (_, i) => sketchOf(i));
  await peer.script('CREATE TABLE sketches (label INTEGER PRIMARY KEY, bytes BLOB)');
  const first = store.labelNext;
  const ways = {
    'segment files': {
      write: () =>
        store.transaction((tx) =>
          bytes.forEach((sketch, i) => tx.putModel(model(`peer-${store.labelNext + i}`, 1, { sketch }))),
        ),
      read: (label: number) => store.sketch(first + label),
    },
    'BLOB column': {
      write: async (round: number) =>
        peer.transaction(() =>
          peer.append('sketches', [
            { type: INTEGER, values: bytes.map((_, i) => round * 64 + i) },
            { type: BLOB, values: bytes.map((sketch) => blobValue(sketch)) },
          ]),
        ),
      read: (label: number) => peer.rows('SELECT bytes FROM sketches WHERE label = $1::INTEGER', [label]),
    },
  };
  console.log('\n| 1,024 sketches in | write s | bytes written / sketch bytes | 45 reads ms |');
  console.log('|---|---|---|---|');
  const writeSeconds: number[] = [];
  for (const [name, { write, read }] of Object.entries(ways)) {
    const [from, before] = [process.hrtime.bigint(), writtenBytes()];
    for (let round = 0; round < rounds; round++) await write(round);
    const [writeMs, written] = [elapsedMs(from), writtenBytes() - before];
    const reading: number[] = [];
    for (let i = 0; i < 10; i++) {
      const start = process.hrtime.bigint();
      for (let j = 0; j < 45; j++) await read(Math.floor(next() * rounds * 64));
      reading.push(elapsedMs(start));
    }
    writeSeconds.push(writeMs / 1e3);
    const amplification = written / (rounds * 64 * SKETCH_BYTES);
    console.log(
      `| ${name} | ${(writeMs / 1e3).toFixed(1)} | ${amplification.toFixed(2)} | ${quantile(reading, 0.5).toFixed(1)} |`,
    );
  }
  reportFigure({
    figure: '1,024 sketches of 128 KiB written',
    value: writeSeconds[0]!,
    unit: 's',
    peer: { name: 'BLOB column', value: writeSeconds[1]! },
  });
}

async function boot(folder: string): Promise<void> {
  const timed = async (work: () => Promise<number>): Promise<string> => {
    const from = process.hrtime.bigint();
    const count = await work();
    return `${count} in ${(elapsedMs(from) / 1e3).toFixed(2)} s`;
  };
  const count = async <T>(batches: AsyncIterable<T>, size: (batch: T) => number): Promise<number> => {
    let total = 0;
    for await (const batch of batches) total += size(batch);
    return total;
  };
  let store!: Store;
  console.log(
    `\nopen: ${await timed(async () => ((store = await Store.open({ folder })), store.labelNext))}`,
  );
  console.log(`models: ${await timed(() => count(store.load(), (batch) => batch.length))}`);
  console.log(`pairs: ${await timed(() => count(store.pairs(), (batch) => batch.count))}`);
  console.log(`parents: ${await timed(() => count(store.parents(), (batch) => batch.length))}`);
  await store.close();
}

async function main(): Promise<void> {
  const { folder } = temporaryFolder();
  const store = await Store.open({ folder });
  while (store.labelNext < models) {
    await store.transaction((tx) => {
      for (let i = 0; i < 1_000; i++) arrive(tx, store.labelNext + i, new Uint8Array(16));
    });
    showProgress(`filling: ${store.labelNext} of ${models} models`);
  }
  showProgress('');
  console.log(`${models} models before; ${PAIRS_ADDED} pairs come and ${PAIRS_REMOVED} go with each`);
  const file = join(folder, 'peer.duckdb');
  const instance = await DuckDBInstance.create(file, { memory_limit: '1GiB', threads: '2' });
  const peer = await Connection.open(instance, file);
  await commits(store);
  await singles(store, peer);
  await sketches(store, peer);
  peer.close();
  instance.closeSync();
  await store.close();
  await boot(folder);
  rmSync(folder, { recursive: true });
}

void main();
