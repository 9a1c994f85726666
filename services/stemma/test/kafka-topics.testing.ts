import { topicSpecs } from '@stemma/events';
import { Kafka, logLevel } from 'kafkajs';

/** All specs of a run have one cluster: what another has left of our topics and groups goes. */
export async function deleteTopics(brokers: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const ours = topicSpecs().map(({ name }) => name);
    const left = async (): Promise<string[]> =>
      (await admin.listTopics()).filter((name) => ours.includes(name));
    const topics = await left();
    if (topics.length > 0) await admin.deleteTopics({ topics });
    while ((await left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { groups } = await admin.listGroups();
    const groupIds = groups.map(({ groupId }) => groupId);
    if (groupIds.length > 0) await admin.deleteGroups(groupIds).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}
