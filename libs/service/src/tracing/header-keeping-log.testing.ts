import type {
  Consumer,
  EventLog,
  Headers,
  LogRecord,
  NewRecord,
  PartitionWriter,
  Position,
  Subscription,
} from '@stemma/events';

/** A log whose records keep their headers, as on Kafka: the embedded log drops them. In memory, for tests. */
export function keepingHeaders(log: EventLog): EventLog {
  const kept = new Map<string, Headers>();
  const keep = (topic: string, records: readonly NewRecord[], positions: readonly Position[]): Position[] => {
    for (const [i, { partition, position }] of positions.entries())
      kept.set(`${topic}/${partition}/${position}`, records[i]?.headers ?? {});
    return [...positions];
  };
  const restored = (record: LogRecord): LogRecord => {
    const headers = kept.get(`${record.topic}/${record.partition}/${record.position}`);
    return headers === undefined ? record : { ...record, headers };
  };
  return {
    ensureTopics: (specs) => log.ensureTopics(specs),
    partitions: (topic) => log.partitions(topic),
    bounds: (topic, partition) => log.bounds(topic, partition),
    committed: (group, topic, partition) => log.committed(group, topic, partition),
    read: (topic, partition, from) => log.read(topic, partition, from),
    close: () => log.close(),
    append: async (topic, records) => keep(topic, records, await log.append(topic, records)),
    async openWriter(topic, partition): Promise<PartitionWriter> {
      const writer = await log.openWriter(topic, partition);
      return {
        append: async (records) => keep(topic, records, await writer.append(records)),
        close: () => writer.close(),
      };
    },
    consume: (consumer: Consumer): Promise<Subscription> =>
      log.consume({
        ...consumer,
        // Appended records are read at once, before the append has resolved here.
        handle: async (batch, context) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          await consumer.handle({ ...batch, records: batch.records.map(restored) }, context);
        },
      }),
  };
}
