import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { partitionOf } from '../contracts/partition';
import type {
  Assignment,
  Bounds,
  Consumer,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionWriter,
  Position,
  Subscription,
  TopicSpec,
} from '../event-log';
import { EventLogError, LogUnavailableError } from '../event-log-error';
import { checkConsumer, noPartition } from '../log-rules';
import { KafkaClient } from './client';
import { COMPRESSION, IdempotentProducer } from './idempotent-producer';
import { inOurWords, patiently } from './kafka-failure';
import { type KafkaLogOptions, type KafkaSettings, settingsOf } from './kafka-options';
import { refuseTooLarge, toMessage, type Unplaced } from './kafka-record';
import { KafkaSubscription, type SubscriptionParts } from './kafka-subscription';
import { KafkaTopics } from './kafka-topics';
import { KafkaWriter } from './kafka-writer';
import { readToEnd } from './read-to-end';
import { SendQueue } from './send-queue';

/** Kafka's answer where a group has no position. */
const NO_POSITION = -1;

/** The event log on Apache Kafka (DESIGN 4.2). What kafkajs does otherwise than one would think is told where it matters. */
export class KafkaLog implements EventLog {
  readonly #subscriptions = new Set<Subscription>();
  readonly #writers = new Set<PartitionWriter>();
  readonly #queues = new Map<string, SendQueue>();
  readonly #producer: IdempotentProducer;
  readonly #topics: KafkaTopics;
  #closing: Promise<void> | null = null;
  /** Later than `#closing`: handlers that are being waited for may still append. */
  #closed = false;

  private constructor(
    private readonly settings: KafkaSettings,
    private readonly client: KafkaClient,
    private readonly admin: Admin,
  ) {
    this.#topics = new KafkaTopics(admin, settings);
    this.#producer = new IdempotentProducer(this.#newClient, COMPRESSION[settings.compression]);
  }

  /** Resolves once a broker has answered; rejects with a `LogUnavailableError` where none does. */
  static async open(options: KafkaLogOptions): Promise<KafkaLog> {
    const settings = settingsOf(options);
    const client = new KafkaClient(settings);
    const admin = client.kafka.admin();
    try {
      await patiently('no broker could be reached', settings.patienceMs, () => admin.connect());
      return new KafkaLog(settings, client, admin);
    } catch (error) {
      await client.release(admin);
      throw error;
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#refuse(this.#closing !== null);
    await this.#topics.ensure(specs);
  }

  async partitions(topic: string): Promise<number> {
    this.#refuse(this.#closed);
    return this.#topics.known(topic) ?? this.#topics.partitions(topic);
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    this.#refuse(this.#closed);
    // Nothing else is awaited before the records are in their queues, so that they stand there in the order of the calls.
    const count = this.#topics.known(topic) ?? (await this.#topics.partitions(topic));
    refuseTooLarge(records, this.settings.recordBytesMax);
    const byPartition = new Map<number, { records: NewRecord[]; places: number[] }>();
    for (const [place, record] of records.entries()) {
      const partition = record.partition ?? partitionOf(record.key, count);
      if (!(partition >= 0 && partition < count)) throw noPartition(topic, partition);
      const group = byPartition.get(partition) ?? { records: [], places: [] };
      group.records.push(record);
      group.places.push(place);
      byPartition.set(partition, group);
    }
    const positions = new Array<Position>(records.length);
    const sends = [...byPartition].map(async ([partition, group]) => {
      const sent = await this.#queue(topic, partition).append(group.records);
      group.places.forEach((place, i) => (positions[place] = { partition, position: sent[i] ?? 0 }));
    });
    const failed = (await Promise.allSettled(sends)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return positions;
  }

  async openWriter(topic: string, partition: number): Promise<PartitionWriter> {
    this.#refuse(this.#closed);
    await this.#topics.checkPartition(topic, partition);
    const bounds = (...place: [string, number]): Promise<Bounds> => this.#bounds(...place);
    const onClosed = (): unknown => this.#writers.delete(writer);
    const parts = { newClient: this.#newClient, settings: this.settings, bounds, onClosed };
    const writer: PartitionWriter = await KafkaWriter.open(topic, partition, parts);
    this.#writers.add(writer);
    return writer;
  }

  async *read(topic: string, partition: number, from: number): AsyncGenerator<readonly LogRecord[]> {
    const { high } = await this.bounds(topic, partition);
    await this.#locate('', { topic, partition }, from);
    if (from === high) return;
    const open = (consumer: Consumer, parts: Partial<SubscriptionParts>): Promise<Subscription> =>
      this.#subscribe(consumer, parts);
    const group = `stemma-read.${randomUUID()}`;
    try {
      yield* readToEnd({ topic, partition, from, high, group, open });
    } finally {
      if (!this.#closed) await this.admin.deleteGroups([group]).catch(() => undefined);
    }
  }

  async consume(consumer: Consumer): Promise<Subscription> {
    this.#refuse(this.#closing !== null);
    checkConsumer(consumer);
    for (const topic of consumer.topics) await this.partitions(topic);
    return this.#subscribe(consumer);
  }

  async bounds(topic: string, partition: number): Promise<Bounds> {
    this.#refuse(this.#closed);
    await this.#topics.checkPartition(topic, partition);
    return this.#bounds(topic, partition);
  }

  async committed(group: string, topic: string, partition: number): Promise<number | null> {
    this.#refuse(this.#closed);
    await this.#topics.checkPartition(topic, partition);
    const what = `the positions of ${group} could not be read`;
    const [found] = await patiently(what, this.settings.patienceMs, () =>
      this.admin.fetchOffsets({ groupId: group, topics: [topic] }),
    );
    const offset = found?.partitions.find((one) => one.partition === partition)?.offset;
    const position = offset === undefined ? NO_POSITION : Number(offset);
    return position === NO_POSITION ? null : position;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    this.#closed = true;
    await Promise.all([...this.#queues.values()].map(({ drained }) => drained));
    await Promise.all([...this.#writers].map((writer) => writer.close()));
    await this.#producer.close();
    await this.client.release(this.admin);
  }

  readonly #newClient = (): KafkaClient => new KafkaClient(this.settings);

  #queue(topic: string, partition: number): SendQueue {
    this.#refuse(this.#closed);
    const name = `${topic}/${partition}`;
    const known = this.#queues.get(name);
    if (known !== undefined) return known;
    const send = async (records: readonly Unplaced[]): Promise<number> => {
      const messages = records.map((record) => toMessage(record, partition));
      return this.#producer.send(topic, messages).catch((error: unknown) => {
        throw inOurWords(error, `${name} could not be written`);
      });
    };
    const queue = new SendQueue(name, this.settings, send);
    this.#queues.set(name, queue);
    return queue;
  }

  async #subscribe(consumer: Consumer, parts: Partial<SubscriptionParts> = {}): Promise<Subscription> {
    // One that could not be opened has ended before there is anything to forget.
    let subscription: Subscription | null = null;
    const onEnded = (): unknown => subscription !== null && this.#subscriptions.delete(subscription);
    subscription = await KafkaSubscription.open(consumer, {
      newClient: this.#newClient,
      settings: this.settings,
      locate: (...where) => this.#locate(...where),
      onEnded,
      ...parts,
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** The client answers a position outside the log by starting at the log's beginning, without a word: look first. */
  async #locate(group: string, assignment: Assignment, start: number | 'committed'): Promise<number> {
    const { topic, partition } = assignment;
    const { low, high } = await this.#bounds(topic, partition);
    const position = start === 'committed' ? ((await this.committed(group, topic, partition)) ?? low) : start;
    if (position >= low && position <= high) return position;
    throw new EventLogError(
      'position-out-of-range',
      `position ${position} of ${topic}/${partition} is outside the log (${low} to ${high}): what it pointed at is gone`,
    );
  }

  /** A broker that has just heard of a topic, or of its leaders, leaves partitions out of its answer: they are not empty. */
  async #bounds(topic: string, partition: number): Promise<Bounds> {
    const what = `the bounds of ${topic}/${partition} could not be read`;
    const { low, high } = await patiently(what, this.settings.patienceMs, async () => {
      const found = await this.admin.fetchTopicOffsets(topic).catch(notKnownYet);
      const own = found.find((one) => one.partition === partition);
      if (own === undefined) throw new LogUnavailableError(`${what}: no broker knows it for now`);
      return own;
    });
    return { low: Number(low), high: Number(high) };
  }

  #refuse(closed: boolean): void {
    if (closed) throw new EventLogError('closed', 'the log is closed');
  }
}

/** kafkajs falls over an answer without any partition. */
function notKnownYet(error: unknown): never {
  if (!(error instanceof TypeError)) throw error;
  throw new LogUnavailableError('no broker knows the partitions of the topic for now', { cause: error });
}
