import { randomUUID } from 'node:crypto';
import { aborted, numbered, type Seen, seeing, wholeOf } from '../contract-harness.testing';
import { childCommand, startChild } from '../embedded/child.testing';
import { appendUntil, countUntil, killLeader, outOfOrder, ownPositions } from './broker-death.testing';
import { bareClient, freshTopic, openLog, sleep, threeBrokers, until, withAdmin } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

/** What kafkajs 2.2.4 does that loses or doubles data, or never ends; each provoked, and what we do instead. */
describe('six traps of the client', () => {
  let log: KafkaLog;
  beforeEach(async () => void (log = await openLog()));
  afterEach(() => log.close());

  /** Appends and reads while a broker dies; then nothing may be lost, doubled or out of order. */
  async function survives(
    shape: { callers: number; records: number; partitions: number },
    awayMs: number,
  ): Promise<void> {
    const topic = await freshTopic(log, { partitions: shape.partitions });
    const counted = await freshTopic(log);
    let stopped = false;
    const appending = appendUntil(() => stopped, log, topic, shape);
    const counting = countUntil(() => stopped, log, counted);
    const seen = ownPositions(topic);
    const subscription = await log.consume(seen);
    await until('something is read', () => seen.records.length > 0);
    await killLeader(topic, 0, awayMs);
    await sleep(500);
    stopped = true;
    const [acknowledged, count] = await Promise.all([appending, counting]);
    await until('everything is read', () => seen.records.length >= acknowledged.count);
    await subscription.stop();
    expect(acknowledged.rejected).toBe(0);
    expect(acknowledged.missing(seen.records)).toEqual([]);
    expect(seen.records).toHaveLength(acknowledged.count);
    expect(outOfOrder(seen)).toEqual([]);
    const numbers = (await wholeOf(log, counted)).map(({ value }) => value);
    expect(numbers).toEqual([...Array(count).keys()].map(String));
  }

  (threeBrokers ? it : it.skip)(
    '1. a send over several brokers of which one dies is acknowledged and lost: each goes to one partition (needs three brokers)',
    () => survives({ callers: 3, records: 24, partitions: 6 }, 1_000),
    90_000,
  );

  it(
    '2. sends to one partition at the same time, and the broker dies: some are lost, some come twice: one at a time',
    () => survives({ callers: 16, records: 1, partitions: 1 }, 0),
    90_000,
  );

  describe('3. a position outside the log is answered by starting at its beginning', () => {
    it('by the client', async () => {
      const topic = await freshTopic(log);
      await log.append(topic, numbered(5));
      const consumer = bareClient().consumer({ groupId: `bare-${randomUUID()}`, maxWaitTimeInMs: 100 });
      const read: string[] = [];
      consumer.on(consumer.events.GROUP_JOIN, () => consumer.seek({ topic, partition: 0, offset: '99999' }));
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ message }) => void read.push(message.offset),
      });
      await until('it reads', () => read.length > 0);
      expect(read[0]).toBe('0');
      await consumer.disconnect();
    });

    it('by an error of ours, also where the log goes away under a reader', async () => {
      const topic = await freshTopic(log);
      await log.append(topic, numbered(5));
      const { done } = await log.consume(seeing(topic, { start: async () => 99_999 }));
      await expect(done).rejects.toMatchObject({ fault: 'position-out-of-range' });

      const slow = await openLog({ fetchBytesMax: 2_000 });
      for (let n = 5; n < 100; n += 1) await log.append(topic, numbered(1, n));
      let go = (): void => undefined;
      const gone = new Promise<void>((resolve) => (go = resolve));
      const seen = ownPositions(topic, { recordsMax: 1, handle: () => gone });
      const subscription = await slow.consume(seen);
      const outOfRange = expect(subscription.done).rejects.toMatchObject({ fault: 'position-out-of-range' });
      await until('it has begun', () => subscription.position(topic, 0) === 0);
      await withAdmin(async (admin) => {
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '90' }] });
      });
      expect(await log.bounds(topic, 0)).toEqual({ low: 90, high: 100 });
      go();
      await outOfRange;
      expect(seen.records.map(({ position }) => position)).toEqual(seen.records.map((_, i) => i));
      expect(seen.records.length).toBeLessThan(90);
      await slow.close();
    });
  });

  it('4. a member that the group has thrown out is told that it is up to date: its next heartbeat says so, its writer is shut out', async () => {
    const topic = await freshTopic(log, { partitions: 2 });
    const group = `group-${randomUUID()}`;
    const member = startChild(childCommand('../kafka/member', topic, group));
    await member.line((line) => line.startsWith('assigned'));
    member.process.stdin!.write('slow\n');
    await sleep(100);
    await log.append(
      topic,
      numbered(2).map((record, partition) => ({ ...record, partition })),
    );
    await member.line((line) => line === 'slow 0');
    member.process.kill('SIGSTOP');
    const seen = seeing(topic, { group, start: async () => 'committed' });
    await log.consume(seen);
    await until('its partitions are taken over', () => seen.records.length === 2);
    const writer = await log.openWriter(topic, 0);
    await writer.append([{ key: 'next', value: 'next' }]);
    member.process.kill('SIGCONT');
    expect(await member.line((line) => line.startsWith('lost 0'))).toBe('lost 0 true AbortError');
    member.process.stdin!.write('write\n');
    expect(await member.line((line) => /^(written|refused)/.test(line))).toBe('refused fenced');
    await until('what the new one wrote is read', () => seen.records.length === 3);
    const read = seen.records.map(({ value }) => value);
    expect(read.slice(0, 2).sort()).toEqual(['value-0', 'value-1']);
    expect(read[2]).toBe('next');
    member.process.kill('SIGKILL');
  });

  it('5. a handler that has resolved nothing is called again at once, thousands of times: it is called once', async () => {
    const topic = await freshTopic(log);
    await log.append(topic, numbered(20));
    const group = `bare-${randomUUID()}`;
    const consumer = bareClient().consumer({ groupId: group, maxWaitTimeInMs: 100 });
    let bare = 0;
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async () => void (bare += 1),
    });
    await until('it is called', () => bare > 0);
    await sleep(1_000);
    await consumer.disconnect();
    expect(bare).toBeGreaterThan(10);

    let calls = 0;
    const handle = async (_: unknown, { signal }: { signal: AbortSignal }): Promise<void> => {
      calls += 1;
      await aborted(signal);
    };
    const subscription = await log.consume(seeing(topic, { handle }));
    await until('it is called', () => calls > 0);
    await sleep(1_000);
    await subscription.stop();
    expect(calls).toBe(1);
  });

  it('6. a handler that throws is called for ever, the rest of the partition waits: it ends the subscription', async () => {
    const topic = await freshTopic(log);
    await log.append(topic, [...numbered(3), { key: 'k', value: 'poison' }, ...numbered(3, 4)]);
    const bare = bareClient().consumer({ groupId: `bare-${randomUUID()}`, maxWaitTimeInMs: 100 });
    let poisoned = 0;
    await bare.connect();
    await bare.subscribe({ topics: [topic], fromBeginning: true });
    await bare.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        if (message.value?.toString() !== 'poison') return;
        poisoned += 1;
        throw new Error('poison');
      },
    });
    await until('it is called again', () => poisoned > 2);
    await bare.disconnect();

    const failure = new Error('poison');
    const group = `group-${randomUUID()}`;
    const poisonous = (): Seen =>
      seeing(topic, {
        group,
        recordsMax: 1,
        start: async () => 'committed',
        handle: async ({ records }) => {
          if (records[0]!.value === 'poison') throw failure;
        },
      });
    for (const handled of [3, 0]) {
      const seen = poisonous();
      const { done } = await log.consume(seen);
      await expect(done).rejects.toBe(failure);
      expect(seen.records).toHaveLength(handled);
      expect(await log.committed(group, topic, 0)).toBe(3);
    }
  });
});
