import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog } from '@stemma/events';
import { indexerService } from '@stemma/indexer';
import { queryService } from '@stemma/query';
import {
  DelegatingLog,
  runService,
  type ExitCode,
  type ServiceDefinition,
  type Settings,
} from '@stemma/service';
import { sketcherService } from '@stemma/sketcher';
import { watcherService } from '@stemma/watcher';
import { HubServer, zooCatalogue, type Catalogue, type ZooModel } from '@stemma/zoo';
import { Asking } from './asking.testing';

/** Two trees of the zoo, of two architectures: they live in two partitions. */
const TREES = [/^zoo-ft\/mae-/, /^zoo-lora-v\/mae-/];
const PARTITIONS = 3;
jest.setTimeout(120_000);

let zoo: Catalogue;
let models: readonly ZooModel[];
let hub: HubServer;
let folder: string;
let log: EmbeddedLog;
const started: FourServices[] = [];

beforeAll(async () => {
  zoo = await zooCatalogue();
  models = zoo.models.filter(({ repo }) => TREES.some((tree) => tree.test(repo)));
});
beforeEach(async () => {
  hub = await HubServer.start({ models });
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  log = await EmbeddedLog.open(join(folder, 'log'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((services) => services.stop()));
  await log.close();
  await hub.close();
  await rm(folder, { recursive: true });
});

/** Services close the log that they opened; this one is not theirs. */
class SharedLog extends DelegatingLog {
  override async close(): Promise<void> {}
}

/** The four services in this process, on one embedded log that outlives them. */
class FourServices {
  readonly #stopping = new AbortController();
  readonly #lines: string[] = [];
  readonly #ended: Promise<ExitCode>[];

  constructor() {
    const shared = new SharedLog(log);
    const env = {
      STEMMA_KAFKA_BROKERS: 'none:1',
      STEMMA_PARTITIONS: String(PARTITIONS),
      STEMMA_HUB: hub.url,
      STEMMA_DATA: folder,
      STEMMA_PORT: '0',
      STEMMA_HEALTH_PORT: '0',
      STEMMA_POLL_INTERVAL: '50ms',
      STEMMA_LOG: 'json',
    };
    const run = <S extends Settings>(definition: ServiceDefinition<S>): Promise<ExitCode> =>
      runService(definition, {
        env,
        version: '0',
        signal: this.#stopping.signal,
        write: (line) => this.#lines.push(line),
        openLog: async () => shared,
      });
    started.push(this);
    this.#ended = [run(watcherService), run(sketcherService), run(indexerService), run(queryService)];
  }

  /** The field of the first note that has it. */
  async noted(service: string, field: string): Promise<string> {
    for (;;) {
      const notes = this.#lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const found = notes.find((note) => note.service === service && note[field] !== undefined);
      if (found !== undefined) return String(found[field]);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  asking = async (): Promise<Asking> => new Asking(await this.noted('query', 'url'));

  /** Without the label that says which service it is. */
  async metrics(service: string): Promise<string> {
    const text = await (await fetch(`${await this.noted(service, 'health')}/metrics`)).text();
    return text.replace(/\{service="\w+"\}/g, '').replace(/,service="\w+"|service="\w+",/g, '');
  }

  async ready(service: string): Promise<number> {
    return (await fetch(`${await this.noted(service, 'health')}/ready`)).status;
  }

  /** Ends all four; the statuses with which they would exit. */
  stop(): Promise<ExitCode[]> {
    this.#stopping.abort();
    return Promise.all(this.#ended);
  }
}

const parentsOf = (those: readonly ZooModel[]): Map<string, string | null> =>
  new Map(those.map(({ repo }) => [repo, zoo.truth.parents.get(repo) ?? null]));

it('recovers the trees of a hub over several partitions, says how that went, and stops well', async () => {
  const services = new FourServices();
  const asking = await services.asking();
  const status = await asking.untilModels(models.length, 60_000);
  expect(status).toMatchObject({ trees: 2, pending: 0, rejected: 0 });
  expect(await asking.forest()).toEqual(parentsOf(models));
  for (const name of ['watcher', 'sketcher', 'indexer', 'query'])
    expect(await services.ready(name)).toBe(200);
  expect(await services.metrics('watcher')).toContain(`stemma_watched_models ${models.length}`);
  expect(await services.metrics('sketcher')).toContain(`stemma_sketched_models_total ${models.length}`);
  const indexed = await services.metrics('indexer');
  expect(indexed).toContain(`stemma_index_models ${models.length}`);
  expect(indexed).toContain(`stemma_index_partitions ${PARTITIONS}`);
  expect(indexed).toContain(`stemma_changes_total{kind="arrived"} ${models.length}`);
  const asked = await services.metrics('query');
  expect(asked).toContain(`stemma_query_models ${models.length}`);
  expect(asked).toMatch(
    /stemma_http_request_seconds_count\{method="GET",route="\/v1\/models",status="200"\} \d/,
  );
  for (const name of ['watcher', 'sketcher', 'indexer', 'query'])
    expect(await services.metrics(name)).not.toMatch(/stemma_log_lag_records\{.*\} [1-9]/);
  expect(await services.stop()).toEqual([0, 0, 0, 0]);
});

it('goes on after a stop: what came and went meanwhile is found, and nothing else is read again', async () => {
  const parents = parentsOf(models);
  const leaf = models.find(({ repo }) => ![...parents.values()].includes(repo))!;
  hub.remove(leaf.repo);
  const first = new FourServices();
  await (await first.asking()).untilModels(models.length - 1, 60_000);
  expect(await first.stop()).toEqual([0, 0, 0, 0]);
  hub.log.clear();
  const gone = models.find(({ repo }) => repo !== leaf.repo && ![...parents.values()].includes(repo))!;
  hub.remove(gone.repo);
  hub.publish(leaf);
  const second = new FourServices();
  const asking = await second.asking();
  parents.delete(gone.repo);
  await asking.untilForest(parents, 60_000);
  expect(new Set(hub.log.find({ route: 'file' }).map(({ repo }) => repo))).toEqual(new Set([leaf.repo]));
  expect(await second.stop()).toEqual([0, 0, 0, 0]);
});
