import type { KafkaMessage, Message } from 'kafkajs';
import type { Headers, LogRecord, NewRecord } from '../event-log';
import { EventLogError } from '../event-log-error';

/** Most that a record's offset, time and lengths take in a batch. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;
/** Bounds of what others may have put beside a record. */
const HEADERS_MAX = 32;
const HEADER_BYTES_MAX = 4096;

export type Unplaced = Omit<NewRecord, 'partition'>;

/** Bytes of a record before compression, at most. */
export function recordBytes({ key, value, headers = {} }: Unplaced): number {
  const beside = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text) + HEADER_OVERHEAD_BYTES,
    0,
  );
  return Buffer.byteLength(key) + Buffer.byteLength(value) + beside + RECORD_OVERHEAD_BYTES;
}

/**
 * Refuses before anything is sent: a broker's own refusal is of a whole batch, after compression, and above 100 MB it is a broken
 * connection that is tried again for half a minute.
 */
export function refuseTooLarge(records: readonly Unplaced[], recordBytesMax: number): void {
  for (const record of records) {
    const bytes = recordBytes(record);
    if (bytes <= recordBytesMax && Object.keys(record.headers ?? {}).length <= HEADERS_MAX) continue;
    const bound = `a record has at most ${recordBytesMax} bytes and ${HEADERS_MAX} headers`;
    throw new EventLogError('too-large', `${bound}, that of ${record.key.slice(0, 200)} has ${bytes} bytes`);
  }
}

export function toMessage({ key, value, headers }: Unplaced, partition: number): Message {
  // What contract calls an empty value, compaction calls null. A key of null would not be taken by a compacted topic.
  return { partition, key, value: value === '' ? null : value, ...(headers !== undefined && { headers }) };
}

export function toRecord(message: KafkaMessage, topic: string, partition: number): LogRecord {
  const headers = headersOf(message);
  return {
    topic,
    partition,
    position: Number(message.offset),
    key: message.key?.toString() ?? '',
    value: message.value?.toString() ?? '',
    time: Number(message.timestamp),
    ...(headers !== undefined && { headers }),
  };
}

export function messageBytes({ key, value }: KafkaMessage): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES;
}

/** Of a name that comes twice the last one; what is over the bounds is left out, as it is not what the record says. */
function headersOf({ headers = {} }: KafkaMessage): Headers | undefined {
  const entries = Object.entries(headers)
    .slice(0, HEADERS_MAX)
    .flatMap(([name, given]) => {
      const text = [given].flat().at(-1);
      const fits = text !== undefined && text.length <= HEADER_BYTES_MAX;
      return fits ? [[name, text.toString()] as const] : [];
    });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
