import { unlinkSync, writeFileSync } from 'node:fs';
import type { LogUnavailableError } from '../event-log-error';
import { EmbeddedLog } from './embedded-log';

/** Fills the disk under a log, makes room, goes on, and tells as JSON what happened. */
const [, , folder = ''] = process.argv;
const record = (n: number): { key: string; value: string } => ({
  key: 'k',
  value: `${n} ${'x'.repeat(9000)}`,
});
const topics = [{ name: 't', partitions: 1, cleanup: 'keep' as const }];

async function fill(log: EmbeddedLog, from: number): Promise<{ next: number; error: LogUnavailableError }> {
  for (let next = from; ; next += 1) {
    try {
      await log.append('t', [record(next)]);
    } catch (error) {
      return { next, error: error as LogUnavailableError };
    }
  }
}

async function main(): Promise<void> {
  for (const name of ['ballast', 'last-ballast']) writeFileSync(`${folder}/${name}`, Buffer.alloc(100_000));
  let log = await EmbeddedLog.open(folder, { segmentBytes: 50_000 });
  await log.ensureTopics(topics);
  const first = await fill(log, 0);
  const again = await fill(log, first.next);
  const whenFull = await log.bounds('t', 0);
  unlinkSync(`${folder}/ballast`);
  const afterwards = await fill(log, again.next);
  await log.close();
  const refused = await EmbeddedLog.open(folder).catch((error: LogUnavailableError) => error.retryable);
  unlinkSync(`${folder}/last-ballast`);
  log = await EmbeddedLog.open(folder);
  const values: string[] = [];
  const { high } = await log.bounds('t', 0);
  await new Promise<void>((resolve) => {
    void log.consume({
      group: 'g',
      topics: ['t'],
      recordsMax: 100,
      bytesMax: 1 << 20,
      start: async () => 0,
      handle: async ({ records }) => {
        values.push(...records.map(({ value }) => value));
        if (values.length === high) resolve();
      },
    });
  });
  const { name, retryable, cause } = first.error;
  const inOrder = values.every((value, n) => value === record(n).value);
  const error = { name, retryable, code: (cause as NodeJS.ErrnoException).code };
  process.stdout.write(
    `${JSON.stringify({ error, first: first.next, again: again.next, whenFull, afterwards: afterwards.next, refused, high, inOrder })}\n`,
  );
  process.exit(0);
}

void main();
