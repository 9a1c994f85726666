import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DEAD,
  EmbeddedLog,
  KafkaLog,
  PUBLISHED,
  SKETCHED,
  topicSpecs,
  type EventLog,
  type NewRecord,
} from '@stemma/events';
import { HubClient } from '@stemma/hub';
import { Indexer } from '@stemma/indexer';
import { Sketcher, SKETCHER_DEFAULTS } from '@stemma/sketcher';
import { HubServer } from '@stemma/zoo';
import { flood, type Flood } from './event-flood.testing';
import { placesIn, readFeeds } from './feeds.testing';
import { deleteTopics } from './kafka-topics.testing';
import { ServiceProcess } from './service-process.testing';

/**
 * Ten thousand events through three sketchers and two indexers that are killed, frozen and started again, while one broker of
 * three is away for a time. EVENTS= and SEED= say otherwise.
 */
const seed = Number(process.env.SEED ?? 1);
const deliveries = Number(process.env.EVENTS ?? 10_000);
const PARTITIONS = 6;
const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
/** So many things go wrong, one after each such share of the events. */
const MISFORTUNES = 10;
const APPENDED_AT_ONCE = 500;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let folder: string;
let hub: HubServer;
let told: Flood;
let log: KafkaLog;
const processes: ServiceProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stemma-machines-'));
  await deleteTopics(brokers);
  hub = await HubServer.start({ models: [] });
  told = flood(hub, { seed, families: 24, modelsEach: 20, deliveries });
  log = await KafkaLog.open({ brokers, clientId: 'test' });
  await log.ensureTopics(topicSpecs(PARTITIONS));
}, 120_000);

afterAll(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  await log.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function start(service: 'sketcher' | 'indexer', number: number): ServiceProcess {
  const process = new ServiceProcess(service, {
    STEMMA_KAFKA_BROKERS: brokers.join(','),
    STEMMA_PARTITIONS: String(PARTITIONS),
    STEMMA_DATA: join(folder, `${service}-${number}`),
    STEMMA_HUB: hub.url,
  });
  process.start();
  processes.push(process);
  return process;
}

async function append(to: EventLog, records: readonly NewRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += APPENDED_AT_ONCE)
    await to.append(PUBLISHED, records.slice(at, at + APPENDED_AT_ONCE));
}

/** What one machine makes of the facts, each told once and in order. */
async function standalone(): Promise<string[]> {
  const own = await EmbeddedLog.open(join(folder, 'log'));
  await own.ensureTopics(topicSpecs());
  await append(own, told.facts);
  const client = new HubClient({ url: hub.url });
  const now = (): Date => new Date();
  const sketcher = await new Sketcher({ config: SKETCHER_DEFAULTS, hub: client, log: own, now }).start();
  await reaches(async () => (await own.committed('sketcher', PUBLISHED, 0)) === told.facts.length);
  await sketcher.stop();
  const indexer = await Indexer.open({ store: { folder: join(folder, 'index') }, log: own, now });
  const indexing = await indexer.start();
  const { high } = await own.bounds(SKETCHED, 0);
  const isIndexed = reaches(async () => indexing.position(SKETCHED, 0) === high);
  await Promise.race([isIndexed, indexing.done]);
  await indexing.stop();
  await indexer.close();
  const places = placesIn(await readFeeds(own));
  await own.close();
  return places;
}

async function reaches(isThere: () => Promise<boolean>, timeoutMs = 240_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await isThere()); await sleep(50))
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms; ${said()}`);
}

const said = (): string =>
  processes.map(({ service, output }) => `${service}:\n${output.slice(-2_000)}`).join('\n');

/** The share of what was published that the sketchers have read. */
async function progress(): Promise<number> {
  let [read, published] = [0, 0];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    read += (await log.committed('sketcher', PUBLISHED, partition)) ?? 0;
    published += (await log.bounds(PUBLISHED, partition)).high;
  }
  return read / published;
}

/** Kills, freezes and starts again, one after the other, while the events flow; then waits until all are read. */
async function misfortunes(): Promise<void> {
  for (let count = 0; count < MISFORTUNES; count++) {
    await reaches(async () => (await progress()) > count / (MISFORTUNES + 1));
    const victim = processes[count % processes.length]!;
    if (count % 4 === 3) {
      // Longer than the group waits for a member: it comes back and believes that all is as it was.
      await victim.freeze(12_000);
    } else {
      await victim.kill();
      victim.start();
    }
    if (brokers.length < 3) continue;
    if (count === 2) await broker('kill', '2');
    if (count === 5) await broker('start', '2');
  }
  await reaches(async () => (await progress()) === 1);
}

async function broker(...args: string[]): Promise<void> {
  await promisify(execFile)(process.env.KAFKA_CTL ?? '', args);
}

it('comes to what one machine comes to, each change once and in order', async () => {
  const expected = await standalone();
  expect(expected.length).toBeGreaterThan(400);
  [0, 1, 2].map((number) => start('sketcher', number));
  [0, 1].map((number) => start('indexer', number));
  const began = Date.now();
  await append(log, told.deliveries);
  await misfortunes();
  let places: string[] = [];
  await reaches(async () => {
    places = placesIn(await readFeeds(log));
    return places.length === expected.length && places.every((place, at) => place === expected[at]);
  }).catch(() => undefined);
  console.log(`${told.deliveries.length} events, ${MISFORTUNES} misfortunes, ${Date.now() - began} ms`);
  expect(places).toEqual(expected);
  for (let partition = 0; partition < PARTITIONS; partition++)
    expect((await log.bounds(DEAD, partition)).high).toBe(0);
  const ends = await Promise.all(processes.map((process) => process.kill('SIGTERM')));
  expect(ends).toEqual(processes.map(() => 0));
}, 600_000);
