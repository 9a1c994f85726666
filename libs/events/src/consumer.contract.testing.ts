import { randomUUID } from 'node:crypto';
import { aborted, type Harness, numbered, type Seen, seeing, values } from './contract-harness.testing';

/** The part of the contract about consumers: where they start, how they fail, how they stop. */
export function describeConsumers(h: Harness): void {
  describeStarts(h);
  describeFailures(h);
  describeStops(h);
}

function describeStarts(h: Harness): void {
  it("starts at the caller's position", async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(5));
    const seen = seeing(topic, { start: async () => 3 });
    await h.read(seen, 2);
    expect(values(seen)).toEqual(['value-3', 'value-4']);
    const atEnd = seeing(topic, { start: async () => 5 });
    await h.read(atEnd, 0);
    await h.log.append(topic, numbered(1, 5));
    await h.read(seeing(topic, { start: async () => 5 }), 1);
    expect(values(atEnd).filter((value) => value !== 'value-5')).toEqual([]);
  });

  it.each([6, 1000])('never replaces a position outside the log: %d of 5', async (position) => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(5));
    const seen = seeing(topic, { start: async () => position });
    const { done } = await h.log.consume(seen);
    await expect(done).rejects.toMatchObject({ name: 'EventLogError', fault: 'position-out-of-range' });
    expect(seen.records).toEqual([]);
  });

  it("keeps a group's position where asked to, across subscriptions and openings", async () => {
    const topic = await h.topic();
    const group = `group-${randomUUID()}`;
    const committed = (): Seen => seeing(topic, { group, start: async () => 'committed' });
    await h.log.append(topic, numbered(3));
    const first = committed();
    await (await h.read(first, 3)).stop();
    await h.log.append(topic, numbered(2, 3));
    const second = committed();
    await (await h.read(second, 2)).stop();
    await h.reopen();
    await h.log.append(topic, numbered(1, 5));
    expect(await h.log.committed(group, topic, 0)).toBe(5);
    const third = committed();
    await h.read(third, 1);
    expect([first, second, third].map((seen) => values(seen).length)).toEqual([3, 2, 1]);
    expect(values(third)).toEqual(['value-5']);
  });

  it('keeps no position that a caller owns', async () => {
    const topic = await h.topic();
    const group = `group-${randomUUID()}`;
    await h.log.append(topic, numbered(3));
    await (await h.read(seeing(topic, { group }), 3)).stop();
    expect(await h.log.committed(group, topic, 0)).toBeNull();
    const seen = seeing(topic, { group, start: async () => 'committed' });
    await h.read(seen, 3);
    expect(seen.records[0]?.position).toBe(0);
  });

  it('gives every group everything', async () => {
    const topic = await h.topic();
    await h.log.append(topic, numbered(4));
    const groups = [0, 1].map(() => seeing(topic, { start: async () => 'committed' }));
    await Promise.all(groups.map((seen) => h.read(seen, 4)));
    expect(values(groups[0]!)).toEqual(values(groups[1]!));
  });

  it('follows several topics and partitions, each in order', async () => {
    const topics = [await h.topic({ partitions: 2 }), await h.topic()];
    const [two = '', one = ''] = topics;
    const assigned: unknown[] = [];
    const seen = seeing(topics, { onAssigned: async (assignments) => void assigned.push(...assignments) });
    const placed = numbered(20).map((record, i) => ({ ...record, partition: i % 2 }));
    await Promise.all([h.log.append(two, placed), h.log.append(one, numbered(5))]);
    await h.read(seen, 25);
    expect(assigned).toHaveLength(3);
    expect(assigned).toContainEqual({ topic: two, partition: 1 });
    for (const { topic, partition } of assigned as { topic: string; partition: number }[]) {
      const positions = seen.records.filter((r) => r.topic === topic && r.partition === partition);
      expect(positions.map(({ position }) => position)).toEqual(positions.map((_, i) => i));
    }
  });
}

function describeFailures(h: Harness): void {
  it('ends with what the handler threw and delivers that batch again', async () => {
    const topic = await h.topic();
    const group = `group-${randomUUID()}`;
    await h.log.append(topic, numbered(6));
    const failure = new Error('of the handler');
    const failing = seeing(topic, {
      group,
      recordsMax: 2,
      start: async () => 'committed',
      handle: async ({ records }) => {
        if (records.some(({ value }) => value === 'value-3')) throw failure;
      },
    });
    const { done } = await h.log.consume(failing);
    await expect(done).rejects.toBe(failure);
    const handled = failing.records.length;
    expect(handled).toBeLessThanOrEqual(3);
    const again = seeing(topic, { group, start: async () => 'committed' });
    await h.read(again, 6 - handled);
    expect([...values(failing), ...values(again)]).toEqual(numbered(6).map(({ value }) => value));
  });

  it('ends with what `start` threw', async () => {
    const topic = await h.topic();
    const failure = new Error('of the store');
    const { done } = await h.log.consume(seeing(topic, { start: () => Promise.reject(failure) }));
    await expect(done).rejects.toBe(failure);
  });
}

function describeStops(h: Harness): void {
  it('waits for the handler in hand, then tells of the end', async () => {
    const topic = await h.topic();
    const group = `group-${randomUUID()}`;
    await h.log.append(topic, numbered(4));
    const events: string[] = [];
    const slow = seeing(topic, {
      group,
      recordsMax: 2,
      start: async () => 'committed',
      handle: async (_, { signal, heartbeat }) => {
        await heartbeat();
        events.push('begins');
        await aborted(signal);
        await expect(heartbeat()).rejects.toBe(signal.reason);
        await new Promise((resolve) => setTimeout(resolve, 20));
        events.push('ends');
      },
      onRevoked: async () => void events.push('revoked'),
    });
    const subscription = await h.log.consume(slow);
    await h.until('the handler begins', () => events.length > 0);
    await subscription.stop();
    await subscription.done;
    expect(events).toEqual(['begins', 'ends', 'revoked']);
    const rest = seeing(topic, { group, start: async () => 'committed' });
    await h.read(rest, 4 - slow.records.length);
    expect([...values(slow), ...values(rest)]).toEqual(numbered(4).map(({ value }) => value));
  });

  it('takes a handler that gives up because of the stop for no failure, and its batch for not handled', async () => {
    const topic = await h.topic();
    const group = `group-${randomUUID()}`;
    await h.log.append(topic, numbered(2));
    let begun = false;
    const consumer = seeing(topic, {
      group,
      start: async () => 'committed',
      handle: async (_, { signal, heartbeat }) => {
        begun = true;
        await aborted(signal);
        await heartbeat();
      },
    });
    const subscription = await h.log.consume(consumer);
    await h.until('the handler begins', () => begun);
    await subscription.stop();
    await expect(subscription.done).resolves.toBeUndefined();
    const again = seeing(topic, { group, start: async () => 'committed' });
    await h.read(again, 2);
    expect(again.records[0]?.position).toBe(0);
  });

  it('delivers nothing after a stop', async () => {
    const topic = await h.topic();
    const seen = seeing(topic);
    await (await h.read(seen, 0)).stop();
    await h.log.append(topic, numbered(1));
    await h.read(seeing(topic), 1);
    expect(seen.records).toEqual([]);
  });

  it('lets a handler append while the log closes', async () => {
    const [from, to] = [await h.topic(), await h.topic()];
    await h.log.append(from, numbered(1));
    let begun = false;
    const subscription = await h.log.consume(
      seeing(from, {
        handle: async (_, { signal }) => {
          begun = true;
          await aborted(signal);
          await h.log.append(to, numbered(1));
        },
      }),
    );
    await h.until('the handler begins', () => begun);
    await h.log.close();
    await subscription.done;
    await h.reopen();
    expect(await h.log.bounds(to, 0)).toEqual({ low: 0, high: 1 });
  });
}
