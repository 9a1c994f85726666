import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import type { Bounds, Consumer, EventLog, NewRecord, Position, Subscription, TopicSpec } from '../event-log';
import { ADVICE_ON_DAMAGE, EventLogError, notNow } from '../event-log-error';
import { partitionOf } from '../contracts/partition';
import { cleanUp } from './clean-up';
import { ignoreMissing, replaceFile, syncFolder } from './durable-file';
import { FolderLock } from './folder-lock';
import { GroupPositions } from './group-positions';
import { Partition } from './partition';
import { PartitionWriter, type WriterLimits } from './partition-writer';
import type { Repair } from './segment';
import { EmbeddedSubscription } from './subscription';

export interface EmbeddedLogOptions extends Partial<WriterLimits> {
  /** Clock of the records, ms since 1970. */
  readonly now?: () => number;
  /** Told of every torn tail that was cut off at start: bytes that were never acknowledged. */
  readonly onRepair?: (repair: Repair) => void;
}

const LIMITS: WriterLimits = {
  segmentBytes: 64 * 1024 * 1024,
  recordBytesMax: 1024 * 1024,
  queueBytesMax: 64 * 1024 * 1024,
  writeBytesMax: 8 * 1024 * 1024,
};
const SEGMENT_BYTES_MIN = 1024;
const PARTITIONS_MAX = 1024;

interface Topic {
  readonly spec: TopicSpec;
  readonly writers: readonly PartitionWriter[];
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
  readonly #limits: WriterLimits;
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
    return this.#topic(topic).writers.length;
  }

  async append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    const { writers } = this.#topic(topic);
    const byWriter = new Map<PartitionWriter, { records: NewRecord[]; places: number[] }>();
    records.forEach((record, place) => {
      const writer = this.#writer(topic, record.partition ?? partitionOf(record.key, writers.length));
      const group = byWriter.get(writer) ?? { records: [], places: [] };
      group.records.push(record);
      group.places.push(place);
      byWriter.set(writer, group);
    });
    for (const [writer, group] of byWriter) {
      const refusal = writer.refusal(group.records);
      if (refusal !== null) throw refusal;
    }
    const positions = new Array<Position>(records.length);
    const writes = [...byWriter].map(async ([writer, group]) => {
      const first = await writer.append(group.records);
      const { partition } = writer.partition.name;
      group.places.forEach((place, i) => (positions[place] = { partition, position: first + i }));
    });
    const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return positions;
  }

  async consume(consumer: Consumer): Promise<Subscription> {
    this.#refuse(this.#closing !== null);
    assert.match(consumer.group, /^[A-Za-z0-9._-]{1,96}$/, `a group's name, found ${consumer.group}`);
    assert(consumer.recordsMax >= 1 && consumer.bytesMax >= 1, 'a batch has room for one record at least');
    const partitions = [...new Set(consumer.topics)].flatMap((topic) =>
      this.#topic(topic).writers.map((writer) => writer.partition),
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
    return this.#writer(topic, partition).partition.bounds;
  }

  /**
   * Applies retention and compaction to all topics. Reading and appending go on meanwhile; call it now and
   * then.
   */
  async maintain(): Promise<void> {
    await this.#change(async () => {
      for (const { spec, writers } of this.#topics.values()) {
        for (const { partition } of writers) await cleanUp(partition, spec, this.#now());
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
      await closeAll([...this.#topics.values()].flatMap(({ writers }) => writers));
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
      this.#topics.set(spec.name, { spec, writers: await this.#openWriters(spec) });
    }
    this.#refuseLoss();
  }

  /**
   * A group that has read more than there is: the end of a partition is lost. Left alone, new records would take the places
   * of those that it has read, and it would pass over them.
   */
  #refuseLoss(): void {
    const highs = new Map<string, number>();
    for (const { spec, writers } of this.#topics.values())
      for (const { partition } of writers)
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
    const writers = known?.writers ?? (await this.#openWriters(spec));
    try {
      await replaceFile(`${this.folder}/${spec.name}`, 'topic.json', JSON.stringify(spec));
      await syncFolder(this.folder);
    } catch (error) {
      if (known === undefined) await closeAll(writers);
      throw error;
    }
    this.#topics.set(spec.name, { spec, writers });
  }

  async #openWriters(spec: TopicSpec): Promise<PartitionWriter[]> {
    const writers: PartitionWriter[] = [];
    try {
      for (let number = 0; number < spec.partitions; number += 1) {
        const name = { topic: spec.name, partition: number };
        const folder = `${this.folder}/${spec.name}/${number}`;
        const partition = await Partition.open(folder, name, spec.cleanup === 'compact');
        if (partition.repair !== null) this.#onRepair?.(partition.repair);
        writers.push(new PartitionWriter(partition, this.#limits, this.#now));
      }
      return writers;
    } catch (error) {
      await closeAll(writers);
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
    throw new EventLogError('unknown-topic', `there is no topic ${name}: ensureTopics makes it`);
  }

  #writer(topic: string, partition: number): PartitionWriter {
    const writer = this.#topic(topic).writers[partition];
    if (writer !== undefined) return writer;
    throw new EventLogError('unknown-topic', `${topic} has no partition ${partition}`);
  }

  #refuse(closed: boolean): void {
    if (closed) throw new EventLogError('closed', `the log in ${this.folder} is closed`);
  }
}

async function closeAll(writers: readonly PartitionWriter[]): Promise<void> {
  await Promise.all(writers.map((writer) => writer.close()));
}

function refuseDifference(known: TopicSpec, spec: TopicSpec): void {
  if (known.partitions === spec.partitions && known.cleanup === spec.cleanup) return;
  const is = `${known.partitions} partitions and clean-up ${known.cleanup}`;
  throw new EventLogError(
    'topic-differs',
    `${spec.name} has ${is}, not ${spec.partitions} and ${spec.cleanup}`,
  );
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

function checkSpec({ name, partitions, cleanup }: TopicSpec): void {
  assert.match(name, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,248}$/, `a topic's name, found ${name}`);
  assert(
    Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX,
    `${name}: expected 1 to ${PARTITIONS_MAX} partitions, found ${partitions}`,
  );
  assert(['delete', 'compact', 'keep'].includes(cleanup), `${name}: expected a clean-up, found ${cleanup}`);
}
