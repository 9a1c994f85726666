import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedLog, LogUnavailableError, PUBLISHED, topicSpecs, type Bounds } from '@stemma/events';
import { DelegatingLog } from './delegating-log';
import { ImpatientLog } from './impatient-log';

/** A log that answers about its end only when it is let. */
class Slow extends DelegatingLog {
  #release = (): void => undefined;

  override async bounds(topic: string, partition: number): Promise<Bounds> {
    await new Promise<void>((resolve) => (this.#release = resolve));
    return super.bounds(topic, partition);
  }

  override committed(): Promise<number | null> {
    return Promise.reject(new Error('refused'));
  }

  release(): void {
    this.#release();
  }
}

it('gives up what takes too long, and passes on what does not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-'));
  const inner = await EmbeddedLog.open(folder);
  await inner.ensureTopics(topicSpecs());
  const slow = new Slow(inner);
  const log = new ImpatientLog(slow, 20);
  await expect(log.bounds(PUBLISHED, 0)).rejects.toBeInstanceOf(LogUnavailableError);
  slow.release();
  const asked = log.bounds(PUBLISHED, 0);
  slow.release();
  expect(await asked).toEqual({ low: 0, high: 0 });
  await expect(log.committed('g', PUBLISHED, 0)).rejects.toThrow('refused');
  await inner.close();
  await rm(folder, { recursive: true });
});
