import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import type {
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
import { ADVICE_ON_DAMAGE, EventLogError, notNow } from '../event-log-error';
import { checkConsumer, checkSpec, noPartition, noTopic, topicDiffers } from '../log-rules';
import { partitionOf } from '../contracts/partition';
import { cleanUp } from './clean-up';
import { Cursor } from './cursor';
import { ignoreMissing, replaceFile, syncFolder } from './durable-file';
import { ExclusiveWriter } from './exclusive-writer';
import { FolderLock } from './folder-lock';
import { GroupPositions } from './group-positions';
import { Partition } from './partition';
import { PartitionAppender, type AppenderLimits } from './partition-appender';
import type { Repair } from './segment';
import { EmbeddedSubscription } from './subscription';

export interface EmbeddedLogOptions extends Partial<AppenderLimits> {
  /** Clock of the records, ms since 1970. */
  readonly now?: () => number;
  /** Told of every torn tail that was cut off at start: bytes that were never acknowledged. */
  readonly onRepair?: (repair: Repair) => void;
}

const LIMITS: AppenderLimits = {
  segmentBytes: 64 * 1024 * 1024,
  recordBytesMax: 1024 * 1024,
  queueBytesMax: 64 * 1024 * 1024,
  writeBytesMax: 8 * 1024 * 1024,
};
const SEGMENT_BYTES_MIN = 1024;
/** What `read` gives at a time. */
const READ = { recordsMax: 1_000, bytesMax: 4 * 1024 * 1024 };

interface Topic {
  readonly spec: TopicSpec;
  readonly appenders: readonly PartitionAppender[];
}

/**
 * The event log without a broker (DESIGN 4.2), for one process at a time:
 *
 *     <folder>/<topic>/topic.json                       its spec; written last, so a topic is there whole or not at all
 *     <folder>/<topic>/<partition>/<base position>.log  segments (`segment.ts`, `frame.ts`)
 *     <folder>/.groups/<group>.json                     committed positions
 *     <folder>/.lock.<n>                                who has it (`folder-lock.ts`)
 */
export class EmbeddedLog implements EventLog {
  readonly #topics = new Map<string, Topic>();
  readonly #subscriptions = new Map<Subscription, Consumer>();
  readonly #writers = new Map<PartitionAppender, ExclusiveWriter>();
  readonly #limits: AppenderLimits;
  readonly #now: () => number;
  readonly #onRepair: EmbeddedLogOptions['onRepair'];
  #closing: Promise<void> | null = null;
  /** Later than `#closing`: handlers that are being waited for may still append. */
  #closed = false;
  /** Topics are made, and cleaned up, one after another. */
  #changing: Promise<void> = Promise.resolve();

  private constructor(
    readonly folder: string,
    private readonly lock: FolderLock,
    private readonly groups: GroupPositions,
    { now, onRepair, ...limits }: EmbeddedLogOptions,
  ) {
    this.#limits = { ...LIMITS, ...limits };
    this.#now = now ?? Date.now;
    this.#onRepair = onRepair;
    const { segmentBytes } = this.#limits;
    assert(segmentBytes >= SEGMENT_BYTES_MIN, `expected segmentBytes >= 1024, found ${segmentBytes}`);
  }

  /**
   * Opens the log in `folder`, which is made if it is missing; refuses one that another process has open, or
   * damage.
   */
  static async open(folder: string, options: EmbeddedLogOptions = {}): Promise<EmbeddedLog> {
    let lock: FolderLock | undefined;
    let log: EmbeddedLog | undefined;
    try {
      await mkdir(folder, { recursive: true });
      lock = await FolderLock.take(folder);
      log = new EmbeddedLog(folder, lock, await GroupPositions.open(`${folder}/.groups`), options);
      await log.#load();
      return log;
    } catch (error) {
      await (log?.close() ?? lock?.release());
      throw notNow(error, `the log in ${folder} could not be opened`);
    }
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#change(async () => {
      for (const spec of specs) await this.#ensure(spec);
    });
  }

  async partitions(topic: string): Promise<number> {
    return this.#topic(topic).appenders.length;
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    const { appenders } = this.#topic(topic);
    const byAppender = new Map<PartitionAppender, { records: NewRecord[]; places: number[] }>();
    records.forEach((record, place) => {
      const appender = this.#appender(topic, record.partition ?? partitionOf(record.key, appenders.length));
      const group = byAppender.get(appender) ?? { records: [], places: [] };
      group.records.push(record);
      group.places.push(place);
      byAppender.set(appender, group);
    });
    for (const [appender, group] of byAppender) {
      const refusal = appender.refusal(group.records);
      if (refusal !== null) throw refusal;
    }
    const positions = new Array<Position>(records.length);
    const writes = [...byAppender].map(async ([appender, group]) => {
      const first = await appender.append(group.records);
      const { partition } = appender.partition.name;
      group.places.forEach((place, i) => (positions[place] = { partition, position: first + i }));
    });
    const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return positions;
  }

  async openWriter(topic: string, partition: number): Promise<PartitionWriter> {
    const appender = this.#appender(topic, partition);
    const before = this.#writers.get(appender);
    const writer = new ExclusiveWriter(appender, before, () => this.#refuse(this.#closed));
    this.#writers.set(appender, writer);
    await writer.opened;
    return writer;
  }

  async *read(topic: string, partition: number, from: number): AsyncGenerator<LogRecord[]> {
    const { partition: read } = this.#appender(topic, partition);
    const { high } = read.bounds;
    const cursor = new Cursor(read, from);
    try {
      for (;;) {
        const records = await cursor.read(READ.recordsMax, READ.bytesMax);
        const wanted = records.filter(({ position }) => position < high);
        if (wanted.length > 0) yield wanted;
        if (records.length === 0 || cursor.position >= high) return;
      }
    } finally {
      await cursor.close();
    }
  }

  async consume(consumer: Consumer): Promise<Subscription> {
    this.#refuse(this.#closing !== null);
    checkConsumer(consumer);
    const partitions = [...new Set(consumer.topics)].flatMap((topic) =>
      this.#topic(topic).appenders.map((appender) => appender.partition),
    );
    for (const { group, topics } of this.#subscriptions.values()) {
      const topic = topics.find((name) => group === consumer.group && consumer.topics.includes(name));
      if (topic === undefined) continue;
      throw new EventLogError('group-busy', `group ${group} is reading ${topic} already`);
    }
    const ended = (): unknown => this.#subscriptions.delete(subscription);
    const subscription: Subscription = new EmbeddedSubscription(consumer, partitions, this.groups, ended);
    this.#subscriptions.set(subscription, consumer);
    return subscription;
  }

  async committed(group: string, topic: string, partition: number): Promise<number | null> {
    return this.groups.committed(group, topic, partition) ?? null;
  }

  async bounds(topic: string, partition: number): Promise<Bounds> {
    return this.#appender(topic, partition).partition.bounds;
  }

  /**
   * Applies retention and compaction to all topics. Reading and appending go on meanwhile; call it now and
   * then.
   */
  async maintain(): Promise<void> {
    await this.#change(async () => {
      for (const { spec, appenders } of this.#topics.values()) {
        for (const { partition } of appenders) await cleanUp(partition, spec, this.#now());
      }
    });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#subscriptions.keys()].map((subscription) => subscription.stop()));
    this.#closed = true;
    await this.#changing;
    try {
      await closeAll([...this.#topics.values()].flatMap(({ appenders }) => appenders));
    } finally {
      await this.lock.release();
    }
  }

  async #load(): Promise<void> {
    for (const name of (await readdir(this.folder)).sort()) {
      const path = `${this.folder}/${name}/topic.json`;
      const text = name.startsWith('.') ? undefined : await readFile(path, 'utf8').catch(ignoreMissing);
      if (text === undefined) continue;
      const spec = parseSpec(path, text);
      this.#topics.set(spec.name, { spec, appenders: await this.#openAppenders(spec) });
    }
    this.#refuseLoss();
  }

  /**
   * A group that has read more than there is: the end of a partition is lost. Left alone, new records would take the places
   * of those that it has read, and it would pass over them.
   */
  #refuseLoss(): void {
    const highs = new Map<string, number>();
    for (const { spec, appenders } of this.#topics.values())
      for (const { partition } of appenders)
        highs.set(`${spec.name}/${partition.name.partition}`, partition.high);
    for (const { group, place, position } of this.groups.all()) {
      const high = highs.get(place) ?? position;
      if (position <= high) continue;
      const loss = `${place} in ${this.folder} has lost its end: it has ${high} records, ${group} has read ${position}`;
      throw new EventLogError('corrupt', `${loss}; ${ADVICE_ON_DAMAGE}`);
    }
  }

  async #ensure(spec: TopicSpec): Promise<void> {
    checkSpec(spec);
    const known = this.#topics.get(spec.name);
    if (known !== undefined) refuseDifference(known.spec, spec);
    if (JSON.stringify(known?.spec) === JSON.stringify(spec)) return;
    const appenders = known?.appenders ?? (await this.#openAppenders(spec));
    try {
      await replaceFile(`${this.folder}/${spec.name}`, 'topic.json', JSON.stringify(spec));
      await syncFolder(this.folder);
    } catch (error) {
      if (known === undefined) await closeAll(appenders);
      throw error;
    }
    this.#topics.set(spec.name, { spec, appenders });
  }

  async #openAppenders(spec: TopicSpec): Promise<PartitionAppender[]> {
    const appenders: PartitionAppender[] = [];
    try {
      for (let number = 0; number < spec.partitions; number += 1) {
        const name = { topic: spec.name, partition: number };
        const folder = `${this.folder}/${spec.name}/${number}`;
        const partition = await Partition.open(folder, name, spec.cleanup === 'compact');
        if (partition.repair !== null) this.#onRepair?.(partition.repair);
        appenders.push(new PartitionAppender(partition, this.#limits, this.#now));
      }
      return appenders;
    } catch (error) {
      await closeAll(appenders);
      throw error;
    }
  }

  async #change(work: () => Promise<void>): Promise<void> {
    this.#refuse(this.#closing !== null);
    const change = this.#changing.then(work).catch((error: unknown) => {
      throw notNow(error, `the log in ${this.folder} could not be changed`);
    });
    this.#changing = change.catch(() => undefined);
    await change;
  }

  #topic(name: string): Topic {
    this.#refuse(this.#closed);
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    throw noTopic(name);
  }

  #appender(topic: string, partition: number): PartitionAppender {
    const appender = this.#topic(topic).appenders[partition];
    if (appender !== undefined) return appender;
    throw noPartition(topic, partition);
  }

  #refuse(closed: boolean): void {
    if (closed) throw new EventLogError('closed', `the log in ${this.folder} is closed`);
  }
}

async function closeAll(appenders: readonly PartitionAppender[]): Promise<void> {
  await Promise.all(appenders.map((appender) => appender.close()));
}

function refuseDifference(known: TopicSpec, spec: TopicSpec): void {
  if (known.partitions === spec.partitions && known.cleanup === spec.cleanup) return;
  const is = `${known.partitions} partitions and clean-up ${known.cleanup}`;
  throw topicDiffers(spec.name, is, `${spec.partitions} and ${spec.cleanup}`);
}

function parseSpec(path: string, text: string): TopicSpec {
  try {
    const spec = JSON.parse(text) as TopicSpec;
    checkSpec(spec);
    return spec;
  } catch (error) {
    const damage = `${path} is damaged: ${(error as Error).message}`;
    throw new EventLogError('corrupt', `${damage}; ${ADVICE_ON_DAMAGE}`, { cause: error });
  }
}
