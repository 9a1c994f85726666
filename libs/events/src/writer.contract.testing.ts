import { aborted, type Harness, numbered, seeing, values, wholeOf } from './contract-harness.testing';
import type { LogRecord, PartitionWriter, Position } from './event-log';

/** The part of the contract about the only writer of a partition, and about reading one partition to its end. */
export function describeWriters(h: Harness): void {
  describeExclusion(h);
  describeAppends(h);
  describeReads(h);
}

/** What became of an append: its positions, or the fault that it was refused with. */
async function outcome(append: Promise<Position[]>): Promise<Position[] | { fault: string }> {
  return append.catch((error: Error & { fault?: string }) => ({
    fault: error.fault ?? `${error.name}: ${error.message}`,
  }));
}

const valuesOf = (records: readonly LogRecord[]): string[] => records.map(({ value }) => value);

function describeExclusion(h: Harness): void {
  it('shuts out the writer before: its acknowledged records are there, nothing of it comes later', async () => {
    const topic = await h.topic();
    const before = await h.log.openWriter(topic, 0);
    await before.append(numbered(2));
    const after = await h.log.openWriter(topic, 0);
    await expect(before.append(numbered(1, 90))).rejects.toMatchObject({ fault: 'fenced', retryable: false });
    await after.append(numbered(2, 2));
    await expect(before.append(numbered(1, 91))).rejects.toMatchObject({ fault: 'fenced' });
    await before.close();
    await after.append(numbered(1, 4));
    expect(valuesOf(await wholeOf(h.log, topic))).toEqual(numbered(5).map(({ value }) => value));
  });

  it('has every append of the writer before either acknowledged and in the log, or refused and nowhere', async () => {
    const topic = await h.topic();
    const before = await h.log.openWriter(topic, 0);
    const appends = numbered(6).map((record) => outcome(before.append([record])));
    const after = await h.log.openWriter(topic, 0);
    const late = numbered(3, 6).map((record) => outcome(before.append([record])));
    const [first] = await after.append(numbered(1, 90));
    const outcomes = await Promise.all([...appends, ...late]);
    const records = await wholeOf(h.log, topic);
    const acknowledged = outcomes.flatMap((found, i) => (Array.isArray(found) ? [`value-${i}`] : []));
    expect(valuesOf(records)).toEqual([...acknowledged, 'value-90']);
    for (const found of outcomes) {
      if (Array.isArray(found)) expect(found[0]!.position).toBeLessThan(first!.position);
      else expect(found).toEqual({ fault: 'fenced' });
    }
    expect(outcomes.slice(6)).toEqual(Array(3).fill({ fault: 'fenced' }));
  });

  it('keeps the writers of two partitions apart', async () => {
    const topic = await h.topic({ partitions: 2 });
    const writers = [await h.log.openWriter(topic, 0), await h.log.openWriter(topic, 1)];
    await Promise.all(writers.map((writer, i) => writer.append(numbered(2, 10 * i))));
    for (const i of [0, 1])
      expect(valuesOf(await wholeOf(h.log, topic, i))).toEqual(numbered(2, 10 * i).map(({ value }) => value));
  });

  it('goes on where the writer of an earlier opening stopped', async () => {
    const topic = await h.topic();
    await (await h.log.openWriter(topic, 0)).append(numbered(1));
    await h.reopen();
    await (await h.log.openWriter(topic, 0)).append(numbered(1, 1));
    expect(valuesOf(await wholeOf(h.log, topic))).toEqual(['value-0', 'value-1']);
  });
}

function describeAppends(h: Harness): void {
  const opened = async (): Promise<{ topic: string; writer: PartitionWriter }> => {
    const topic = await h.topic();
    return { topic, writer: await h.log.openWriter(topic, 0) };
  };

  it('keeps the order of the calls, and says where each record stands', async () => {
    const { topic, writer } = await opened();
    const appends = [0, 3, 6].map((from) => writer.append(numbered(3, from)));
    const positions = (await Promise.all(appends)).flat();
    const records = await wholeOf(h.log, topic);
    expect(valuesOf(records)).toEqual(numbered(9).map(({ value }) => value));
    expect(positions).toEqual(records.map(({ partition, position }) => ({ partition, position })));
    expect((await h.log.bounds(topic, 0)).high).toBeGreaterThan(positions.at(-1)!.position);
    expect(await writer.append([])).toEqual([]);
  });

  it('takes a large append whole', async () => {
    const { topic, writer } = await opened();
    const records = numbered(2500).map(({ key, value }) => ({ key, value: `${value} ${'x'.repeat(1000)}` }));
    await writer.append(records);
    expect(valuesOf(await wholeOf(h.log, topic))).toEqual(records.map(({ value }) => value));
  });

  it('refuses a record over the bound, and takes the next', async () => {
    const { topic, writer } = await opened();
    const tooLarge = writer.append([...numbered(1), { key: 'k', value: 'x'.repeat(3 << 20) }]);
    await expect(tooLarge).rejects.toMatchObject({ fault: 'too-large' });
    await writer.append(numbered(1, 1));
    expect(valuesOf(await wholeOf(h.log, topic))).toEqual(['value-1']);
  });

  it('refuses everything once it is closed', async () => {
    const { topic, writer } = await opened();
    await writer.append(numbered(1));
    await writer.close();
    await writer.close();
    await expect(writer.append(numbered(1))).rejects.toMatchObject({ fault: 'closed' });
    await (await h.log.openWriter(topic, 0)).append(numbered(1, 1));
    expect(valuesOf(await wholeOf(h.log, topic))).toEqual(['value-0', 'value-1']);
  });
}

function describeReads(h: Harness): void {
  it('reads a partition from a position to its end', async () => {
    const topic = await h.topic({ partitions: 2 });
    const placed = numbered(10).map((record) => ({ ...record, partition: 1 }));
    await h.log.append(topic, placed);
    expect(valuesOf(await wholeOf(h.log, topic, 1, 7))).toEqual(['value-7', 'value-8', 'value-9']);
    expect(await wholeOf(h.log, topic, 1, 10)).toEqual([]);
    expect(await wholeOf(h.log, topic, 0)).toEqual([]);
    const outside = { fault: 'position-out-of-range' };
    await expect(wholeOf(h.log, topic, 1, 11)).rejects.toMatchObject(outside);
    await expect(wholeOf(h.log, topic, 2)).rejects.toMatchObject({ fault: 'unknown-topic' });
  });

  it('stops reading where the reader stops', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(3000));
    for await (const [first] of h.log.read(topic, 0, 5)) {
      expect(first?.value).toBe('value-5');
      break;
    }
  });

  it('says how far a subscription is, also past what holds no record', async () => {
    const topic = await h.topic();
    const writer = await h.log.openWriter(topic, 0);
    await writer.append(numbered(3));
    await writer.append(numbered(2, 3));
    const { high } = await h.log.bounds(topic, 0);
    const seen = seeing(topic);
    const subscription = await h.read(seen, 5);
    await h.until('the position is the end', () => subscription.position(topic, 0) === high);
    expect(subscription.position(topic, 1)).toBeNull();
    expect(values(seen)).toEqual(numbered(5).map(({ value }) => value));
    const atEnd = await h.read(seeing(topic, { start: async () => high }), 0);
    await h.until('it has begun', () => atEnd.position(topic, 0) === high);
    await atEnd.stop();
    expect(atEnd.position(topic, 0)).toBeNull();
  });

  it('does not count what is being handled as passed', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(4));
    let begun = false;
    const handle = async (_: unknown, { signal }: { signal: AbortSignal }): Promise<void> => {
      begun = true;
      await aborted(signal);
    };
    const subscription = await h.read(seeing(topic, { start: async () => 1, handle }), 0);
    await h.until('the handler begins', () => begun);
    expect(subscription.position(topic, 0)).toBe(1);
    await subscription.stop();
  });
}
