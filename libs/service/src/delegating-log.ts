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
} from '@stemma/events';

/** Passes everything on to another log: what decorators of a log extend. */
export class DelegatingLog implements EventLog {
  constructor(protected readonly log: EventLog) {}

  ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.log.ensureTopics(specs);
  }

  partitions(topic: string): Promise<number> {
    return this.log.partitions(topic);
  }

  append(topic: string, records: readonly NewRecord[]): Promise<Position[]> {
    return this.log.append(topic, records);
  }

  openWriter(topic: string, partition: number): Promise<PartitionWriter> {
    return this.log.openWriter(topic, partition);
  }

  read(topic: string, partition: number, from: number): AsyncIterable<readonly LogRecord[]> {
    return this.log.read(topic, partition, from);
  }

  consume(consumer: Consumer): Promise<Subscription> {
    return this.log.consume(consumer);
  }

  bounds(topic: string, partition: number): Promise<Bounds> {
    return this.log.bounds(topic, partition);
  }

  committed(group: string, topic: string, partition: number): Promise<number | null> {
    return this.log.committed(group, topic, partition);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
