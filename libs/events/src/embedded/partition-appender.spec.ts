import { inFolder } from './child.testing';
import { Cursor } from './cursor';
import { frameBytes } from './frame';
import { Partition } from './partition';
import { PartitionAppender } from './partition-appender';

const limits = { segmentBytes: 4096, recordBytesMax: 500, queueBytesMax: 10_000, writeBytesMax: 1000 };

async function withWriter(
  work: (writer: PartitionAppender, partition: Partition) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const partition = await Partition.open(folder, { topic: 't', partition: 0 }, false);
    const writer = new PartitionAppender(partition, limits, () => 1_700_000_000_000);
    await work(writer, partition);
    await writer.close();
  });
}

const value = 'x'.repeat(100 - frameBytes('k', ''));
const record = { key: 'k', value };

describe('PartitionAppender', () => {
  it('lets concurrent appends share a sync, up to its bound', () =>
    withWriter(async (writer, partition) => {
      const positions = await Promise.all(Array.from({ length: 35 }, () => writer.append([record])));
      expect(positions).toEqual([...Array(35).keys()]);
      const cursor = new Cursor(partition, 0);
      const frames = await cursor.frames(100, 1 << 20);
      await cursor.close();
      expect(frames.map(({ writeBase }) => writeBase)).toEqual(
        [...Array(35).keys()].map((position) => position - (position % 10)),
      );
      expect(frames[0]?.time).toBe(1_700_000_000_000);
    }));

  it('writes an append that is larger than a shared write by itself', () =>
    withWriter(async (writer) => {
      const large = new Array<typeof record>(30).fill(record);
      const positions = await Promise.all([
        writer.append([record]),
        writer.append(large),
        writer.append([record]),
      ]);
      expect(positions).toEqual([0, 1, 31]);
    }));

  it('says not now where too much waits, and takes it later', () =>
    withWriter(async (writer) => {
      const half = new Array<typeof record>(50).fill(record);
      const waiting = [writer.append(half), writer.append(half)];
      await expect(writer.append([record])).rejects.toMatchObject({
        name: 'LogUnavailableError',
        retryable: true,
      });
      expect(await Promise.all(waiting)).toEqual([0, 50]);
      expect(await writer.append([record])).toBe(100);
    }));

  it('refuses what can never be taken', () =>
    withWriter(async (writer) => {
      const largest = { key: 'k', value: 'x'.repeat(500 - frameBytes('k', '')) };
      expect(writer.refusal([largest])).toBeNull();
      expect(writer.refusal([record, { key: 'k', value: `${largest.value}é` }])?.message).toBe(
        'a record has at most 500 bytes, that of k has 502',
      );
      expect(writer.refusal(new Array<typeof record>(101).fill(record))?.message).toBe(
        'an append has at most 10000 bytes, this one has 10100',
      );
    }));

  it('shows a record to readers, and to who appended it, only when it is synced', () =>
    withWriter(async (writer, partition) => {
      const { handle } = partition.active;
      const sync = handle.datasync.bind(handle);
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const written = new Promise<void>((resolve) => {
        handle.datasync = async () => {
          resolve();
          await held;
          await sync();
        };
      });
      let acknowledged = false;
      const append = writer.append([record]).then(() => (acknowledged = true));
      await written;
      const cursor = new Cursor(partition, 0);
      expect([await cursor.read(1, 1), partition.high, acknowledged]).toEqual([[], 0, false]);
      release();
      await append;
      expect(await cursor.read(1, 1)).toHaveLength(1);
      await cursor.close();
    }));

  it.each(['datasync', 'write'] as const)(
    'is as before when %s fails, and goes on when it works again',
    (call) =>
      withWriter(async (writer, partition) => {
        await writer.append([record]);
        const { handle, segment } = partition.active;
        const { bytes } = segment;
        const failure = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: call });
        const works = { [call]: handle[call].bind(handle), truncate: handle.truncate.bind(handle) };
        const notNow = { name: 'LogUnavailableError', retryable: true, cause: failure };
        handle[call] = () => Promise.reject(failure);
        await expect(writer.append([record, record])).rejects.toMatchObject(notNow);
        expect((await handle.stat()).size).toBe(bytes);
        // Now what was written cannot even be cut off: that must come before the next write.
        handle.truncate = () => Promise.reject(failure);
        await expect(writer.append([record, record])).rejects.toMatchObject(notNow);
        Object.assign(handle, works);
        expect(await writer.append([record])).toBe(1);
        expect((await handle.stat()).size).toBe(bytes + 100);
      }),
  );

  it('begins another segment once one is full; positions go on', () =>
    withWriter(async (writer, partition) => {
      for (let i = 0; i < 12; i += 1) await writer.append(new Array<typeof record>(10).fill(record));
      // 8 bytes of magic, then five writes of 1,000 bytes: the fifth finds 4,008 of 4,096 used.
      expect(partition.segments.map(({ base }) => base)).toEqual([0, 50, 100]);
      expect(partition.bounds).toEqual({ low: 0, high: 120 });
    }));
});
