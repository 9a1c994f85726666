import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHANGED,
  DEAD,
  KafkaLog,
  parseEvent,
  partitionOf,
  SKETCHED,
  topicSpecs,
  type LineageChanged,
  type NewRecord,
  type Subscription,
} from '@stemma/events';
import { Kafka, logLevel } from 'kafkajs';
import { Indexer } from '../src/indexer';
import { recordOf, type TestEvent } from '../src/test-index.testing';
import { freshWeights, SMALL, trained, type TestWeights } from '../src/weights.testing';

/** Indexers on a real broker: what a group of them does with partitions, and what they do with what is bad. */
const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
const PARTITIONS = 4;
const QUICK = { fetchWaitMs: 100, heartbeatMs: 300, sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 20_000 };

let folder: string;
let log: KafkaLog;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-kafka-'));
  await deleteTopics();
  log = await KafkaLog.open({ brokers, clientId: 'test', ...QUICK });
  await log.ensureTopics(topicSpecs(PARTITIONS));
}, 120_000);

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** All specs of a run have one cluster: what another has left of our topics goes. */
async function deleteTopics(): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const ours = topicSpecs().map(({ name }) => name);
  const left = async (): Promise<string[]> =>
    (await admin.listTopics()).filter((name) => ours.includes(name));
  const topics = await left();
  if (topics.length > 0) await admin.deleteTopics({ topics });
  while ((await left()).length > 0) await sleep(50);
  await admin.disconnect();
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Running {
  readonly indexer: Indexer;
  readonly subscription: Subscription;
  stop(): Promise<void>;
}

/** An indexer with a connection and a folder of its own, as on a machine of its own. */
async function start(name: string): Promise<Running> {
  const own = await KafkaLog.open({ brokers, clientId: name, ...QUICK });
  const indexer = await Indexer.open({
    store: { folder: join(folder, name) },
    log: own,
    now: () => new Date(),
  });
  const subscription = await indexer.start();
  subscription.done.catch(() => undefined);
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await subscription.stop();
    await indexer.close();
    await own.close();
  };
  closing.push(stop);
  return { indexer, subscription, stop };
}

/** Weights whose architecture belongs to a partition. */
function weightsIn(partition: number): TestWeights {
  for (let rows = SMALL.rows; ; rows++) {
    const weights = freshWeights(1, { ...SMALL, rows });
    if (partitionOf(recordOf({ name: 'a', weights, at: 1 }).key, PARTITIONS) === partition) return weights;
  }
}

const families = Array.from({ length: PARTITIONS }, (_, partition) => weightsIn(partition));

/** The root of every family, or the next child of each. */
const generation = (number: number): TestEvent[] =>
  families.map((base, at) => ({
    name: `family-${at}.${number}`,
    weights: number === 0 ? base : trained(base, 10 * number + 1),
    at: number + 1,
  }));

async function tell(...events: readonly TestEvent[]): Promise<void> {
  await log.append(
    SKETCHED,
    events.map((event) => {
      const { key, value } = recordOf(event);
      return { key, value, partition: partitionOf(key, PARTITIONS) };
    }),
  );
}

async function feed(): Promise<LineageChanged['data'][]> {
  const changes: LineageChanged['data'][] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let seq = 0;
    for await (const records of log.read(CHANGED, partition, 0)) {
      for (const { value } of records) {
        const event = parseEvent(CHANGED, value);
        if (event.type === 'rejected') throw new Error(event.detail);
        expect(event.data.seq).toBe(++seq);
        changes.push(event.data);
      }
    }
  }
  return changes;
}

/** Waits until the indexers together have indexed all that the log holds. */
async function allIndexed(...running: readonly Running[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { high } = await log.bounds(SKETCHED, partition);
    for (const end = Date.now() + 60_000; ; await sleep(25)) {
      const reached = running.map(({ subscription }) => subscription.position(SKETCHED, partition) ?? 0);
      if (Math.max(...reached) >= high) break;
      if (Date.now() > end) throw new Error(`partition ${partition} is at ${reached.join()} of ${high}`);
    }
  }
}

const arrived = (changes: readonly LineageChanged['data'][]): string[] =>
  changes.filter(({ kind }) => kind === 'arrived').map(({ model }) => model.replace('org/', ''));

it('moves partitions to who comes and back from who goes: every change once', async () => {
  const first = await start('first');
  await tell(...generation(0), ...generation(1));
  await allIndexed(first);
  expect(first.indexer.partitions).toEqual([0, 1, 2, 3]);
  const second = await start('second');
  while (second.indexer.partitions.length < 2 || first.indexer.partitions.length > 2) await sleep(25);
  await tell(...generation(2));
  await allIndexed(first, second);
  expect([...first.indexer.partitions, ...second.indexer.partitions].sort((x, y) => x - y)).toEqual([
    0, 1, 2, 3,
  ]);
  await first.stop();
  await tell(...generation(3));
  await allIndexed(second);
  const changes = await feed();
  const expected = [0, 1, 2, 3].flatMap((number) => generation(number).map(({ name }) => name));
  expect(arrived(changes).sort()).toEqual(expected.sort());
  const last = changes.filter(({ model }) => /\.3$/.test(model)).at(-1);
  expect(last?.parent.after).toMatch(/^org\/family-\d\.0$/);
}, 180_000);

it('refuses what is bad with a letter, and goes on with what is good', async () => {
  const partition = 0;
  const poison: NewRecord[] = [
    { key: 'x/org/garbage', value: 'not JSON at all', partition },
    { key: 'x/org/empty', value: '{}', partition },
    { key: 'x/org/huge', value: JSON.stringify({ type: SKETCHED, data: 'x'.repeat(900_000) }), partition },
  ];
  await log.append(SKETCHED, poison);
  const other = recordOf({ ...generation(0)[0]!, name: 'stranger', hub: 'other-hub', at: 3 });
  await tell(generation(0)[0]!);
  await log.append(SKETCHED, [{ key: other.key, value: other.value, partition }]);
  await tell(generation(1)[0]!);
  const running = await start('alone');
  await allIndexed(running);
  expect(arrived(await feed())).toEqual(['family-0.0', 'family-0.1']);
  const reasons: string[] = [];
  for await (const records of log.read(DEAD, partition, 0)) {
    for (const { value } of records) {
      const letter = parseEvent(DEAD, value);
      reasons.push(letter.type === 'rejected' ? letter.detail : letter.data.reason);
    }
  }
  expect(reasons).toHaveLength(4);
  expect(reasons.at(-1)).toBe('other-hub');
}, 120_000);

it('refuses a record over the limit before it is sent', async () => {
  const huge = { key: 'x/org/huge', value: 'x'.repeat(2 << 20), partition: 0 };
  await expect(log.append(SKETCHED, [huge])).rejects.toMatchObject({ fault: 'too-large' });
  expect((await log.bounds(SKETCHED, 0)).high).toBe(0);
});

it('takes an event from the future for one of the moment at which the broker took it', async () => {
  const [base] = families as [TestWeights];
  const minutesTo = (time: string): number =>
    (Date.parse(time) - Date.parse('2026-05-01T00:00:00Z')) / 60_000;
  await tell({ name: 'root', weights: base, at: 1 });
  await tell({
    name: 'child',
    weights: base,
    at: minutesTo('2099-01-01T00:00:00Z'),
    createdAt: 2,
    sha: 'early',
  });
  await sleep(5);
  const now = minutesTo(new Date(Date.now() + 2).toISOString());
  await tell({ name: 'child', weights: trained(base, 5), at: now, createdAt: 3, sha: 'later' });
  const running = await start('alone');
  await allIndexed(running);
  const place = (await feed()).filter(({ model }) => model === 'org/child').at(-1);
  expect(place).toMatchObject({ revision: 'later', parent: { after: 'org/root' } });
}, 60_000);
