import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHANGED,
  EmbeddedLog,
  modelSketched,
  parseEvent,
  partitionOf,
  SKETCHED,
  toRecord,
  topicSpecs,
  type LineageChanged,
  type ModelSketched,
} from '@stemma/events';
import { Indexer, type IndexerOptions } from './indexer';
import { instant, recordOf, type TestEvent } from './test-index.testing';
import { freshWeights, SMALL, trained, type TestWeights } from './weights.testing';

const PARTITIONS = 2;
let folder: string;
let log: EmbeddedLog;
let others: EmbeddedLog[];
let indexers: Indexer[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-partitions-'));
  log = await EmbeddedLog.open(join(folder, 'log'));
  await log.ensureTopics(topicSpecs(PARTITIONS));
  indexers = [];
  others = [];
});
afterEach(async () => {
  for (const indexer of indexers) await indexer.close();
  for (const each of [log, ...others]) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Weights whose architecture belongs to a partition. */
function weightsIn(partition: number, seed = 1): TestWeights {
  for (let rows = SMALL.rows; ; rows++) {
    const weights = freshWeights(seed, { ...SMALL, rows });
    if (partitionOf(recordOf({ name: 'a', weights, at: 1 }).key, PARTITIONS) === partition) return weights;
  }
}

/** Sends what the sketcher would: an event to the partition of its architecture, a notice to the other. */
async function tell(event: TestEvent): Promise<void> {
  const own = recordOf(event);
  const home = partitionOf(own.key, PARTITIONS);
  const { data, source } = JSON.parse(own.value) as ModelSketched;
  const other = data.deleted
    ? own
    : toRecord(modelSketched({ ...data, sketch: null }, { source, time: instant(event.at) }));
  const records = [0, 1].map((partition) => ({
    ...(partition === home || data.deleted ? own : other),
    partition,
  }));
  await log.append(SKETCHED, records);
}

async function open(data: string, more: Partial<IndexerOptions> = {}): Promise<Indexer> {
  const options = { store: { folder: join(folder, data) }, log, now: () => new Date() };
  const indexer = await Indexer.open({ ...options, ...more });
  indexers.push(indexer);
  return indexer;
}

/** Indexes all that the log holds, and lets go of the partitions. */
async function catchUp(data: string, more: Partial<IndexerOptions> = {}): Promise<void> {
  const highs = await Promise.all([0, 1].map(async (at) => (await log.bounds(SKETCHED, at)).high));
  const indexer = await open(data, more);
  const subscription = await indexer.start();
  const isBehind = (high: number, at: number): boolean => (subscription.position(SKETCHED, at) ?? 0) < high;
  while (highs.some(isBehind))
    await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 2))]);
  await subscription.stop();
}

/** Starts and stops where there is nothing to index. */
async function visit(data: string, more: Partial<IndexerOptions> = {}): Promise<void> {
  const subscription = await (await open(data, more)).start();
  await subscription.stop();
  await subscription.done;
}

async function feedOf(partition: number): Promise<LineageChanged['data'][]> {
  const changes: LineageChanged['data'][] = [];
  for await (const records of log.read(CHANGED, partition, 0)) {
    for (const { value } of records) {
      const event = parseEvent(CHANGED, value);
      if (event.type !== 'rejected') changes.push(event.data);
    }
  }
  return changes;
}

const toldIn = async (partition: number): Promise<string[]> =>
  (await feedOf(partition)).map(
    ({ seq, kind, model, parent }) => `${seq} ${kind} ${model} < ${parent.after}`,
  );

const [base, other] = [weightsIn(0), weightsIn(1)];

it('follows a model to the partition of its new architecture, and a deletion to wherever it is', async () => {
  await tell({ name: 'base', weights: base, at: 1 });
  await tell({ name: 'middle', weights: trained(base, 2), at: 2 });
  await tell({ name: 'leaf', weights: trained(trained(base, 2), 3), at: 3 });
  await tell({ name: 'middle', weights: other, at: 4 });
  await tell({ name: 'leaf', weights: null, at: 5 });
  await catchUp('data');
  expect(await toldIn(1)).toEqual(['1 arrived org/middle < null']);
  const places = new Map((await feedOf(0)).map(({ model, kind, parent }) => [model, [kind, parent.after]]));
  expect(places.get('org/base')).toEqual(['arrived', null]);
  expect(places.get('org/leaf')?.[0]).toBe('deleted');
});

it('hangs anew what descended from a model that is elsewhere now', async () => {
  await tell({ name: 'base', weights: base, at: 1 });
  await tell({ name: 'middle', weights: trained(base, 2), at: 2 });
  await tell({ name: 'leaf', weights: trained(trained(base, 2), 3), at: 3 });
  await catchUp('data');
  expect((await toldIn(0)).at(-1)).toBe('3 arrived org/leaf < org/middle');
  await tell({ name: 'middle', weights: other, at: 4 });
  await catchUp('data');
  expect((await toldIn(0)).at(-1)).toMatch(/reparented org\/leaf < org\/base$/);
  await tell({ name: 'middle', weights: trained(base, 2), at: 5 });
  await catchUp('data');
  expect((await toldIn(0)).slice(-2)).toEqual([
    expect.stringMatching(/arrived org\/middle < org\/base$/),
    expect.stringMatching(/reparented org\/leaf < org\/middle$/),
  ]);
});

describe('an indexer on a machine that never had the partition', () => {
  const history = async (): Promise<void> => {
    await tell({ name: 'base', weights: base, at: 1 });
    await tell({ name: 'leaf', weights: trained(base, 2), at: 2 });
    await tell({ name: 'base', weights: null, at: 3 });
    await tell({ name: 'else', weights: other, at: 4 });
  };

  it('has the same forest, and tells nothing again', async () => {
    await history();
    await catchUp('first');
    const told = [await toldIn(0), await toldIn(1)];
    expect(told.flat().length).toBeGreaterThan(2);
    await catchUp('second');
    expect([await toldIn(0), await toldIn(1)]).toEqual(told);
    await tell({ name: 'twig', weights: trained(trained(base, 2), 7), at: 5 });
    await catchUp('second');
    expect((await toldIn(0)).at(-1)).toMatch(/arrived org\/twig < org\/leaf$/);
    expect((await toldIn(0)).filter((said) => said.includes('arrived'))).toHaveLength(2);
  });

  it('knows the history as it was known', async () => {
    await history();
    await catchUp('first');
    await catchUp('second');
    const [before, after] = await Promise.all(
      ['first', 'second'].map(async (data) => {
        const indexer = await open(`${data}/p0`, { log: await lonely(data) });
        return indexer.store.changes({ partition: 0, after: 0, limit: 100 });
      }),
    );
    expect(after).toEqual(before);
  });

  /** A log of one partition, by which a partition's folder opens as a whole. */
  async function lonely(name: string): Promise<EmbeddedLog> {
    const sole = await EmbeddedLog.open(join(folder, `lonely-${name}`));
    others.push(sole);
    await sole.ensureTopics(topicSpecs());
    return Object.assign(sole, { bounds: async () => ({ low: 0, high: 1e6 }) });
  }

  it('says only what is new of what came while nobody had the partition', async () => {
    await history();
    await catchUp('first');
    const told = (await toldIn(0)).length;
    await tell({ name: 'late', weights: trained(trained(base, 2), 7), at: 6 });
    await catchUp('second');
    expect((await toldIn(0)).slice(told)).toEqual([
      // That it has got a child makes it surer where it stands.
      `${told + 1} reassessed org/leaf < org/base`,
      `${told + 2} arrived org/late < org/leaf`,
    ]);
  });
});

it('comes back to its own files after another has gone on', async () => {
  await tell({ name: 'base', weights: base, at: 1 });
  await catchUp('first');
  await tell({ name: 'leaf', weights: trained(base, 2), at: 2 });
  await catchUp('second');
  const told = await toldIn(0);
  expect(told).toEqual(['1 arrived org/base < null', '2 arrived org/leaf < org/base']);
  await visit('first');
  await catchUp('first');
  expect(await toldIn(0)).toEqual(told);
  await tell({ name: 'twig', weights: trained(trained(base, 2), 7), at: 5 });
  await catchUp('first');
  expect((await toldIn(0)).at(-1)).toMatch(/arrived org\/twig < org\/leaf$/);
});

it('throws its files away where another has given its numbers to other changes', async () => {
  const overtaken: number[] = [];
  // Shut out between the commit and the feed: its changes are numbered, and nobody has heard of them.
  const loser = await open('first');
  const subscription = await loser.start();
  while (loser.partitions.length < 2 || !loser.isReady)
    await new Promise((resolve) => setTimeout(resolve, 2));
  for (const partition of [0, 1]) await log.openWriter(CHANGED, partition);
  await tell({ name: 'base', weights: base, at: 1 });
  await tell({ name: 'leaf', weights: trained(base, 2), at: 2 });
  await expect(subscription.done).rejects.toMatchObject({ retryable: true });
  await loser.close();
  expect(await toldIn(0)).toEqual([]);
  await tell({ name: 'base', weights: null, at: 3 });
  await catchUp('second');
  const told = await toldIn(0);
  await catchUp('first', { onOvertaken: (partition) => overtaken.push(partition) });
  expect(overtaken).toEqual([0]);
  expect(await toldIn(0)).toEqual(told);
});
