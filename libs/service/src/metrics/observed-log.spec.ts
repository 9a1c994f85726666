import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHANGED, DEAD, EmbeddedLog, SKETCHED, topicSpecs, type Consumer } from '@stemma/events';
import { Registry } from 'prom-client';
import { ObservedLog } from './observed-log';

let folder: string;
let registry: Registry;
let log: ObservedLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  registry = new Registry();
  log = new ObservedLog(await EmbeddedLog.open(folder), registry);
  await log.ensureTopics(topicSpecs());
});
afterEach(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

/** Values of one metric by their labels, as `a=b,c=d`. */
async function valuesOf(name: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric(name)!.get();
  const labelled = metric.values.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, label]) => `${key}=${label}`);
    return [pairs.join(','), value] as const;
  });
  return Object.fromEntries(labelled);
}

const event = (data: object): { key: string; value: string } => ({
  key: 'org/name',
  value: JSON.stringify({ data }),
});

const reading = (handle: Consumer['handle']): Consumer => ({
  group: 'g',
  topics: [SKETCHED],
  recordsMax: 2,
  bytesMax: 1 << 20,
  start: async () => 0,
  handle,
});

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
};

it('counts what is appended by what it says, also by a writer of one partition', async () => {
  const sketch = { sketch: 'QUJD', bytesRead: 10, bytesPublished: 1_000 };
  await log.append(SKETCHED, [event(sketch), event(sketch), event({ sketch: null, deleted: true })]);
  await log.append(DEAD, [event({ reason: 'gated' })]);
  const writer = await log.openWriter(CHANGED, 0);
  await writer.append([event({ kind: 'arrived' }), event({ kind: 'arrived' })]);
  await writer.append([event({ kind: 'reparented' })]);
  await writer.close();
  expect(await valuesOf('stemma_sketched_models_total')).toEqual({ '': 2 });
  expect(await valuesOf('stemma_sketched_read_bytes_total')).toEqual({ '': 20 });
  expect(await valuesOf('stemma_sketched_published_bytes_total')).toEqual({ '': 2_000 });
  expect(await valuesOf('stemma_rejects_total')).toEqual({ 'reason=gated': 1 });
  expect(await valuesOf('stemma_changes_total')).toEqual({ 'kind=arrived': 2, 'kind=reparented': 1 });
  expect(await valuesOf('stemma_log_appended_records_total')).toMatchObject({ [`topic=${SKETCHED}`]: 3 });
});

it('tells how far a reader is behind, while it hangs in a batch as well', async () => {
  let release = (): void => undefined;
  const hanging = new Promise<void>((resolve) => (release = resolve));
  await log.append(SKETCHED, [event({}), event({}), event({})]);
  let batches = 0;
  const subscription = await log.consume(reading(async () => (++batches === 2 ? hanging : undefined)));
  await until(() => batches === 2);
  await log.append(SKETCHED, [event({}), event({})]);
  const labels = `topic=${SKETCHED},partition=0`;
  expect(await valuesOf('stemma_log_lag_records')).toEqual({ [labels]: 3 });
  expect((await valuesOf('stemma_log_batch_in_hand_seconds'))['']).toBeGreaterThan(0);
  release();
  await until(async () => (await valuesOf('stemma_log_lag_records'))[labels] === 0);
  expect(await valuesOf('stemma_log_batch_in_hand_seconds')).toEqual({ '': 0 });
  expect(await valuesOf('stemma_log_handled_records_total')).toEqual({ [`topic=${SKETCHED}`]: 5 });
  await subscription.stop();
  await until(async () => Object.keys(await valuesOf('stemma_log_lag_records')).length === 0);
});

it('counts failures and passes them on', async () => {
  await log.append(SKETCHED, [event({})]);
  const subscription = await log.consume(reading(() => Promise.reject(new Error('broken'))));
  await expect(subscription.done).rejects.toThrow('broken');
  await expect(log.append('nowhere', [event({})])).rejects.toThrow();
  expect(await valuesOf('stemma_log_failures_total')).toEqual({
    [`operation=batch,topic=${SKETCHED}`]: 1,
    'operation=append,topic=nowhere': 1,
  });
});
