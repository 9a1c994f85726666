import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, LogUnavailableError, PUBLISHED, topicSpecs, type Consumer } from '@stemma/events';
import { ResumingLog } from './resuming-log';

let folder: string;
let inner: EmbeddedLog;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  inner = await EmbeddedLog.open(folder);
  await inner.ensureTopics(topicSpecs());
  await inner.append(
    PUBLISHED,
    ['a', 'b', 'c', 'd'].map((key) => ({ key, value: key })),
  );
});
afterEach(async () => {
  await inner.close();
  await rm(folder, { recursive: true });
});

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

/** Reads one record a batch from the position it keeps, and fails with `failures` first of all. */
function reader(failures: Error[]): Consumer & { seen: string[] } {
  const seen: string[] = [];
  let next = 0;
  return {
    seen,
    group: 'reader',
    topics: [PUBLISHED],
    recordsMax: 1,
    bytesMax: 1_000,
    start: async () => next,
    async handle(batch) {
      if (batch.records[0]!.key === 'c' && failures.length > 0) throw failures.shift()!;
      seen.push(batch.records[0]!.key);
      next = batch.next;
    },
  };
}

it('goes on where the consumer is, after what was not possible for a moment, and says so', async () => {
  const away = new LogUnavailableError('away');
  const told: string[] = [];
  const log = new ResumingLog(inner, {
    backoffMs: 1,
    onRetry: ({ message }) => told.push(message),
    onResumed: () => told.push('resumed'),
  });
  const consumer = reader([away, away]);
  const subscription = await log.consume(consumer);
  await until(() => consumer.seen.length === 4);
  expect(consumer.seen).toEqual(['a', 'b', 'c', 'd']);
  expect(told).toEqual(['away', 'resumed', 'away', 'resumed']);
  await until(() => subscription.position(PUBLISHED, 0) === 4);
  await subscription.stop();
  await subscription.done;
});

it('ends with anything else', async () => {
  const subscription = await new ResumingLog(inner).consume(reader([new Error('broken')]));
  await expect(subscription.done).rejects.toThrow('broken');
  await subscription.stop();
});

it('stops in the middle of a wait', async () => {
  let waiting = false;
  const log = new ResumingLog(inner, { backoffMs: 60_000, onRetry: () => (waiting = true) });
  const subscription = await log.consume(reader([new LogUnavailableError('away')]));
  await until(() => waiting);
  expect(subscription.position(PUBLISHED, 0)).toBe(2);
  await subscription.stop();
});
