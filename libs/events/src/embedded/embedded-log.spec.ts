import { getMaxListeners } from 'node:events';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, HandleContext } from '../event-log';
import { describeEventLogContract } from '../event-log.contract.testing';
import { inFolder } from './child.testing';
import { EmbeddedLog } from './embedded-log';

describeEventLogContract('EmbeddedLog', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-events-'));
  return {
    open: () => EmbeddedLog.open(folder),
    destroy: () => rm(folder, { recursive: true }),
  };
});

// Every few records another segment: whatever crosses a segment's edge is tested by the same suite.
describeEventLogContract(
  'EmbeddedLog with tiny segments',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stemma-events-'));
    return {
      open: () => EmbeddedLog.open(folder, { segmentBytes: 1024 }),
      destroy: () => rm(folder, { recursive: true }),
      compact: (log) => (log as EmbeddedLog).maintain(),
    };
  },
  { compacts: true },
);

describe('EmbeddedLog', () => {
  const topic = { name: 't', partitions: 16, cleanup: 'keep' as const };

  it('refuses a folder in use, and gives it back when closed or when it could not be opened', () =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder);
      await log.ensureTopics([topic]);
      await expect(EmbeddedLog.open(folder)).rejects.toMatchObject({ fault: 'locked' });
      await log.close();
      await writeFile(`${folder}/t/topic.json`, '{"name":"t"}');
      await expect(EmbeddedLog.open(folder)).rejects.toMatchObject({ fault: 'corrupt' });
      await writeFile(`${folder}/t/topic.json`, JSON.stringify(topic));
      await (await EmbeddedLog.open(folder)).close();
    }));

  it('refuses to open where a group has read more than there is, so that nothing takes the place of what is lost', () =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder);
      await log.ensureTopics([{ ...topic, partitions: 1 }]);
      await log.append('t', [{ key: 'a', value: '1' }]);
      const segment = `${folder}/t/0/0000000000000000.log`;
      const { size } = await stat(segment);
      await log.append('t', [{ key: 'a', value: '2' }]);
      await new Promise<void>((resolve) => {
        const handle = async ({ records }: Batch) => records.at(-1)?.position === 1 && resolve();
        const rest = { topics: ['t'], recordsMax: 9, bytesMax: 99, start: async () => 'committed' as const };
        void log.consume({ group: 'reader', ...rest, handle: async (batch) => void (await handle(batch)) });
      });
      await log.close();
      await truncate(segment, size);
      await expect(EmbeddedLog.open(folder)).rejects.toMatchObject({
        fault: 'corrupt',
        message: expect.stringContaining('t/0') as unknown,
      });
    }));

  it('gives a topic to one subscription of a group at a time', () =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder);
      await log.ensureTopics([topic]);
      const consumer = {
        group: 'g',
        topics: ['t'],
        recordsMax: 1,
        bytesMax: 1,
        start: async () => 0,
        handle: async () => undefined,
      };
      const first = await log.consume(consumer);
      await expect(log.consume(consumer)).rejects.toMatchObject({ fault: 'group-busy' });
      const other = await log.consume({ ...consumer, group: 'other' });
      await first.stop();
      await (await log.consume(consumer)).stop();
      await log.close();
      await other.done;
    }));

  it('follows many partitions, and takes their listeners for no leak', () =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder);
      await log.ensureTopics([topic]);
      let handled = 0;
      const handle = async (_: Batch, { signal }: HandleContext): Promise<void> => {
        expect(getMaxListeners(signal)).toBe(Infinity);
        handled += 1;
      };
      await log.consume({
        group: 'g',
        topics: ['t'],
        recordsMax: 1,
        bytesMax: 1,
        start: async () => 0,
        handle,
      });
      for (let partition = 0; partition < 16; partition += 1) {
        await log.append('t', [{ key: 'k', value: 'v', partition }]);
      }
      while (handled < 16) await new Promise((resolve) => setTimeout(resolve, 1));
      await log.close();
    }));

  it.each([
    { name: '../t', partitions: 1, cleanup: 'keep' as const },
    { name: '.t', partitions: 1, cleanup: 'keep' as const },
    { name: 't', partitions: 0, cleanup: 'keep' as const },
  ])('makes no topic like %j', (spec) =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder);
      await expect(log.ensureTopics([spec])).rejects.toThrow(/found|expected/);
      await log.close();
    }),
  );
});
