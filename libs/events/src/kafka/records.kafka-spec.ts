import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { numbered, seeing, wholeOf } from '../contract-harness.testing';
import { parseEvent } from '../contracts/parse-event';
import { goldenEvents } from '../contracts/samples.testing';
import type { NewRecord } from '../event-log';
import { appendUntil, countUntil, killLeader, ownPositions } from './broker-death.testing';
import { brokers, ctl, freshTopic, openLog, sleep, until } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

describe('records on Kafka', () => {
  let log: KafkaLog;
  beforeAll(async () => void (log = await openLog()));
  afterAll(() => log.close());

  it('carry headers, which tell of the trace that they belong to', async () => {
    const topic = await freshTopic(log);
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'stemma-ключ': '🌳',
    };
    await log.append(topic, [{ key: 'a', value: '1', headers }, ...numbered(1)]);
    await (await log.openWriter(topic, 0)).append([{ key: 'b', value: '2', headers: { tracestate: 'x=y' } }]);
    const records = await wholeOf(log, topic);
    expect(records.map((record) => record.headers)).toEqual([headers, undefined, { tracestate: 'x=y' }]);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`h${i}`, 'x']));
    await expect(log.append(topic, [{ key: 'a', value: '1', headers: many }])).rejects.toMatchObject({
      fault: 'too-large',
    });
  });

  it('of over the size limit are refused before they are sent, more than a batch may have are cut', async () => {
    const topic = await freshTopic(log, { partitions: 2 });
    // Not compressible to speak of, so that a batch counts in full.
    const noise = (bytes: number): string =>
      Array.from({ length: bytes / 8 }, () => Math.random().toString(36).slice(2, 10).padEnd(8, '0')).join(
        '',
      );
    const tooLarge = [...numbered(2), { key: 'k', value: noise(1 << 20) }];
    await expect(log.append(topic, tooLarge)).rejects.toMatchObject({ fault: 'too-large', retryable: false });
    const largest: NewRecord[] = Array.from({ length: 4 }, () => ({
      key: 'k',
      value: noise((1 << 20) - 64),
      partition: 1,
    }));
    const rest: NewRecord[] = numbered(3000).map(({ key }) => ({ key, value: noise(1024), partition: 1 }));
    await log.append(topic, [...largest, ...rest]);
    expect(await log.bounds(topic, 0)).toEqual({ low: 0, high: 0 });
    expect(await log.bounds(topic, 1)).toEqual({ low: 0, high: 3004 });
    const uncompressed = await openLog({ compression: 'none', clientId: 'uncompressed' });
    await uncompressed.append(topic, largest);
    await uncompressed.close();
    expect((await wholeOf(log, topic, 1)).map(({ value }) => value)).toEqual(
      [...largest, ...rest, ...largest].map(({ value }) => value),
    );
  });

  it('wait in bounds while no broker takes them, and are refused for now', async () => {
    const topic = await freshTopic(log);
    const narrow = await openLog({ queueBytesMax: 10_000, patienceMs: 30_000 });
    await narrow.append(topic, numbered(1));
    const value = 'x'.repeat(4_000);
    const appends = Array.from({ length: 4 }, () => narrow.append(topic, [{ key: 'k', value }]));
    const settled = await Promise.allSettled(appends);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect((settled[3] as PromiseRejectedResult).reason).toMatchObject({
      name: 'LogUnavailableError',
      retryable: true,
    });
    await narrow.append(topic, [{ key: 'k', value }]);
    await narrow.close();
    expect(await log.bounds(topic, 0)).toEqual({ low: 0, high: 4 });
  });

  it('have one writer at a time, also where the one before is in another process', async () => {
    const topic = await freshTopic(log);
    const other = await openLog({ clientId: 'other' });
    const zombie = await other.openWriter(topic, 0);
    await zombie.append(numbered(2));
    const writer = await log.openWriter(topic, 0);
    await expect(zombie.append(numbered(1, 90))).rejects.toMatchObject({ fault: 'fenced' });
    await writer.append(numbered(1, 2));
    await expect(zombie.append(numbered(1, 91))).rejects.toMatchObject({ fault: 'fenced' });
    await other.close();
    expect((await wholeOf(log, topic)).map(({ value }) => value)).toEqual(
      numbered(3).map(({ value }) => value),
    );
  });
});

describe('a broker that goes away and comes back', () => {
  it('loses nothing of what is appended, counted and read meanwhile, and gives nothing twice', async () => {
    const log = await openLog();
    const [topic, counted] = [await freshTopic(log, { partitions: 3 }), await freshTopic(log)];
    let stopped = false;
    const appending = appendUntil(() => stopped, log, topic, { callers: 2, records: 9, partitions: 3 });
    const counting = countUntil(() => stopped, log, counted);
    const seen = ownPositions(topic);
    const committed = seeing(topic, { start: async () => 'committed' });
    const subscriptions = [await log.consume(seen), await log.consume(committed)];
    await until('something is read', () => seen.records.length > 0 && committed.records.length > 0);
    await killLeader(topic, 0, 3_000);
    await sleep(300);
    stopped = true;
    const [acknowledged, count] = await Promise.all([appending, counting]);
    await until('everything is read', () =>
      [seen, committed].every(({ records }) => acknowledged.missing(records).length === 0),
    );
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    expect(acknowledged.rejected).toBe(0);
    const places = seen.records.map(({ partition, position }) => `${partition}/${position}`);
    expect(new Set(places).size).toBe(places.length);
    expect(seen.records).toHaveLength(acknowledged.count);
    const numbers = (await wholeOf(log, counted)).map(({ value }) => value);
    expect(numbers).toEqual([...Array(count).keys()].map(String));
    await log.close();
  }, 90_000);

  it('is an error that says for now, where it stays away for longer than we wait', async () => {
    const log = await openLog({ patienceMs: 1_500 });
    const topic = await freshTopic(log);
    const subscription = await log.consume(seeing(topic));
    await until('it reads', () => subscription.position(topic, 0) === 0);
    const all = brokers.map((_, i) => `${i + 1}`);
    const back = async (): Promise<unknown> => Promise.all(all.map((node) => ctl('start', node)));
    for (const node of all) await ctl('kill', node);
    const notNow = { name: 'LogUnavailableError', retryable: true };
    const ended = expect(subscription.done).rejects.toMatchObject(notNow);
    try {
      const append = expect(log.append(topic, numbered(1))).rejects;
      await append.toMatchObject({ ...notNow, cause: expect.any(Error) });
      await expect(log.bounds(topic, 0)).rejects.toMatchObject(notNow);
      await ended;
    } finally {
      await back();
    }
    await log.append(topic, numbered(1));
    await log.close();
  }, 90_000);
});

const kcat = ((): boolean => {
  try {
    return execFileSync('kcat', ['-V']).length > 0;
  } catch {
    return false;
  }
})();

(kcat ? describe : describe.skip)('kcat (skipped where it is not installed)', () => {
  it('reads our topics and understands them', async () => {
    const log = await openLog();
    const topic = await freshTopic(log);
    const events = goldenEvents();
    const records = events.map(({ name, text }) => ({
      key: name,
      value: JSON.stringify(JSON.parse(text)),
      headers: { name },
    }));
    await log.append(topic, records);
    const writer = await log.openWriter(topic, 0);
    await writer.append([{ key: 'of the writer', value: '{}' }]);
    await writer.append([{ key: 'deleted', value: '' }]);
    const args = ['-C', '-e', '-q', '-J', '-b', brokers.join(), '-t', topic];
    const { stdout } = await promisify(execFile)('kcat', args, { maxBuffer: 64 << 20 });
    interface Line {
      readonly key: string;
      readonly payload: string | null;
      readonly headers?: string[];
    }
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(lines.slice(0, events.length).map(({ key, headers }) => [key, headers])).toEqual(
      events.map(({ name }) => [name, ['name', name]]),
    );
    events.forEach((event, i) => {
      expect(parseEvent(event.topic, lines[i]!.payload!)).toEqual(parseEvent(event.topic, event.text));
    });
    expect(lines.slice(events.length).map(({ key, payload }) => [key, payload])).toEqual([
      ['of the writer', '{}'],
      ['deleted', null],
    ]);
    await log.close();
  });
});
