import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHANGED, EmbeddedLog, KafkaLog, PUBLISHED } from '@stemma/events';
import { Indexer } from '@stemma/indexer';
import { HubServer, syntheticFamily, type ZooModel } from '@stemma/zoo';
import { Running } from '../src/run/running.testing';
import { placesIn, readFeeds } from './feeds.testing';
import { deleteTopics } from './kafka-topics.testing';

const brokers = process.env.KAFKA_BROKERS ?? '';
const RUNNER = join(__dirname, '../../../tools/run-ts.js');
const MAIN = join(__dirname, '../src/main.ts');
const run = promisify(execFile);

let folder: string;
let models: readonly ZooModel[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-export-'));
  models = [16, 24, 32].flatMap((width) => {
    const shape = { blocks: 1, width, vocabulary: 0, organisation: `width-${width}` };
    return syntheticFamily({ ...shape, seed: width, models: 5 }).models;
  });
  await deleteTopics(brokers.split(','));
  const hub = await HubServer.start({ models });
  const running = await Running.start(hub, join(folder, 'data'));
  await running.until(({ caughtUp, models: indexed }) => caughtUp && indexed === models.length);
  await running.stop();
  await hub.close();
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const exporting = (...more: readonly string[]): readonly string[] => [
  ...[RUNNER, MAIN, 'export-log', '--data', join(folder, 'data'), '--brokers', brokers, ...more],
];

it('moves what one machine has to real brokers, where nothing is told again', async () => {
  const { stdout } = await run(process.execPath, exporting('--partitions', '5', '--json'));
  const { partitions, topics } = JSON.parse(stdout) as {
    partitions: number;
    topics: Record<string, { read: number; written: number }>;
  };
  expect(partitions).toBe(5);
  expect(topics[PUBLISHED]).toEqual({ read: models.length, written: models.length });

  const old = await EmbeddedLog.open(join(folder, 'data', 'log'));
  const log = await KafkaLog.open({ brokers: brokers.split(','), clientId: 'test', fetchWaitMs: 100 });
  const before = await readFeeds(log);
  expect(before.flat()).toHaveLength(topics[CHANGED]!.read);
  expect(placesIn(before)).toEqual(placesIn(await readFeeds(old)));
  await old.close();

  const options = { store: { folder: join(folder, 'index') }, log, now: () => new Date() };
  const indexer = await Indexer.open(options);
  const subscription = await indexer.start();
  while ((await indexer.totals()).models < models.length)
    await Promise.race([subscription.done, new Promise((resolve) => setTimeout(resolve, 50))]);
  await subscription.stop();
  await indexer.close();
  expect(await readFeeds(log)).toEqual(before);
  await log.close();
}, 120_000);

it('refuses to do it twice, and says what to do', async () => {
  await expect(run(process.execPath, exporting('--partitions', '5'))).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('delete its topics first'),
  });
}, 60_000);
