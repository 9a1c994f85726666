import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { reportFigure } from '../../../../tools/bench-report';
import type { NewRecord } from '../event-log';
import { inFolder } from './child.testing';
import { EmbeddedLog } from './embedded-log';

/**
 * node tools/run-ts.js libs/events/src/embedded/embedded.bench.ts
 *
 * Appending and reading, each against the least a disk can be asked for the same bytes in the same run: plain
 * writes with an fdatasync after each, plain reads.
 */
const topic = 't';
const value = (bytes: number): string => 'x'.repeat(bytes);
const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);

interface Cost {
  readonly seconds: number;
  /** Of all threads of this process: what is left of the time when others want the machine too. */
  readonly cpuSeconds: number;
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const begin = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** One line of the table. `peer` are the seconds of the plain calls for the same bytes. */
function report(
  what: string,
  { seconds, cpuSeconds }: Cost,
  records: number,
  bytes: number,
  peer: number,
): void {
  const figures = [
    `${Math.round(records / seconds)} records/s`,
    `${mega((records * bytes) / seconds)} MB/s`,
    `${((cpuSeconds / records) * 1e6).toFixed(1)} µs CPU a record`,
    `${(seconds / peer).toFixed(2)} × the plain calls`,
  ];
  console.log(`${what.padEnd(32)} ${figures.join(', ')}`);
  reportFigure({
    figure: `${what}, a record`,
    value: (seconds / records) * 1e6,
    unit: 'µs',
    peer: { name: 'plain calls', value: (peer / records) * 1e6 },
  });
}

async function withLog(work: (log: EmbeddedLog, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const log = await EmbeddedLog.open(folder);
    await log.ensureTopics([{ name: topic, partitions: 1, cleanup: 'keep' }]);
    await work(log, folder);
    await log.close();
  });
}

function plainWrites(folder: string, bytes: number, count: number): void {
  const file = openSync(`${folder}/plain`, 'w');
  const buffer = Buffer.alloc(bytes, 'x');
  for (let i = 0; i < count; i += 1) {
    writeSync(file, buffer);
    fdatasyncSync(file);
  }
  closeSync(file);
}

interface Appending {
  readonly what: string;
  readonly records: number;
  readonly batch: number;
  readonly bytes: number;
  /** Appends in flight at a time. */
  readonly callers: number;
}

async function benchAppend({ what, records, batch, bytes, callers }: Appending): Promise<void> {
  await withLog(async (log, folder) => {
    const one: NewRecord[] = Array.from({ length: batch }, (_, i) => ({
      key: `org/name-${i}`,
      value: value(bytes),
    }));
    let left = records / batch;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await log.append(topic, one);
      }
    };
    const cost = await costOf(async () => {
      await Promise.all(Array.from({ length: callers }, caller));
    });
    const writes = Math.min(200, records / batch / callers);
    const plain = await costOf(async () => plainWrites(folder, batch * bytes * callers, writes));
    report(`append ${what}`, cost, records, bytes, (plain.seconds * records) / batch / callers / writes);
  });
}

async function plainRead(path: string): Promise<void> {
  const file = await open(path, 'r');
  const buffer = Buffer.alloc(1 << 20);
  let at = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  await file.close();
}

async function benchRead(what: string, records: number, bytes: number): Promise<void> {
  await withLog(async (log, folder) => {
    const batch = Math.max(1, Math.floor(4e6 / bytes));
    const one = Array.from({ length: batch }, (_, i) => ({ key: `org/name-${i}`, value: value(bytes) }));
    for (let written = 0; written < records; written += batch) await log.append(topic, one);
    const { high } = await log.bounds(topic, 0);
    let done = (): void => undefined;
    const all = new Promise<void>((resolve) => (done = resolve));
    const cost = await costOf(async () => {
      await log.consume({
        group: 'g',
        topics: [topic],
        recordsMax: 10_000,
        bytesMax: 4 << 20,
        start: async () => 0,
        handle: async ({ records: got }) => {
          if (got.at(-1)?.position === high - 1) done();
        },
      });
      await all;
    });
    const plain = await costOf(() => plainRead(`${folder}/${topic}/0/${'0'.repeat(16)}.log`));
    report(`read ${what}`, cost, high, bytes, plain.seconds);
    await log.close();
    const opening = await costOf(async () => (await EmbeddedLog.open(folder)).close());
    report(`open with ${mega(high * bytes)} MB of ${what}`, opening, high, bytes, plain.seconds);
  });
}

async function main(): Promise<void> {
  await benchAppend({ what: '300 B, one at a time', records: 400, batch: 1, bytes: 300, callers: 1 });
  await benchAppend({ what: '300 B, 100 callers', records: 40_000, batch: 1, bytes: 300, callers: 100 });
  await benchAppend({ what: '300 B, batches of 500', records: 200_000, batch: 500, bytes: 300, callers: 1 });
  await benchAppend({ what: '128 KiB, batches of 8', records: 800, batch: 8, bytes: 131_072, callers: 1 });
  await benchRead('300 B', 150_000, 300);
  await benchRead('128 KiB', 450, 131_072);
}

void main();
