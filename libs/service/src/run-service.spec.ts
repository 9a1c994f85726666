import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, EventLogError, LogUnavailableError, PUBLISHED, type EventLog } from '@stemma/events';
import { WalkMetrics } from './metrics/hub-metrics';
import { runService } from './run-service';
import type { OpenService, ServiceContext, ServiceDefinition } from './service-definition';
import { integer } from './setting-kinds';

const settings = { size: integer('STEMMA_SIZE', { min: 1, max: 9 }) };
const env = {
  STEMMA_KAFKA_BROKERS: 'localhost:9092',
  STEMMA_SIZE: '3',
  STEMMA_HEALTH_PORT: '0',
  STEMMA_PARTITIONS: '2',
  STEMMA_STOP_TIMEOUT: '1s',
  STEMMA_LOG: 'json',
};

let folder: string;
let lines: string[];
let stopping: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  lines = [];
  stopping = new AbortController();
});
afterEach(() => rm(folder, { recursive: true }));

const openLog = (): Promise<EventLog> => EmbeddedLog.open(folder);
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

type Context = ServiceContext<typeof settings>;

const service = (
  open: (context: Context) => Partial<OpenService> | Promise<Partial<OpenService>>,
): ServiceDefinition<typeof settings> => ({
  name: 'tester',
  settings,
  healthPort: 0,
  tracedReads: 'all',
  open: async (context) => ({
    unready: () => [],
    run: untilAborted,
    close: async () => undefined,
    ...(await open(context)),
  }),
});

const run = (
  definition: ServiceDefinition<typeof settings>,
  over: Partial<Parameters<typeof runService>[1]> = {},
) =>
  runService(definition, {
    env,
    version: '1.2.3',
    signal: stopping.signal,
    write: (line) => lines.push(line),
    openLog,
    ...over,
  });

const notes = (): Record<string, unknown>[] =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>);
const messages = (): unknown[] => notes().map(({ message }) => message);
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};
const healthOf = async (path: string): Promise<{ status: number; text: string }> => {
  const { health } = notes().find((note) => note.health !== undefined) as { health: string };
  const answer = await fetch(health + path);
  return { status: answer.status, text: await answer.text() };
};

it('lists every wrong variable in one message and ends with 2', async () => {
  const wrong = { STEMMA_KAFKA_BROKERS: 'kafka', STEMMA_HEALTH_PORT: 'http', STEMMA_PARTITIONS: '0' };
  expect(
    await run(
      service(() => ({})),
      { env: wrong },
    ),
  ).toBe(2);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.split('\n').map((line) => line.trim().split(' ')[0])).toEqual([
    'The',
    'STEMMA_KAFKA_BROKERS',
    'STEMMA_PARTITIONS',
    'STEMMA_HEALTH_PORT',
    'STEMMA_SIZE',
    '',
  ]);
});

it('is ready while it works, not ready while it stops, and closes in the reverse order', async () => {
  const order: string[] = [];
  const definition = service(async ({ log, settings: { size } }) => {
    expect([size, await log.partitions(PUBLISHED)]).toEqual([3, 2]);
    return {
      async run(signal) {
        await untilAborted(signal);
        expect(await healthOf('/ready')).toMatchObject({
          status: 503,
          text: expect.stringContaining('stopping'),
        });
        expect((await healthOf('/health')).status).toBe(200);
        order.push('run');
      },
      close: async () => void order.push('service'),
    };
  });
  const closing = (log: EventLog): EventLog => {
    const close = log.close.bind(log);
    return Object.assign(log, {
      close: async () => {
        order.push('log');
        await close();
      },
    });
  };
  const done = run(definition, { openLog: async () => closing(await openLog()) });
  await until(() => messages().includes('started'));
  expect((await healthOf('/ready')).status).toBe(200);
  const { text } = await healthOf('/metrics');
  expect(text).toContain('stemma_info{version="1.2.3",service="tester"} 1');
  expect(text).toContain('stemma_ready{service="tester"} 1');
  stopping.abort();
  expect(await done).toBe(0);
  expect(order).toEqual(['run', 'service', 'log']);
  expect(messages()).toEqual(['starting', 'started', 'stopping', 'stopped']);
  await expect(healthOf('/health')).rejects.toThrow();
});

it('says why it is not ready, by its own account and while a part of it begins again', async () => {
  let reasons = ['the feed is being read'];
  let failing = true;
  const definition = service(({ keepGoing }) => ({
    unready: () => reasons,
    run: (signal) =>
      keepGoing(
        'reader',
        async (stop, begun) => {
          if (failing) throw new LogUnavailableError('the broker is away');
          begun();
          await untilAborted(stop);
        },
        signal,
      ),
  }));
  const done = run(definition);
  await until(() => messages().includes('the broker is away'));
  const { status, text } = await healthOf('/ready');
  expect([status, JSON.parse(text)]).toEqual([
    503,
    { status: 'not ready', reasons: ['the feed is being read', 'reader: the broker is away'] },
  ]);
  expect((await healthOf('/metrics')).text).toContain(
    'stemma_retries_total{part="reader",service="tester"} 1',
  );
  failing = false;
  reasons = [];
  await until(async () => (await healthOf('/ready')).status === 200);
  stopping.abort();
  expect(await done).toBe(0);
});

it('ends with 70 and the stack where something must not happen, with everything closed', async () => {
  let closed = false;
  const definition = service(() => ({
    run: () => Promise.reject(new Error('a cycle in the forest')),
    close: async () => void (closed = true),
  }));
  expect(await run(definition)).toBe(70);
  expect(closed).toBe(true);
  expect(notes().find(({ level }) => level === 'error')!.message).toMatch(/a cycle in the forest\n +at /);
  const again = await openLog();
  await again.close();
});

it('ends with 69 where what it needs is away for too long, and with 2 where a person must mend something', async () => {
  const openNothing = { ...env, STEMMA_START_TIMEOUT: '1s' };
  let tries = 0;
  const away = (): Promise<EventLog> => {
    tries++;
    return Promise.reject(new LogUnavailableError('no broker answers'));
  };
  expect(
    await run(
      service(() => ({})),
      { env: openNothing, openLog: away },
    ),
  ).toBe(69);
  expect(tries).toBeGreaterThan(1);
  const differs = (): Promise<EventLog> =>
    Promise.reject(new EventLogError('topic-differs', 'has 3 partitions'));
  expect(
    await run(
      service(() => ({})),
      { openLog: differs },
    ),
  ).toBe(2);
});

it('does not wait for what never opens, neither to give up nor to stop', async () => {
  const hanging = { openLog: () => new Promise<EventLog>(() => undefined) };
  const soon = { ...env, STEMMA_START_TIMEOUT: '300ms' };
  expect(
    await run(
      service(() => ({})),
      { ...hanging, env: soon },
    ),
  ).toBe(69);
  expect(messages()).toContain('the log could not be opened within 1 s');
  lines = [];
  const done = run(
    service(() => ({})),
    hanging,
  );
  await until(() => messages().includes('starting'));
  stopping.abort();
  expect(await done).toBe(0);
});

it('stops while it waits for what is away', async () => {
  const away = (): Promise<EventLog> => Promise.reject(new LogUnavailableError('no broker answers'));
  const done = run(
    service(() => ({})),
    { openLog: away },
  );
  await until(() => messages().includes('no broker answers'));
  expect(await healthOf('/ready')).toMatchObject({
    status: 503,
    text: expect.stringContaining('log: no broker answers'),
  });
  stopping.abort();
  expect(await done).toBe(0);
});

it('gives up work that does not stop in time, and says so', async () => {
  let release = (): void => undefined;
  const stuck = new Promise<void>((resolve) => (release = resolve));
  const done = run(service(() => ({ run: () => stuck })));
  await until(() => messages().includes('started'));
  stopping.abort();
  expect(await done).toBe(70);
  expect(messages().at(-1)).toMatch(/not stopped within 1 s/);
  release();
  await until(() => messages().includes('stopped'));
});

it('opens again what could not be opened the first time, with the same metrics', async () => {
  let opened = 0;
  const definition = service(({ registry }) => {
    new WalkMetrics(registry);
    if (++opened === 1) throw new LogUnavailableError('not yet');
    return {};
  });
  const done = run(definition);
  await until(() => messages().includes('started'));
  stopping.abort();
  expect([await done, opened]).toEqual([0, 2]);
});
