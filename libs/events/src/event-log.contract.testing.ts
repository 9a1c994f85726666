import { describeConsumers } from './consumer.contract.testing';
import { Harness, type LogUnderTest, numbered, seeing, values, wholeOf } from './contract-harness.testing';
import { partitionOf } from './contracts/partition';
import { describeWriters } from './writer.contract.testing';
import type { EventLog, NewRecord } from './event-log';
import { EventLogError } from './event-log-error';

interface Expectations {
  readonly waitMs?: number;
  /** The log can be made to compact. */
  readonly compacts?: boolean;
}

/** What `EventLog` promises, whoever keeps it. */
export function describeEventLogContract(
  name: string,
  create: () => Promise<LogUnderTest>,
  { waitMs = 10_000, compacts = false }: Expectations = {},
): void {
  describe(`${name} keeps the contract of EventLog`, () => {
    const h = new Harness(create, waitMs);
    beforeEach(() => h.begin());
    afterEach(() => h.end());

    describePositions(h);
    describeBatches(h);
    describeConsumers(h);
    describeWriters(h);
    describeRefusals(h);
    describeTopics(h);
    if (compacts) describeCompaction(h);
  });
}

function describePositions(h: Harness): void {
  it('numbers records in the order of the appends, from 0', async () => {
    const topic = await h.topic();
    expect(await h.log.bounds(topic, 0)).toEqual({ low: 0, high: 0 });
    const appends = [numbered(6), numbered(1, 6), numbered(2, 7)].map((records) =>
      h.log.append(topic, records),
    );
    const positions = (await Promise.all(appends)).flat();
    expect(positions).toEqual(positions.map((_, position) => ({ partition: 0, position })));
    expect(await h.log.bounds(topic, 0)).toEqual({ low: 0, high: 9 });
    const seen = seeing(topic);
    await h.read(seen, 9);
    expect(seen.records.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(values(seen)).toEqual(numbered(9).map(({ value }) => value));
  });

  it('gives back what it was given, also after it was closed and opened', async () => {
    const topic = await h.topic();
    const given = [
      { key: 'org/name', value: '{"a":1}' },
      { key: '', value: 'no key' },
      { key: 'ключ/鍵', value: '🌳\u0000\n' },
      { key: 'large', value: 'x'.repeat(700_000) },
    ];
    const before = Date.now();
    await h.log.append(topic, given);
    await h.reopen();
    const seen = seeing(topic);
    await h.read(seen, given.length);
    expect(seen.records).toEqual(
      given.map((record, position) => ({
        ...record,
        topic,
        partition: 0,
        position,
        time: expect.any(Number),
      })),
    );
    for (const { time } of seen.records) expect(time).toBeGreaterThan(before - 60_000);
    expect(await h.log.append(topic, numbered(1))).toEqual([{ partition: 0, position: given.length }]);
  });

  it('takes an append of nothing', async () => {
    expect(await h.log.append(await h.topic(), [])).toEqual([]);
  });

  it('takes a large append whole and in order', async () => {
    const topic = await h.topic();
    const records = numbered(5000).map(({ key, value }) => ({ key, value: `${value} ${'x'.repeat(1000)}` }));
    const positions = await h.log.append(topic, records);
    expect(positions.map(({ position }) => position)).toEqual(records.map((_, position) => position));
    const seen = seeing(topic);
    await h.read(seen, records.length);
    expect(values(seen)).toEqual(records.map(({ value }) => value));
  });

  it('places a record by its key, or where it is told', async () => {
    const topic = await h.topic({ partitions: 2 });
    expect(await h.log.partitions(topic)).toBe(2);
    const keys = ['arch/acme/a', 'arch/acme/b', 'arch2/acme/a', 'acme/c', 'acme/d', 'acme/e'];
    const byKey = await h.log.append(
      topic,
      keys.map((key) => ({ key, value: key })),
    );
    expect(byKey.map(({ partition }) => partition)).toEqual(keys.map((key) => partitionOf(key, 2)));
    const told = await h.log.append(
      topic,
      [1, 0, 1].map((partition) => ({ key: 'same', value: 'v', partition })),
    );
    expect(told.map(({ partition }) => partition)).toEqual([1, 0, 1]);
    expect((told[2]?.position ?? 0) - (told[0]?.position ?? 0)).toBe(1);
  });
}

function describeBatches(h: Harness): void {
  it('delivers what is appended later', async () => {
    const topic = await h.topic();
    const seen = seeing(topic);
    await h.read(seen, 0);
    for (let i = 0; i < 3; i += 1) await h.log.append(topic, numbered(2, 2 * i));
    await h.until('6 records', () => seen.records.length >= 6);
    expect(values(seen)).toEqual(numbered(6).map(({ value }) => value));
  });

  it('bounds a batch by records', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(10));
    const seen = seeing(topic, { recordsMax: 3 });
    await h.read(seen, 10);
    expect(Math.max(...seen.batches.map(({ records }) => records.length))).toBeLessThanOrEqual(3);
    expect(values(seen)).toHaveLength(10);
  });

  it('bounds a batch by bytes, but for a record that is larger: it comes alone', async () => {
    const topic = await h.topic();
    const sizes = [1000, 1000, 1000, 50_000, 1000, 1000, 1000];
    await h.log.append(
      topic,
      sizes.map((size) => ({ key: 'k', value: 'x'.repeat(size) })),
    );
    const seen = seeing(topic, { bytesMax: 2500 });
    await h.read(seen, sizes.length);
    const bytes = seen.batches.map(({ records }) => records.map(({ value }) => value.length));
    expect(bytes.flat()).toEqual(sizes);
    for (const batch of bytes) {
      if (batch.length > 1) expect(batch.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(2500);
    }
  });

  it('says with a batch how far the log goes', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(7));
    const seen = seeing(topic, { recordsMax: 4 });
    await h.read(seen, 7);
    for (const { high, records } of seen.batches) {
      expect(records.length).toBeGreaterThan(0);
      expect(high).toBe(7);
    }
  });

  it('handles one batch of a partition at a time', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(20));
    let running = 0;
    const seen = seeing(topic, {
      recordsMax: 2,
      handle: async () => {
        running += 1;
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(running).toBe(1);
        running -= 1;
      },
    });
    await h.read(seen, 20);
    expect(values(seen)).toEqual(numbered(20).map(({ value }) => value));
  });
}

function describeRefusals(h: Harness): void {
  it('refuses a record over its bound and writes nothing of that append', async () => {
    const topic = await h.topic();
    const append = h.log.append(topic, [...numbered(1), { key: 'k', value: 'x'.repeat(3 << 20) }]);
    await expect(append).rejects.toMatchObject({ fault: 'too-large', retryable: false });
    expect(await h.log.bounds(topic, 0)).toEqual({ low: 0, high: 0 });
  });

  it.each<[string, (log: EventLog) => Promise<unknown>]>([
    ['append', (log) => log.append('nowhere', numbered(1))],
    ['consume', (log) => log.consume(seeing('nowhere'))],
    ['bounds', (log) => log.bounds('nowhere', 0)],
    ['partitions', (log) => log.partitions('nowhere')],
    ['openWriter', (log) => log.openWriter('nowhere', 0)],
    ['read', (log) => wholeOf(log, 'nowhere')],
  ])('%s refuses an unknown topic', async (_, call) => {
    await expect(call(h.log)).rejects.toMatchObject({ fault: 'unknown-topic', retryable: false });
  });

  it('refuses a partition that is not there', async () => {
    const topic = await h.topic({ partitions: 2 });
    const unknown = { fault: 'unknown-topic' };
    await expect(h.log.bounds(topic, 2)).rejects.toMatchObject(unknown);
    await expect(h.log.append(topic, [{ key: 'k', value: 'v', partition: 2 }])).rejects.toMatchObject(
      unknown,
    );
  });

  it('refuses everything once it is closed', async () => {
    const topic = await h.topic();
    await h.log.close();
    await expect(h.log.append(topic, numbered(1))).rejects.toMatchObject({ fault: 'closed' });
    await expect(h.log.consume(seeing(topic))).rejects.toThrow(EventLogError);
  });
}

function describeTopics(h: Harness): void {
  it('makes a topic once', async () => {
    const spec = { name: await h.topic({ partitions: 2 }), partitions: 2, cleanup: 'keep' as const };
    await h.log.append(spec.name, [{ key: 'k', value: 'v', partition: 1 }]);
    await h.log.ensureTopics([spec, spec]);
    expect(await h.log.bounds(spec.name, 1)).toEqual({ low: 0, high: 1 });
    await expect(h.log.ensureTopics([{ ...spec, partitions: 3 }])).rejects.toMatchObject({
      fault: 'topic-differs',
    });
    await h.reopen();
    expect(await h.log.partitions(spec.name)).toBe(2);
  });
}

function describeCompaction(h: Harness): void {
  it('compacts to the newest record of every key; positions stay', async () => {
    const topic = await h.topic({ cleanup: 'compact', tombstoneMs: 0 });
    const round = (n: number): NewRecord[] =>
      Array.from({ length: 20 }, (_, key) => ({ key: `key-${key}`, value: `${n} ${'x'.repeat(200)}` }));
    for (let n = 0; n < 5; n += 1) await h.log.append(topic, round(n));
    // Tombstones, and then enough of other keys to push them out of the segment being written.
    await h.log.append(
      topic,
      [7, 8].map((key) => ({ key: `key-${key}`, value: '' })),
    );
    await h.log.append(topic, numbered(30, 100));
    await h.log.append(topic, numbered(10, 130));
    const { high } = await h.log.bounds(topic, 0);
    await h.compact();
    await h.reopen();
    expect(await h.log.bounds(topic, 0)).toEqual({ low: 0, high });
    const seen = seeing(topic);
    await h.read(seen, 18 + 40);
    const rounds = seen.records.filter(({ key }) => /^key-\d\d?$/.test(key));
    expect(rounds.map(({ key, position }) => `${key} at ${position}`)).toEqual(
      [...Array(20).keys()].filter((key) => key !== 7 && key !== 8).map((key) => `key-${key} at ${80 + key}`),
    );
    const inGap = seeing(topic, { start: async () => 41 });
    await h.read(inGap, 18 + 40);
    expect(inGap.records[0]?.position).toBe(80);
  });
}
