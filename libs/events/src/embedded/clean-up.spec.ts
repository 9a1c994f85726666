import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import type { Consumer, NewRecord, TopicSpec } from '../event-log';
import { inFolder } from './child.testing';
import { Cursor } from './cursor';
import { EmbeddedLog } from './embedded-log';
import { Partition } from './partition';
import { cleanUp } from './clean-up';
import { PartitionAppender } from './partition-appender';

const DAY_MS = 86_400_000;
const name = { topic: 't', partition: 0 };
const limits = {
  segmentBytes: 1024,
  recordBytesMax: 1 << 20,
  queueBytesMax: 1 << 20,
  writeBytesMax: 1 << 20,
};

/** A partition of one-record segments at positions 0, 1, …: every value is longer than a segment. */
async function withPartition(
  work: (partition: Partition, append: (key: string, value?: string) => Promise<number>) => Promise<void>,
  compacted = true,
): Promise<void> {
  await inFolder(async (folder) => {
    const partition = await Partition.open(folder, name, compacted);
    const writer = new PartitionAppender(partition, limits, Date.now);
    let appended = 0;
    await work(partition, (key, value = `${(appended += 1)} ${'x'.repeat(1100)}`) =>
      writer.append([{ key, value }]),
    );
    await writer.close();
  });
}

async function allPositions(partition: Partition): Promise<number[]> {
  const cursor = new Cursor(partition, partition.bounds.low);
  const positions: number[] = [];
  for (let batch = await cursor.read(3, 1 << 20); batch.length > 0; batch = await cursor.read(3, 1 << 20)) {
    positions.push(...batch.map(({ position }) => position));
  }
  await cursor.close();
  return positions;
}

describe('retention', () => {
  const spec: TopicSpec = { name: 't', partitions: 1, cleanup: 'delete' };

  it('drops what is older than it must be, from the front, and never the segment being written', () =>
    withPartition(async (partition, append) => {
      for (const key of ['a', 'b', 'c', 'd']) await append(key);
      const old = new Date(Date.now() - 2 * DAY_MS);
      for (const position of [0, 1, 3]) await utimes(partition.segments[position]!.path, old, old);
      await cleanUp(partition, { ...spec, retentionMs: DAY_MS }, Date.now());
      expect(partition.bounds).toEqual({ low: 2, high: 4 });
      expect(await allPositions(partition)).toEqual([2, 3]);
      await cleanUp(partition, { ...spec, retentionMs: 0 }, Date.now() + DAY_MS);
      expect(partition.bounds).toEqual({ low: 3, high: 4 });
    }, false));

  it('keeps at least so many bytes', () =>
    withPartition(async (partition, append) => {
      for (let i = 0; i < 5; i += 1) await append('k');
      const { bytes } = partition.segments[0]!;
      await cleanUp(partition, { ...spec, retentionBytes: 2 * bytes }, Date.now());
      expect(partition.bounds).toEqual({ low: 3, high: 5 });
      await cleanUp(partition, { ...spec, retentionBytes: 2 * bytes }, Date.now());
      expect(partition.bounds).toEqual({ low: 3, high: 5 });
    }, false));

  it('without a bound drops nothing', () =>
    withPartition(async (partition, append) => {
      for (let i = 0; i < 3; i += 1) await append('k');
      await cleanUp(partition, spec, Date.now() + 1000 * DAY_MS);
      expect(partition.bounds).toEqual({ low: 0, high: 3 });
    }, false));

  it('tells a reader that it has passed by: no silent jump to the oldest record', () =>
    withPartition(async (partition, append) => {
      for (let i = 0; i < 5; i += 1) await append('k');
      const reading = new Cursor(partition, 0);
      expect(await reading.read(1, 1)).toHaveLength(1);
      await cleanUp(partition, { ...spec, retentionBytes: 1 }, Date.now());
      expect(partition.bounds).toEqual({ low: 4, high: 5 });
      const gone = { fault: 'position-out-of-range' };
      await expect(reading.read(1, 1)).rejects.toMatchObject(gone);
      await expect(new Cursor(partition, 3).read(1, 1)).rejects.toMatchObject(gone);
      await reading.close();
    }, false));
});

describe('compaction', () => {
  const spec: TopicSpec = { name: 't', partitions: 1, cleanup: 'compact' };

  it('keeps the newest of every key, leaves the segment being written alone, and can be done again', () =>
    withPartition(async (partition, append) => {
      for (const key of ['a', 'b', 'a', 'c', 'b', 'a', 'a']) await append(key);
      await cleanUp(partition, spec, Date.now());
      expect(await allPositions(partition)).toEqual([3, 4, 6]);
      expect(partition.bounds).toEqual({ low: 0, high: 7 });
      const files = await readdir(partition.folder);
      await cleanUp(partition, spec, Date.now());
      expect(await readdir(partition.folder)).toEqual(files);
      // The first, as the log's beginning, those that hold something, and the last.
      expect(files).toHaveLength(4);
    }));

  it('keeps a tombstone for readers that are behind, then drops it', () =>
    withPartition(async (partition, append) => {
      for (const key of ['a', 'b']) await append(key);
      await append('a', '');
      for (const key of ['c', 'd']) await append(key);
      await cleanUp(partition, spec, Date.now());
      expect(await allPositions(partition)).toEqual([1, 2, 3, 4]);
      await cleanUp(partition, spec, Date.now() + DAY_MS + 1000);
      expect(await allPositions(partition)).toEqual([1, 3, 4]);
    }));

  it('goes on while a reader is in the middle', () =>
    withPartition(async (partition, append) => {
      for (let i = 0; i < 8; i += 1) await append(i % 2 === 0 ? 'even' : `odd-${i}`);
      const cursor = new Cursor(partition, 0);
      expect((await cursor.read(1, 1))[0]?.position).toBe(0);
      await cleanUp(partition, spec, Date.now());
      const positions: number[] = [];
      for (let batch = await cursor.read(1, 1); batch.length > 0; batch = await cursor.read(1, 1)) {
        positions.push(batch[0]!.position);
      }
      expect(positions).toEqual([1, 3, 5, 6, 7]);
      await cursor.close();
    }));

  it('loses nothing to readers and writers that never pause', () =>
    withPartition(async (partition, append) => {
      let stop = false;
      const compacting = (async () => {
        while (!stop) await cleanUp(partition, spec, Date.now());
      })();
      const cursor = new Cursor(partition, 0);
      const seen = new Map<string, number>();
      const read = async (): Promise<void> => {
        for (const { key, position } of await cursor.read(10, 1 << 20)) {
          expect(position).toBeGreaterThan(Math.max(-1, ...seen.values()));
          seen.set(key, position);
        }
      };
      const newest = new Map<string, number>();
      for (let i = 0; i < 150; i += 1) {
        const key = `k${i % 7}`;
        newest.set(key, await append(key));
        if (i % 3 === 0) await read();
      }
      for (let before = -1; before !== cursor.position; await read()) before = cursor.position;
      stop = true;
      await compacting;
      await cursor.close();
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(newest));
    }));

  it('loses nothing to a reader that opens a segment as it is replaced', () =>
    withPartition(async (partition, append) => {
      for (let round = 0; round < 40; round += 1) {
        for (let i = 0; i < 3; i += 1) await append(`kept-${round}-${i}`, 'x'.repeat(200));
        for (const key of ['old', 'older']) await append(key, 'y'.repeat(200));
      }
      const compacting = cleanUp(partition, spec, Date.now());
      let done = false;
      void compacting.finally(() => (done = true));
      while (!done) {
        const cursors = partition.closed.map(({ base }) => new Cursor(partition, base));
        for (let read = 0; read < 2; read += 1) {
          await Promise.all(cursors.map((cursor) => cursor.read(1000, 1 << 20)));
        }
        await Promise.all(cursors.map((cursor) => cursor.close()));
      }
      await compacting;
      expect(await allPositions(partition)).toHaveLength(40 * 3 + 2);
    }));

  it('that was interrupted leaves nothing behind', () =>
    withPartition(async (partition, append) => {
      await append('a');
      await writeFile(`${partition.segments[0]!.path}.tmp`, 'half');
      const again = await Partition.open(partition.folder, name, true);
      expect(await readdir(partition.folder)).toHaveLength(1);
      await again.active.handle.close();
    }));
});

describe('maintain', () => {
  it('does to every topic what its spec says, a changed one included, and only that', () =>
    inFolder(async (folder) => {
      const log = await EmbeddedLog.open(folder, { segmentBytes: 1024, now: () => Date.now() + DAY_MS });
      const specs: TopicSpec[] = [
        { name: 'kept', partitions: 1, cleanup: 'keep' },
        { name: 'compacted', partitions: 1, cleanup: 'compact' },
        { name: 'deleted', partitions: 1, cleanup: 'delete' },
      ];
      await log.ensureTopics(specs);
      const record = (): NewRecord[] => [{ key: 'k', value: 'x'.repeat(1100) }];
      for (const { name: topic } of specs) for (let i = 0; i < 3; i += 1) await log.append(topic, record());
      await log.ensureTopics([{ ...specs[2]!, retentionMs: 1000 }]);
      await log.maintain();
      const lows = await Promise.all(specs.map(async (spec) => (await log.bounds(spec.name, 0)).low));
      expect(lows).toEqual([0, 0, 2]);
      const read: number[] = [];
      const consumer: Consumer = {
        group: 'g',
        topics: ['compacted'],
        recordsMax: 10,
        bytesMax: 1 << 20,
        start: async () => 0,
        handle: async ({ records }) => void read.push(...records.map(({ position }) => position)),
      };
      const subscription = await log.consume(consumer);
      while (read.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      await subscription.stop();
      expect(read).toEqual([2]);
      expect((await stat(`${folder}/kept/0`)).isDirectory()).toBe(true);
      expect(await readdir(`${folder}/kept/0`)).toHaveLength(3);
      await log.close();
    }));
});
