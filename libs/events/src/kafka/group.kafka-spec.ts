import { randomUUID } from 'node:crypto';
import { aborted, numbered, type Seen, seeing } from '../contract-harness.testing';
import { childCommand, startChild, type Child } from '../embedded/child.testing';
import type { Assignment, Consumer, Subscription } from '../event-log';
import { freshTopic, openLog, sleep, until } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

const placed = (count: number, partitions: number, from = 0) =>
  numbered(count, from).map((record, i) => ({ ...record, partition: i % partitions }));

const partitionsOf = (assignments: readonly Assignment[]): number[] =>
  assignments.map(({ partition }) => partition).sort((a, b) => a - b);

describe('a group on Kafka', () => {
  const logs: KafkaLog[] = [];
  const children: Child[] = [];
  const subscriptions: Subscription[] = [];
  /** Who has what, as told by `onAssigned` and `onRevoked`. */
  let owned: Map<string, number[]>;
  let told: string[];

  beforeEach(async () => {
    owned = new Map();
    told = [];
    logs.push(await openLog(), await openLog());
  });

  afterEach(async () => {
    await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
    await Promise.all(logs.splice(0).map((log) => log.close()));
    for (const child of children.splice(0)) child.process.kill('SIGKILL');
  });

  async function join(
    log: KafkaLog,
    name: string,
    consumer: Seen,
    change: Partial<Consumer> = {},
  ): Promise<Subscription> {
    const member: Consumer = {
      ...consumer,
      ...change,
      onAssigned: async (assignments) => {
        told.push(`${name} has ${partitionsOf(assignments).join()}`);
        owned.set(name, partitionsOf(assignments));
        await change.onAssigned?.(assignments);
      },
      onRevoked: async (assignments) => {
        await change.onRevoked?.(assignments);
        owned.delete(name);
        told.push(`${name} has none`);
      },
    };
    const subscription = await log.consume(member);
    subscriptions.push(subscription);
    return subscription;
  }

  const shares = (): number[] => [...owned.values()].map(({ length }) => length).sort((a, b) => a - b);

  it('gives a partition to the next owner when the one before has let go of it, however long that takes', async () => {
    const [log, other] = logs as [KafkaLog, KafkaLog];
    const topic = await freshTopic(log, { partitions: 4 });
    const group = `group-${randomUUID()}`;
    await log.append(topic, placed(40, 4));
    let running = 0;
    let overlaps = 0;
    const handle = async (): Promise<void> => {
      running += 1;
      await sleep(5);
      running -= 1;
    };
    const committed = { group, recordsMax: 1, start: async () => 'committed' as const, handle };
    const [first, second] = [seeing(topic, committed), seeing(topic, committed)];
    // Longer than the group waits for a member that it does not hear of.
    const slowly = async (): Promise<void> => {
      overlaps += running;
      await sleep(4_000);
    };
    await join(log, 'a', first, { onRevoked: slowly });
    await until('a has all', () => shares().join() === '4');
    const had = owned.get('a')!;
    await join(other, 'b', second);
    await until('both have some', () => shares().join() === '2,2');
    expect(told.slice(0, 2)).toEqual(['a has 0,1,2,3', 'a has none']);
    expect(told.slice(2).sort()).toEqual([expect.stringMatching(/^a has/), expect.stringMatching(/^b has/)]);
    expect(overlaps).toBe(0);
    expect([...owned.values()].flat().sort((x, y) => x - y)).toEqual(had);
    const seen = (): number => new Set([...first.records, ...second.records].map(({ value }) => value)).size;
    await until('all is handled', () => seen() >= 40);
    const handled = [...first.records, ...second.records].map(({ value }) => value);
    // At least once: what was in hand when the group began anew may come again.
    expect([...new Set(handled)].sort()).toEqual(
      numbered(40)
        .map(({ value }) => value)
        .sort(),
    );
  });

  it('moves as little as it must, and gives back what a member has the data of', async () => {
    const [log, other] = logs as [KafkaLog, KafkaLog];
    const topic = await freshTopic(log, { partitions: 6 });
    const group = `group-${randomUUID()}`;
    const own = { group, start: async () => 0 };
    const preferred = [1, 3, 5].map((partition) => ({ topic, partition }));
    await join(log, 'a', seeing(topic, own));
    await until('a has all', () => shares().join() === '6');
    const b = await join(other, 'b', seeing(topic, own), { prefers: () => preferred });
    await until(
      'b has its own',
      () => owned.get('b')?.join() === '1,3,5' && owned.get('a')?.join() === '0,2,4',
    );
    await join(log, 'c', seeing(topic, own));
    await until('three share', () => shares().join() === '2,2,2');
    expect([0, 2, 4]).toEqual(expect.arrayContaining(owned.get('a')!));
    expect([1, 3, 5]).toEqual(expect.arrayContaining(owned.get('b')!));
    await b.stop();
    await until('two share', () => shares().join() === '3,3');
    await join(other, 'b', seeing(topic, own), { prefers: () => preferred });
    await until('three share again', () => shares().join() === '2,2,2');
    expect([1, 3, 5]).toEqual(expect.arrayContaining(owned.get('b')!));
  });

  it('does not let a slow partition hold up the others', async () => {
    const [log] = logs as [KafkaLog];
    const topic = await freshTopic(log, { partitions: 2 });
    await log.append(topic, placed(20, 2));
    const seen = seeing(topic, {
      handle: async ({ partition }, { signal }) => {
        if (partition === 0) await aborted(signal);
      },
    });
    const subscription = await join(log, 'a', seen);
    const ofOne = () => seen.records.filter(({ partition }) => partition === 1).length;
    await until('the other is handled', () => ofOne() === 10);
    await log.append(topic, placed(20, 2, 20));
    await until('and what comes later', () => ofOne() === 20);
    expect(subscription.position(topic, 0)).toBe(0);
  });

  it('goes on where a member was killed while the group began anew', async () => {
    const [log] = logs as [KafkaLog];
    const topic = await freshTopic(log, { partitions: 6 });
    const group = `group-${randomUUID()}`;
    const member = startChild(childCommand('../kafka/member', topic, group));
    children.push(member);
    await member.line((line) => line.startsWith('assigned'));
    await log.append(topic, placed(60, 6));
    await until(
      'the child reads',
      () => member.lines.filter((line) => line.startsWith('handled')).length >= 60,
    );
    member.process.stdin!.write('stay\n');
    const seen = seeing(topic, { group, start: async () => 'committed' });
    const joining = join(log, 'a', seen);
    await member.line((line) => line === 'revoking');
    await log.append(topic, placed(60, 6, 60));
    expect(owned.size).toBe(0);
    member.process.kill('SIGKILL');
    await joining;
    await until('all is handled by the one that is left', () => seen.records.length >= 60);
    expect(seen.records.map(({ value }) => value).sort()).toEqual(
      numbered(60, 60)
        .map(({ value }) => value)
        .sort(),
    );
    expect(owned.get('a')).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
