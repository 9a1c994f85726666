import { ConfigResourceTypes } from 'kafkajs';
import { wholeOf } from '../contract-harness.testing';
import { freshTopic, openLog, sleep, until, withAdmin } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

/** Makes the cleaner of the brokers do at once what it otherwise does within days. */
async function hurry(topic: string): Promise<void> {
  const hurried = { 'segment.ms': '300', 'min.cleanable.dirty.ratio': '0.001', 'delete.retention.ms': '0' };
  const fixed = { 'cleanup.policy': 'compact', 'max.message.bytes': '1200000' };
  const configEntries = Object.entries({ ...hurried, ...fixed }).map(([name, value]) => ({ name, value }));
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  await withAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
}

describe('a compacted topic on Kafka', () => {
  let log: KafkaLog;
  beforeAll(async () => void (log = await openLog()));
  afterAll(() => log.close());

  it('keeps the newest record of every key at its position; readers pass the gaps, to the end', async () => {
    const topic = await freshTopic(log, { cleanup: 'compact' });
    await hurry(topic);
    const round = (n: number) =>
      Array.from({ length: 20 }, (_, key) => ({ key: `key-${key}`, value: `${n}` }));
    for (let n = 0; n < 5; n += 1) {
      // Another producer each time: of each the cleaner keeps an empty batch, which knows its last number.
      const other = await openLog();
      await other.append(topic, round(n));
      await other.close();
      await sleep(350);
    }
    await log.append(topic, [{ key: 'key-7', value: '' }]);
    const others = async (): Promise<void> => {
      await sleep(350);
      await log.append(topic, [{ key: `other-${Date.now()}`, value: 'x' }]);
    };
    const count = async (): Promise<number> => (await wholeOf(log, topic)).length;
    await others();
    await others();
    await until('the cleaner has been there', async () => (await count()) <= 20 + 2);
    // A tombstone goes the next time, and there is one only where there is something new.
    await others();
    await until('the cleaner has been there again', async () => (await count()) === 19 + 3);
    const { high } = await log.bounds(topic, 0);
    expect(await log.bounds(topic, 0)).toEqual({ low: 0, high });
    const records = await wholeOf(log, topic);
    const rounds = records.filter(({ key }) => key.startsWith('key'));
    const kept = [...Array(20).keys()].filter((key) => key !== 7);
    expect(rounds.map(({ key, position }) => `${key} at ${position}`)).toEqual(
      kept.map((key) => `key-${key} at ${80 + key}`),
    );
    expect(rounds.every(({ value }) => value === '4')).toBe(true);
    expect((await wholeOf(log, topic, 0, 41))[0]?.position).toBe(80);
    // From the end of the gap that the tombstone has left.
    expect((await wholeOf(log, topic, 0, 100)).map(({ key }) => key.slice(0, 5))).toEqual(
      Array(3).fill('other'),
    );
  }, 60_000);
});
