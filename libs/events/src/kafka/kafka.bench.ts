import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { reportFigure } from '../../../../tools/bench-report';
import { EmbeddedLog } from '../embedded/embedded-log';
import { inFolder } from '../embedded/child.testing';
import type { EventLog, NewRecord } from '../event-log';
import { KafkaLog } from './kafka-log';

/**
 * deploy/kafka/with-kafka.sh -n 3 node tools/run-ts.js libs/events/src/kafka/kafka.bench.ts
 *
 * What a broker costs: the same appends and reads on Kafka and on the embedded log, in the same run. Without KAFKA_BROKERS it
 * does nothing.
 */
const brokers = (process.env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== '');
const quick = process.env.QUICK === '1' ? 0.2 : 1;

interface Contestant {
  readonly name: string;
  readonly log: EventLog;
}

/** About what our events are: JSON, not all alike. */
const record = (i: number, bytes: number): NewRecord => {
  const text = Array.from(
    { length: Math.ceil(bytes / 10) },
    (_, at) => ((i + 1) * (at + 7) * 2654435761) % 1e10,
  );
  return { key: `org-${i % 97}/name-${i}`, value: text.join('').slice(0, bytes) };
};

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
};

async function freshTopic(log: EventLog): Promise<string> {
  const name = `bench-${randomUUID()}`;
  await log.ensureTopics([{ name, partitions: 1, cleanup: 'keep' }]);
  return name;
}

/** `callers` at a time, each appending batches one after another. */
async function appending(
  log: EventLog,
  topic: string,
  batches: number,
  batch: number,
  callers: number,
): Promise<void> {
  const records = Array.from({ length: batch }, (_, i) => record(i, 1000));
  let left = batches;
  const caller = async (): Promise<void> => {
    for (; left > 0; await log.append(topic, records)) left -= 1;
  };
  await Promise.all(Array.from({ length: callers }, caller));
}

async function writing(log: EventLog, topic: string, appends: number): Promise<void> {
  const writer = await log.openWriter(topic, 0);
  for (let i = 0; i < appends; i += 1) await writer.append([record(i, 1000)]);
  await writer.close();
}

async function reading(log: EventLog, topic: string): Promise<number> {
  const { high } = await log.bounds(topic, 0);
  let begun = 0;
  const seconds = await new Promise<number>((resolve) => {
    void log.consume({
      group: `bench-${randomUUID()}`,
      topics: [topic],
      recordsMax: 1_000,
      bytesMax: 4 << 20,
      start: async () => 0,
      // From the first batch on: joining a group is paid once.
      handle: async ({ next, records }) => {
        begun ||= performance.now() - records.length / 1e6;
        if (next >= high) resolve((performance.now() - begun) / 1000);
      },
    });
  });
  return seconds / high;
}

/** Milliseconds from before an append until its record is being handled, sorted. */
async function latencies(log: EventLog, topic: string, count: number): Promise<number[]> {
  const began: number[] = [];
  const found: number[] = [];
  let handled = (): void => undefined;
  const subscription = await log.consume({
    group: `bench-${randomUUID()}`,
    topics: [topic],
    recordsMax: 1,
    bytesMax: 1 << 20,
    start: async () => 0,
    handle: async ({ records }) => {
      const at = Number(records[0]?.key);
      found.push(performance.now() - (began[at] ?? 0));
      handled();
    },
  });
  for (let i = 0; i < count; i += 1) {
    const done = new Promise<void>((resolve) => (handled = resolve));
    began[i] = performance.now();
    await log.append(topic, [{ key: `${i}`, value: 'x'.repeat(300) }]);
    await done;
  }
  await subscription.stop();
  return found.slice(Math.floor(count / 10)).sort((a, b) => a - b);
}

/** One figure of every contestant; the last one is the peer of the first. */
function report(figure: string, unit: string, values: readonly number[], names: readonly string[]): void {
  const [value = 0, peer = 1] = values;
  const shown = names.map((name, i) => `${name} ${(values[i] ?? 0).toFixed(unit === 'µs' ? 1 : 2)} ${unit}`);
  console.log(`${figure.padEnd(44)} ${shown.join(', ')}, ${(value / peer).toFixed(1)} ×`);
  reportFigure({ figure: `Kafka: ${figure}`, value, unit, peer: { name: names[1] ?? '', value: peer } });
}

async function compare(contestants: readonly Contestant[]): Promise<void> {
  const names = contestants.map(({ name }) => name);
  const each = async (what: (log: EventLog, topic: string) => Promise<number>): Promise<number[]> => {
    const values: number[] = [];
    for (const { log } of contestants) values.push(await what(log, await freshTopic(log)));
    return values;
  };
  const cost = (batches: number, batch: number, callers: number) => async (log: EventLog, topic: string) => {
    await appending(log, topic, callers, batch, callers);
    const seconds = await secondsOf(() => appending(log, topic, batches * quick, batch, callers));
    return (seconds / (batches * quick * batch)) * 1e6;
  };
  report('append of 1 KB, one at a time, a record', 'µs', await each(cost(500, 1, 1)), names);
  report('append of 1 KB, 100 callers, a record', 'µs', await each(cost(20_000, 1, 100)), names);
  report('append of 1 KB, batches of 500, a record', 'µs', await each(cost(100, 500, 1)), names);
  report(
    'append of 1 KB by the only writer, a record',
    'ms',
    await each(
      async (log, topic) => ((await secondsOf(() => writing(log, topic, 100 * quick))) * 1e3) / (100 * quick),
    ),
    names,
  );
  const reads = async (log: EventLog, topic: string): Promise<number> => {
    await appending(log, topic, 60 * quick, 1000, 1);
    return (await reading(log, topic)) * 1e6;
  };
  report('read of 1 KB, a record', 'µs', await each(reads), names);
  const ends: number[][] = [];
  for (const { log } of contestants) ends.push(await latencies(log, await freshTopic(log), 600 * quick));
  for (const share of [0.5, 0.99]) {
    const at = ends.map((sorted) => sorted[Math.floor(share * sorted.length)] ?? 0);
    report(`append to handler, p${share * 100}`, 'ms', at, names);
  }
}

async function main(): Promise<void> {
  if (brokers.length === 0) return console.log('skipped: no KAFKA_BROKERS');
  await inFolder(async (folder) => {
    const kafka = await KafkaLog.open({ brokers, clientId: 'bench' });
    const embedded = await EmbeddedLog.open(folder);
    await compare([
      { name: `Kafka, ${brokers.length} brokers`, log: kafka },
      { name: 'embedded', log: embedded },
    ]);
    await Promise.all([kafka.close(), embedded.close()]);
  });
}

void main();
