import {
  type Admin,
  ConfigResourceTypes,
  ConfigSource,
  type ConfigEntries,
  type ITopicConfig,
} from 'kafkajs';
import type { TopicSpec } from '../event-log';
import { LogUnavailableError } from '../event-log-error';
import { checkSpec, noPartition, noTopic, topicDiffers } from '../log-rules';
import { inOurWords, isUnknownTopic, patiently } from './kafka-failure';
import type { KafkaSettings } from './kafka-options';

const REPLICAS_MAX = 3;
const DAY_MS = 86_400_000;
/** A batch's own header, and what compression adds to what it cannot make smaller. */
const BATCH_MARGIN_BYTES = 64 * 1024;

type Config = Readonly<Record<string, string>>;
interface Setting {
  readonly value: string;
  readonly forTopic: boolean;
}

/** The topics of a cluster: makes them, checks them, remembers how many partitions they have. */
export class KafkaTopics {
  /** Partitions never change, so what has been seen once stays true. */
  readonly #partitions = new Map<string, number>();
  readonly #looking = new Map<string, Promise<number | null>>();

  constructor(
    private readonly admin: Admin,
    private readonly settings: KafkaSettings,
  ) {}

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    specs.forEach(checkSpec);
    const missing: TopicSpec[] = [];
    for (const spec of new Map(specs.map((each) => [each.name, each])).values())
      if ((await this.#find(spec.name)) === null) missing.push(spec);
    if (missing.length > 0) await this.#create(missing);
    for (const spec of specs) await this.#check(spec);
  }

  /** Whoever asks about a topic while it is being looked for gets that answer, in the order of the calls. */
  async partitions(topic: string): Promise<number> {
    const looking = this.#looking.get(topic) ?? this.#find(topic).finally(() => this.#looking.delete(topic));
    this.#looking.set(topic, looking);
    const found = await looking;
    if (found === null) throw noTopic(topic);
    return found;
  }

  /** Number of partitions of a topic that has been seen. */
  known(topic: string): number | undefined {
    return this.#partitions.get(topic);
  }

  async checkPartition(topic: string, partition: number): Promise<void> {
    const count = this.known(topic) ?? (await this.partitions(topic));
    if (!(partition >= 0 && partition < count)) throw noPartition(topic, partition);
  }

  /** Asks for this topic alone: an answer about all of them fails where any of them, of anybody, has something the matter. */
  async #find(topic: string): Promise<number | null> {
    const what = `${topic} could not be looked for`;
    await this.#patiently(what, async () => {
      try {
        const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
        const count = topics[0]?.partitions.length ?? 0;
        if (count > 0) this.#partitions.set(topic, count);
      } catch (error) {
        if (!isUnknownTopic(inOurWords(error, what))) throw error;
      }
    });
    return this.#partitions.get(topic) ?? null;
  }

  async #create(specs: readonly TopicSpec[]): Promise<void> {
    await this.#patiently('topics could not be made', async () => {
      const brokers = (await this.admin.describeCluster()).brokers.length;
      const topics = specs.map((spec) => this.#topicOf(spec, Math.min(REPLICAS_MAX, brokers)));
      // False where somebody else was quicker; what there is then is checked like any other.
      await this.admin.createTopics({ topics, waitForLeaders: false });
    });
    // Not by the client, which takes a broker that has not heard of them yet for one that says no.
    for (const { name } of specs)
      await this.#patiently(`${name} could not be made`, async () => {
        if ((await this.#find(name)) === null) throw new LogUnavailableError(`${name} is not known yet`);
      });
  }

  #topicOf(spec: TopicSpec, replicas: number): ITopicConfig {
    const config = {
      ...retentionOf(spec),
      'cleanup.policy': policyOf(spec),
      // Not the clock of whoever sends, which may be wrong: brokers refuse times that are, and retention goes by them.
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': `${this.#batchBytes}`,
      // With three copies one broker may be away, and what is acknowledged is still in two places.
      'min.insync.replicas': `${replicas >= REPLICAS_MAX ? 2 : 1}`,
    };
    return {
      topic: spec.name,
      numPartitions: spec.partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
    };
  }

  get #batchBytes(): number {
    return Math.max(this.settings.batchBytesMax, this.settings.recordBytesMax) + BATCH_MARGIN_BYTES;
  }

  async #check(spec: TopicSpec): Promise<void> {
    const partitions = await this.partitions(spec.name);
    const settings = await this.#settingsOf(spec.name);
    const found = { partitions, policy: settings.get('cleanup.policy')?.value ?? '' };
    const expected = { partitions: spec.partitions, policy: policyOf(spec) };
    if (found.partitions !== expected.partitions || found.policy !== expected.policy) {
      const inWords = (of: typeof found): string =>
        `${of.partitions} partitions and cleanup.policy ${of.policy}`;
      throw topicDiffers(spec.name, inWords(found), inWords(expected));
    }
    const bytes = Number(settings.get('max.message.bytes')?.value ?? 0);
    if (bytes < this.#batchBytes)
      throw topicDiffers(
        spec.name,
        `max.message.bytes ${bytes}`,
        `${this.#batchBytes}, which our batches need`,
      );
    await this.#setRetention(spec, settings);
  }

  async #setRetention(spec: TopicSpec, settings: ReadonlyMap<string, Setting>): Promise<void> {
    const wanted = Object.entries(retentionOf(spec));
    if (wanted.every(([name, value]) => settings.get(name)?.value === value)) return;
    // The request replaces all that is set for the topic, what an operator has set included.
    const kept = [...settings]
      .filter(([, { forTopic }]) => forTopic)
      .map(([name, { value }]) => [name, value] as const);
    const entries = Object.entries(Object.fromEntries([...kept, ...wanted]));
    await this.#patiently(`the retention of ${spec.name} could not be set`, () =>
      this.admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: spec.name,
            configEntries: entries.map(([name, value]) => ({ name, value })),
          },
        ],
      }),
    );
  }

  async #settingsOf(topic: string): Promise<ReadonlyMap<string, Setting>> {
    const { resources } = await this.#patiently(`the settings of ${topic} could not be read`, () =>
      this.admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
      }),
    );
    const entries: ConfigEntries[] = resources[0]?.configEntries ?? [];
    return new Map(
      entries.map(({ configName, configValue, configSource }) => [
        configName,
        { value: configValue, forTopic: configSource === ConfigSource.TOPIC_CONFIG },
      ]),
    );
  }

  #patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    return patiently(what, this.settings.patienceMs, work);
  }
}

const policyOf = ({ cleanup }: TopicSpec): string => (cleanup === 'compact' ? 'compact' : 'delete');

function retentionOf({ cleanup, retentionMs, retentionBytes, tombstoneMs }: TopicSpec): Config {
  if (cleanup === 'compact') return { 'delete.retention.ms': `${tombstoneMs ?? DAY_MS}` };
  const forever = cleanup === 'keep';
  return {
    'retention.ms': `${forever ? -1 : (retentionMs ?? -1)}`,
    'retention.bytes': `${forever ? -1 : (retentionBytes ?? -1)}`,
  };
}
