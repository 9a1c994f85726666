import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { HubServer, zooCatalogue, type Catalogue } from '@stemma/zoo';
import { Asking } from '../src/constellation/asking.testing';
import { runConstellation } from '../src/constellation/constellation';
import { constellationOf, SERVICES } from '../src/constellation/members';
import { OtlpCollector } from '../src/constellation/otlp-collector.testing';
import { deleteTopics } from './kafka-topics.testing';

/** `npm run start:all` on a real broker: four processes, the whole zoo. */
const RUNNER = join(__dirname, '../../../tools/run-ts.js');
const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
jest.setTimeout(300_000);

let zoo: Catalogue;
let hub: HubServer;
let collector: OtlpCollector;
let folder: string;

beforeAll(async () => {
  await deleteTopics(brokers);
  zoo = await zooCatalogue();
  hub = await HubServer.start({ models: zoo.models });
  collector = await OtlpCollector.start();
  folder = mkdtempSync(join(tmpdir(), 'stemma-constellation-'));
});
afterAll(async () => {
  await collector.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The four services, from their sources. */
class StartAll {
  readonly lines: string[] = [];
  readonly #stopping = new AbortController();
  readonly ended: Promise<number>;

  constructor() {
    const env = {
      ...process.env,
      NO_COLOR: '1',
      STEMMA_KAFKA_BROKERS: brokers.join(','),
      STEMMA_PARTITIONS: '3',
      STEMMA_HUB: hub.url,
      STEMMA_DATA: folder,
      STEMMA_PORT: '0',
      STEMMA_HEALTH_PORT: '0',
      STEMMA_LOG: 'json',
      STEMMA_OTLP_URL: collector.url,
    };
    const main = (name: string): string => join(__dirname, `../../${name}/src/main.ts`);
    const members = constellationOf(env, (name) => [process.execPath, RUNNER, main(name)]);
    const write = (line: string): void => void this.lines.push(stripVTControlCharacters(line));
    this.ended = runConstellation({ members, write }, this.#stopping.signal);
  }

  notes(service: string): Record<string, unknown>[] {
    const texts = this.lines
      .filter((line) => line.startsWith(service))
      .map((line) => line.split('│ ')[1] ?? '');
    return texts
      .filter((text) => text.startsWith('{'))
      .map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  async noted(service: string, field: string): Promise<string> {
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) {
      const note = this.notes(service).find((one) => one[field] !== undefined);
      if (note !== undefined) return String(note[field]);
    }
    throw new Error(`${service} says no ${field}:\n${this.lines.join('\n')}`);
  }

  stop(): Promise<number> {
    this.#stopping.abort();
    return this.ended;
  }
}

let running: StartAll;
afterEach(() => running.stop());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the whole zoo is there; shows what was said where it never is. */
async function untilZoo(timeoutMs: number): Promise<Asking> {
  const asking = new Asking(await running.noted('query', 'url'));
  const early = running.ended.then((code) => Promise.reject(new Error(`all ended with ${code}`)));
  await Promise.race([asking.untilModels(zoo.models.length, timeoutMs), early]).catch((error: Error) => {
    throw new Error(`${error.message}\n${running.lines.join('\n')}`);
  });
  return asking;
}

/** A model and its parent in the index where that is wrong. */
const wrongIn = (forest: ReadonlyMap<string, string | null>): [string, string | null][] =>
  [...forest].filter(([model, parent]) => !zoo.truth.isParent(model, parent));

it('recovers the trees of the whole zoo; all are ready, none is behind, and all stop well', async () => {
  running = new StartAll();
  const asking = await untilZoo(240_000);
  expect(running.lines.filter((line) => /"level":"error"|ended with/.test(line))).toEqual([]);
  expect(await asking.status()).toMatchObject({ pending: 0, rejected: 0, caughtUp: true });
  const forest = await asking.forest();
  expect(forest.size).toBe(zoo.models.length);
  expect(wrongIn(forest)).toEqual([]);
  for (const { name } of SERVICES) {
    const health = await running.noted(name, 'health');
    expect((await fetch(`${health}/ready`)).status).toBe(200);
    const metrics = await (await fetch(`${health}/metrics`)).text();
    expect(metrics).toMatch(/stemma_log_lag_records\{.*\} 0/);
    expect(metrics).not.toMatch(/stemma_log_lag_records\{.*\} [1-9]/);
  }
  expect(await running.stop()).toBe(0);
  for (const { name } of SERVICES)
    expect(running.notes(name).at(-1)).toMatchObject({ message: 'stopped', exit: 0 });
});

it('has told a collector one story a model, from its publication to the tree that is shown', () => {
  const { spans } = collector;
  const isOf = (service: string) => (span: (typeof spans)[number]) => span.service === `stemma-${service}`;
  const begins = spans.filter(isOf('watcher')).filter(({ name }) => name.startsWith('publish'));
  expect(begins).toHaveLength(zoo.models.length);
  const servicesIn = (traceId: string): Set<string> =>
    new Set(spans.filter((span) => span.traceId === traceId).map(({ service }) => service));
  const stories = begins.map(({ traceId }) => servicesIn(traceId));
  const reach = (service: string): number => stories.filter((told) => told.has(`stemma-${service}`)).length;
  expect([reach('sketcher'), reach('indexer')]).toEqual([zoo.models.length, zoo.models.length]);
  // Where a batch brings several models of one family, what it changes in others is put down to one of them.
  expect(reach('query')).toBe(zoo.models.length);
  const known = new Set(spans.map(({ spanId }) => spanId));
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId));
  expect(orphans).toEqual([]);
});

it('starts again from what it has: the same trees, and no file is read twice', async () => {
  hub.log.clear();
  running = new StartAll();
  const asking = await untilZoo(120_000);
  expect(wrongIn(await asking.forest())).toEqual([]);
  expect(hub.log.find({ route: 'file' })).toEqual([]);
  expect(await running.stop()).toBe(0);
});
