import { CHANGED, KafkaLog, topicSpecs } from '@stemma/events';
import { Kafka, logLevel } from 'kafkajs';
import { change, recordOf } from '../changes.testing';
import { until } from '../query-service.testing';
import type { Change } from './change-history';
import { Feed } from './feed';
import { ReadModel } from './read-model';

const brokers = (process.env.KAFKA_BROKERS ?? '').split(',');
const PARTITIONS = 12;
const QUICK = { fetchWaitMs: 100, heartbeatMs: 300, sessionTimeoutMs: 3_000, rebalanceTimeoutMs: 10_000 };

/** All specs of a run have one cluster: what another has left of these topics goes. */
async function deleteTopics(): Promise<void> {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const ours = topicSpecs().map(({ name }) => name);
  const left = async (): Promise<string[]> =>
    (await admin.listTopics()).filter((name) => ours.includes(name));
  const topics = await left();
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await until(async () => (await left()).length === 0);
  await admin.disconnect();
}

describe('the read model on a real broker', () => {
  let log: KafkaLog;
  const feeds: Feed[] = [];
  beforeAll(async () => {
    await deleteTopics();
    log = await KafkaLog.open({ brokers, clientId: 'query-spec', ...QUICK });
    await log.ensureTopics(topicSpecs(PARTITIONS));
  }, 120_000);
  afterAll(async () => {
    for (const feed of feeds) await feed.stop();
    await log.close();
  }, 60_000);

  /** As an indexer does: one transaction an append, which leaves a place without a record behind it. */
  async function tell(changes: readonly Change[]): Promise<void> {
    const { partition } = changes[0] as Change;
    const writer = await log.openWriter(CHANGED, partition);
    for (const one of changes) await writer.append([recordOf(one)]);
    await writer.close();
  }

  async function open(group: string): Promise<{ model: ReadModel; feed: Feed }> {
    const model = new ReadModel();
    const feed = new Feed(log, model, { group, recordsMax: 2, bytesMax: 1 << 20, logEndFreshMs: 0 });
    feeds.push(feed);
    const { done } = await feed.start();
    done.catch(() => undefined);
    return { model, feed };
  }

  it('holds every partition, and knows when, though appends leave places without a record', async () => {
    const at = { partition: 7 };
    await tell([change(1, 'a/root', null, at), change(2, 'a/x', 'a/root', at), change(3, 'a/y', 'a/x', at)]);
    await tell([change(1, 'b/root', null, { partition: 3 })]);
    const { model, feed } = await open('query-one');
    expect(feed.caughtUp).toBe(false);
    await until(() => feed.caughtUp);
    expect(feed.unread).toBe(0);
    expect(model.history.end).toEqual([0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0]);
    expect([model.state.models, model.state.trees]).toEqual([4, 2]);
    expect(await feed.isCurrent()).toBe(true);
    await tell([change(4, 'a/z', 'a/y', at)]);
    await until(() => model.state.models === 5);
    await until(() => feed.isCurrent());
  }, 120_000);

  it('is not ready where another reader shares its group, and says how much it misses', async () => {
    const [left, right] = await Promise.all([open('query-shared'), open('query-shared')]);
    // Each partition of the two topics is read by one of them.
    const areShared = (): boolean => left.feed.unread + right.feed.unread === 2 * PARTITIONS;
    await until(() => areShared() && left.feed.unread > 0 && right.feed.unread > 0);
    expect([left.feed.caughtUp, right.feed.caughtUp]).not.toContain(true);
    await right.feed.stop();
    await until(() => left.feed.caughtUp);
    expect(left.model.state.models).toBe(5);
  }, 120_000);
});
