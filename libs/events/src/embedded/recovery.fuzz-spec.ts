import { appendFile, copyFile, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import type { LogRecord } from '../event-log';
import { inFolder } from './child.testing';
import { Cursor } from './cursor';
import { frameBytes } from './frame';
import { Partition } from './partition';
import { PartitionAppender } from './partition-appender';
import { SEGMENT_MAGIC, segmentPath } from './segment';

const seed = Number(process.env.SEED ?? 13);
const name = { topic: 't', partition: 0 };
const limits = {
  segmentBytes: 1 << 20,
  recordBytesMax: 1 << 20,
  queueBytesMax: 1 << 20,
  writeBytesMax: 1 << 20,
};

/** Each inner list is one write. */
async function write(folder: string, writes: string[][], segmentBytes = limits.segmentBytes): Promise<void> {
  const partition = await Partition.open(folder, name, false);
  const writer = new PartitionAppender(partition, { ...limits, segmentBytes }, Date.now);
  for (const values of writes) await writer.append(values.map((value) => ({ key: 'k', value })));
  await writer.close();
}

async function readAll(partition: Partition): Promise<LogRecord[]> {
  const cursor = new Cursor(partition, partition.bounds.low);
  const records: LogRecord[] = [];
  try {
    for (;;) {
      const batch = await cursor.read(100, 1 << 20);
      if (batch.length === 0) return records;
      records.push(...batch);
    }
  } finally {
    await cursor.close();
  }
}

/** What is read after an opening, or the fault. */
async function valuesIn(folder: string): Promise<string[] | string> {
  let partition: Partition | undefined;
  try {
    partition = await Partition.open(folder, name, false);
    return (await readAll(partition)).map(({ value }) => value);
  } catch (error) {
    expect(error).toMatchObject({ name: 'EventLogError', fault: 'corrupt' });
    expect((error as Error).message).toMatch(/\.log is damaged at byte \d+: found /);
    return (error as { fault: string }).fault;
  } finally {
    await partition?.active.handle.close();
  }
}

const recordBytes = frameBytes('k', 'one');
const offsetOf = (record: number): number => SEGMENT_MAGIC.length + record * recordBytes;

describe('a torn tail', () => {
  it('is cut off wherever the last record was cut, and the log goes on behind it', () =>
    inFolder(async (folder) => {
      await write(`${folder}/0`, [['one'], ['two'], ['end']]);
      const whole = await readFile(segmentPath(`${folder}/0`, 0));
      for (let length = offsetOf(2); length < whole.length; length += 1) {
        const copy = `${folder}/cut-${length}`;
        await mkdir(copy);
        await writeFile(segmentPath(copy, 0), whole.subarray(0, length));
        expect(await valuesIn(copy)).toEqual(['one', 'two']);
        expect((await stat(segmentPath(copy, 0))).size).toBe(offsetOf(2));
        await write(copy, [['new']]);
        expect(await valuesIn(copy)).toEqual(['one', 'two', 'new']);
      }
    }));

  it('is cut off whichever byte of the last record is another', () =>
    inFolder(async (folder) => {
      await write(`${folder}/0`, [['one'], ['two'], ['end']]);
      const whole = await readFile(segmentPath(`${folder}/0`, 0));
      for (let at = offsetOf(2); at < whole.length; at += 1) {
        const copy = `${folder}/bad-${at}`;
        await mkdir(copy);
        const bad = Buffer.from(whole);
        bad.writeUInt8(bad.readUInt8(at) ^ 0x55, at);
        await writeFile(segmentPath(copy, 0), bad);
        expect(await valuesIn(copy)).toEqual(['one', 'two']);
      }
    }));

  it('is cut off where an earlier part of one write is missing, as a disk may leave it without power', () =>
    inFolder(async (folder) => {
      await write(folder, [['one'], ['two', '3rd', '4th', '5th']]);
      const bytes = await readFile(segmentPath(folder, 0));
      bytes.fill(0, offsetOf(2), offsetOf(3));
      await writeFile(segmentPath(folder, 0), bytes);
      expect(await valuesIn(folder)).toEqual(['one', 'two']);
    }));

  it('is reported', () =>
    inFolder(async (folder) => {
      await write(folder, [['one']]);
      await appendFile(segmentPath(folder, 0), 'rubbish');
      const partition = await Partition.open(folder, name, false);
      expect(partition.repair).toEqual({ file: segmentPath(folder, 0), offset: offsetOf(1), bytes: 7 });
      await partition.active.handle.close();
    }));

  it.each([0, 3, SEGMENT_MAGIC.length])('may be all of a new segment: %d bytes of it', (length) =>
    inFolder(async (folder) => {
      await write(folder, [['one']]);
      await writeFile(segmentPath(folder, 1), Buffer.alloc(length, 0));
      expect(await valuesIn(folder)).toEqual(['one']);
      await write(folder, [['two']]);
      expect(await valuesIn(folder)).toEqual(['one', 'two']);
    }),
  );
});

describe('damage to what was acknowledged', () => {
  it('is an error that names file and byte, and nothing is cut', () =>
    inFolder(async (folder) => {
      await write(folder, [['one'], ['two'], ['end']]);
      const path = segmentPath(folder, 0);
      const bytes = await readFile(path);
      for (let at = SEGMENT_MAGIC.length; at < offsetOf(2); at += 1) {
        const bad = Buffer.from(bytes);
        bad.writeUInt8(bad.readUInt8(at) ^ 0x55, at);
        await writeFile(path, bad);
        await expect(Partition.open(folder, name, false)).rejects.toMatchObject({ fault: 'corrupt' });
        expect(await readFile(path)).toEqual(bad);
      }
      const message = new RegExp(`^${path} is damaged at byte ${offsetOf(1)}: found a wrong checksum`);
      bytes.writeUInt8(0, offsetOf(2) - 1);
      await writeFile(path, bytes);
      await expect(Partition.open(folder, name, false)).rejects.toThrow(message);
    }));

  it('in an earlier segment is found when it is read', () =>
    inFolder(async (folder) => {
      const long = 'x'.repeat(2000);
      await write(folder, [[long], [long], [long]], 1024);
      const path = segmentPath(folder, 1);
      await truncate(path, (await stat(path)).size - 1);
      expect(await valuesIn(folder)).toBe('corrupt');
    }));

  it('is a segment that is missing, doubled, or of another format', () =>
    inFolder(async (folder) => {
      const long = 'x'.repeat(2000);
      await write(`${folder}/0`, [[long], [long], [long]], 1024);
      const copy = async (to: string, from: number, base: number): Promise<void> => {
        await mkdir(`${folder}/${to}`, { recursive: true });
        await copyFile(segmentPath(`${folder}/0`, from), segmentPath(`${folder}/${to}`, base));
      };
      for (const base of [0, 2]) await copy('missing', base, base);
      expect(await valuesIn(`${folder}/missing`)).toBe('corrupt');
      for (const base of [0, 1]) await copy('doubled', 0, base);
      expect(await valuesIn(`${folder}/doubled`)).toBe('corrupt');
      await copy('newer', 0, 0);
      const bytes = await readFile(segmentPath(`${folder}/newer`, 0));
      bytes.write('STEMLOG2');
      await writeFile(segmentPath(`${folder}/newer`, 0), bytes);
      expect(await valuesIn(`${folder}/newer`)).toBe('corrupt');
    }));
});

describe(`segments with any bytes changed (SEED=${seed})`, () => {
  it('give a beginning of what was written, or the error; never anything else', async () => {
    const change = fc.record({
      file: fc.nat(),
      at: fc.nat(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      cut: fc.boolean(),
    });
    const written = Array.from({ length: 12 }, (_, i) => `${i} ${'x'.repeat(50 * i)}`);
    await inFolder(async (folder) => {
      const writes = [written.slice(0, 3), written.slice(3, 4), written.slice(4, 9), written.slice(9)];
      await write(`${folder}/0`, writes, 1024);
      const files = await readdir(`${folder}/0`);
      expect(files.length).toBeGreaterThan(1);
      let run = 0;
      const damaged = fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const copy = `${folder}/${(run += 1)}`;
        await mkdir(copy);
        for (const file of files) await copyFile(`${folder}/0/${file}`, `${copy}/${file}`);
        for (const { file, at, bytes, cut } of changes) {
          const path = `${copy}/${files[file % files.length]!}`;
          const content = await readFile(path);
          const place = at % Math.max(1, content.length);
          content.set(bytes.subarray(0, content.length - place), place);
          await writeFile(path, cut ? content.subarray(0, place) : content);
        }
        const values = await valuesIn(copy);
        if (values !== 'corrupt') expect(values).toEqual(written.slice(0, values.length));
      });
      await fc.assert(damaged, { seed, numRuns: 150 });
    });
  });
});
