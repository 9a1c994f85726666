import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, LogUnavailableError, PUBLISHED, topicSpecs, type Bounds } from '@stemma/events';
import { DelegatingLog } from '@stemma/service';
import { LogPipeline } from './log-pipeline';

/** A log that can be away. */
class Broker extends DelegatingLog {
  isAway = false;
  questions = 0;

  override bounds(topic: string, partition: number): Promise<Bounds> {
    this.questions++;
    return this.isAway ? Promise.reject(new LogUnavailableError('away')) : super.bounds(topic, partition);
  }
}

let folder: string;
let inner: EmbeddedLog;
let broker: Broker;
let nowMs: number;
let pipeline: LogPipeline;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  inner = await EmbeddedLog.open(folder);
  await inner.ensureTopics(topicSpecs(2));
  broker = new Broker(inner);
  nowMs = 0;
  pipeline = new LogPipeline(broker, () => nowMs);
});
afterEach(async () => {
  await inner.close();
  await rm(folder, { recursive: true });
});

const publish = (count: number): Promise<unknown> =>
  inner.append(
    PUBLISHED,
    Array.from({ length: count }, (_, i) => ({ key: `org/model-${i}`, value: 'x', partition: i % 2 })),
  );

/** What a second later is said to be pending. */
async function later(): Promise<unknown[]> {
  nowMs += 1_000;
  const { pending, caughtUp } = await pipeline.read();
  return [pending, caughtUp];
}

it('counts what the sketchers have not handled, in all partitions', async () => {
  expect(await later()).toEqual([0, true]);
  await publish(5);
  expect(await later()).toEqual([5, false]);
  const handled: string[] = [];
  const subscription = await inner.consume({
    group: 'sketcher',
    topics: [PUBLISHED],
    recordsMax: 10,
    bytesMax: 1_000,
    start: async () => 'committed',
    handle: async ({ records }) => void handled.push(...records.map(({ key }) => key)),
  });
  while (handled.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  await subscription.stop();
  expect(await later()).toEqual([0, true]);
  await publish(1);
  expect(await later()).toEqual([1, false]);
});

it('asks at most once a second, whoever asks', async () => {
  await later();
  const { questions } = broker;
  await Promise.all([pipeline.read(), pipeline.read()]);
  expect(broker.questions).toBe(questions);
});

it('says what was pending last while the log is away', async () => {
  await publish(3);
  await later();
  broker.isAway = true;
  expect(await later()).toEqual([3, false]);
  broker.isAway = false;
  expect(await later()).toEqual([3, false]);
});
