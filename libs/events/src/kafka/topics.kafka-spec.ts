import { ConfigResourceTypes } from 'kafkajs';
import { topicSpecs } from '../contracts/topics';
import { brokers, freshTopic, openLog, threeBrokers, until, withAdmin } from './kafka.testing';
import type { KafkaLog } from './kafka-log';

const DAY_MS = 86_400_000;

async function configOf(topic: string): Promise<Record<string, string>> {
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
  const found = await withAdmin((admin) => admin.describeConfigs({ includeSynonyms: false, resources }));
  const entries = found.resources[0]!.configEntries;
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

async function setConfig(topic: string, config: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  await withAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
  await isSet(topic, config);
}

/** A setting comes to the brokers one after another, and any of them may be asked. */
async function isSet(topic: string, config: Record<string, string>): Promise<void> {
  const answers: boolean[] = [];
  await until(`${JSON.stringify(config)} is set`, async () => {
    const found = await configOf(topic);
    answers.push(Object.entries(config).every(([name, value]) => found[name] === value));
    return answers.slice(-3).join() === 'true,true,true';
  });
}

describe('topics on Kafka', () => {
  let log: KafkaLog;
  beforeAll(async () => void (log = await openLog()));
  afterAll(() => log.close());

  it('are made with as many copies as there are brokers, up to three, and kept as their spec says', async () => {
    const [deletes, compacts, keeps] = [
      await freshTopic(log, { cleanup: 'delete', retentionMs: 30 * DAY_MS, partitions: 2 }),
      await freshTopic(log, { cleanup: 'compact' }),
      await freshTopic(log, { cleanup: 'keep' }),
    ];
    expect(await configOf(deletes)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': `${30 * DAY_MS}`,
      'retention.bytes': '-1',
    });
    expect(await configOf(compacts)).toMatchObject({
      'cleanup.policy': 'compact',
      'delete.retention.ms': `${DAY_MS}`,
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': threeBrokers ? '2' : '1',
    });
    expect(await configOf(keeps)).toMatchObject({ 'cleanup.policy': 'delete', 'retention.ms': '-1' });
    const { topics } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [deletes] }));
    const copies = topics[0]!.partitions.map(({ replicas }) => replicas.length);
    expect(copies).toEqual(Array(2).fill(Math.min(3, brokers.length)));
  });

  it('take a new retention, and keep what an operator has set', async () => {
    const spec = { name: await freshTopic(log, { cleanup: 'delete', retentionMs: DAY_MS }), partitions: 1 };
    const made = await configOf(spec.name);
    await setConfig(spec.name, {
      'retention.ms': `${DAY_MS}`,
      'segment.ms': '7200000',
      'max.message.bytes': made['max.message.bytes']!,
    });
    await log.ensureTopics([{ ...spec, cleanup: 'delete', retentionMs: 2 * DAY_MS }]);
    await isSet(spec.name, { 'retention.ms': `${2 * DAY_MS}`, 'segment.ms': '7200000' });
  });

  it('are refused where partitions, clean-up or the size of a batch differ', async () => {
    const spec = { name: await freshTopic(log), partitions: 1, cleanup: 'keep' as const };
    const differs = { fault: 'topic-differs', retryable: false };
    await expect(log.ensureTopics([{ ...spec, partitions: 2 }])).rejects.toMatchObject(differs);
    await expect(log.ensureTopics([{ ...spec, cleanup: 'compact' }])).rejects.toMatchObject(differs);
    await setConfig(spec.name, {
      'max.message.bytes': '1000000',
      'retention.ms': '-1',
      'retention.bytes': '-1',
    });
    await expect(log.ensureTopics([spec])).rejects.toMatchObject({
      ...differs,
      message: expect.stringContaining('max.message.bytes 1000000'),
    });
  });

  it('are made once by several who start at the same time', async () => {
    const others = [await openLog(), await openLog()] as const;
    const specs = topicSpecs(3).map((spec) => ({ ...spec, name: `${spec.name}.${Date.now()}` }));
    await Promise.all([log, ...others].map((each) => each.ensureTopics(specs)));
    expect(await others[1].partitions(specs[0]!.name)).toBe(3);
    await Promise.all(others.map((each) => each.close()));
  });

  it('are not looked for for long where no broker is', async () => {
    const before = Date.now();
    const opening = openLog({ brokers: ['127.0.0.1:1'], patienceMs: 1_000 });
    await expect(opening).rejects.toMatchObject({
      name: 'LogUnavailableError',
      retryable: true,
      cause: expect.objectContaining({ name: expect.stringMatching(/^KafkaJS/) }),
    });
    expect(Date.now() - before).toBeLessThan(20_000);
  });
});
