import { join } from 'node:path';
import {
  CHANGED,
  DEAD,
  EmbeddedLog,
  parseEvent,
  PUBLISHED,
  SKETCHED,
  topicSpecs,
  type LineageChanged,
} from '@stemma/events';
import { Indexer } from '@stemma/indexer';
import { HubServer, syntheticFamily, type ZooModel } from '@stemma/zoo';
import { Running, temporaryFolder } from '../run/running.testing';
import { exportLog, type Exported } from './export-log';

const PARTITIONS = 3;
let models: readonly ZooModel[];
let data: Awaited<ReturnType<typeof temporaryFolder>>;
let from: EmbeddedLog;
let to: EmbeddedLog;

beforeAll(() => {
  models = [48, 64, 80].flatMap((width) => {
    const organisation = `width-${width}`;
    return syntheticFamily({ seed: width, models: 6, organisation, blocks: 1, width, vocabulary: 64 }).models;
  });
});

/** A hub that was watched for a while: models of three architectures, one of them deleted. */
beforeEach(async () => {
  data = await temporaryFolder();
  const hub = await HubServer.start({ models });
  const running = await Running.start(hub, join(data.folder, 'old'));
  await running.until(({ caughtUp, models: indexed }) => caughtUp && indexed === models.length);
  hub.remove(models[3]!.repo);
  await running.until(({ models: indexed }) => indexed === models.length - 1);
  await running.stop();
  await hub.close();
  from = await EmbeddedLog.open(join(data.folder, 'old', 'log'));
  to = await EmbeddedLog.open(join(data.folder, 'new', 'log'));
  await to.ensureTopics(topicSpecs(PARTITIONS));
});

afterEach(async () => {
  await from.close();
  await to.close();
  await data.remove();
});

async function feedOf(log: EmbeddedLog, partition: number): Promise<LineageChanged['data'][]> {
  const changes: LineageChanged['data'][] = [];
  for await (const records of log.read(CHANGED, partition, 0)) {
    for (const { value } of records) {
      const event = parseEvent(CHANGED, value);
      if (event.type !== 'rejected') changes.push(event.data);
    }
  }
  return changes;
}

const feeds = (log: EmbeddedLog): Promise<LineageChanged['data'][][]> =>
  Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => feedOf(log, partition)));

/** What a reader of all changes knows, by model. */
const placesIn = (changes: readonly LineageChanged['data'][]): Map<string, unknown> =>
  new Map(
    changes
      .map(
        ({ model, revision, kind, parent, confidence }) =>
          [model, { revision, kind, parent: parent.after, confidence }] as const,
      )
      .sort(([x], [y]) => (x < y ? -1 : 1)),
  );

const quietly = (): Promise<Exported> => exportLog(from, to, () => undefined);

it('moves a hub to several partitions, where it goes on without a word', async () => {
  const exported = await quietly();
  expect(exported[PUBLISHED]).toEqual({ read: models.length + 1, written: models.length + 1 });
  expect(exported[SKETCHED].written).toBe(PARTITIONS * exported[SKETCHED].read);
  const before = await feeds(to);
  for (const feed of before) expect(feed.map(({ seq }) => seq)).toEqual(feed.map((_, at) => at + 1));
  expect(before.filter((feed) => feed.length > 0).length).toBeGreaterThan(1);
  expect(placesIn(before.flat())).toEqual(placesIn(await feedOf(from, 0)));

  const indexer = await Indexer.open({
    store: { folder: join(data.folder, 'index') },
    log: to,
    now: () => new Date(),
  });
  const subscription = await indexer.start();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { high } = await to.bounds(SKETCHED, partition);
    while ((subscription.position(SKETCHED, partition) ?? 0) < high)
      await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  expect((await indexer.totals()).models).toBe(models.length - 1);
  await subscription.stop();
  await indexer.close();
  expect(await feeds(to)).toEqual(before);
});

it('marks as read what the sketcher has read', async () => {
  await from.append(PUBLISHED, [{ key: 'org/waits', value: '{"not":"read yet"}' }]);
  await quietly();
  let unread = 0;
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { low, high } = await to.bounds(PUBLISHED, partition);
    unread += high - ((await to.committed('sketcher', PUBLISHED, partition)) ?? low);
  }
  expect(unread).toBe(1);
});

it('refuses a log that holds something, which would be told twice', async () => {
  await to.append(DEAD, [{ key: 'a/b', value: '{}' }]);
  await expect(quietly()).rejects.toThrow(
    /must be new, but stemma\.dead\.v1\/\d has had 1 records: delete its topics/,
  );
});
