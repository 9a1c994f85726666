import assert from 'node:assert/strict';
import type { KafkaConfig } from 'kafkajs';

/** What the Kafka client has to say, for whoever logs it; nothing is printed otherwise. */
export interface ClientMessage {
  readonly level: 'error' | 'warn' | 'info';
  readonly namespace: string;
  readonly message: string;
}

export interface KafkaLogOptions {
  /** `host:port`, at least one that is up. */
  readonly brokers: readonly string[];
  /** How brokers' logs and metrics call us. */
  readonly clientId: string;
  readonly ssl?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** How long a call waits for brokers that are away before it rejects with a `LogUnavailableError`; about. */
  readonly patienceMs?: number;
  /** Most bytes of a record, its key and headers included. */
  readonly recordBytesMax?: number;
  /** Most bytes of the records that go to a broker at a time; they are one batch there. At least `recordBytesMax`. */
  readonly batchBytesMax?: number;
  /** Most bytes of appends that wait for one partition. */
  readonly queueBytesMax?: number;
  readonly compression?: 'gzip' | 'none';
  /** How long a group waits for a member that is gone without a word. Brokers want 6 s at least, by default. */
  readonly sessionTimeoutMs?: number;
  readonly heartbeatMs?: number;
  /** How long the others wait for a member to let go of its partitions. */
  readonly rebalanceTimeoutMs?: number;
  /** How long a broker may hold a fetch that finds nothing; joining, leaving and going on after a pause take up to that. */
  readonly fetchWaitMs?: number;
  /** Most bytes fetched from a partition at a time; about twice that is held of each. */
  readonly fetchBytesMax?: number;
  /** After that the broker gives up an append of a `PartitionWriter` whose process is gone. */
  readonly transactionTimeoutMs?: number;
  readonly onClientMessage?: (message: ClientMessage) => void;
}

type Optional = 'ssl' | 'sasl' | 'onClientMessage';
export type KafkaSettings = Required<Omit<KafkaLogOptions, Optional>> & Pick<KafkaLogOptions, Optional>;

const DEFAULTS = {
  patienceMs: 60_000,
  recordBytesMax: 1024 * 1024,
  batchBytesMax: 1024 * 1024,
  queueBytesMax: 64 * 1024 * 1024,
  compression: 'gzip' as const,
  sessionTimeoutMs: 10_000,
  heartbeatMs: 1_000,
  rebalanceTimeoutMs: 60_000,
  fetchWaitMs: 250,
  fetchBytesMax: 1024 * 1024,
  transactionTimeoutMs: 60_000,
};

export function settingsOf(options: KafkaLogOptions): KafkaSettings {
  const settings = { ...DEFAULTS, ...options };
  const { brokers, recordBytesMax, batchBytesMax, heartbeatMs, sessionTimeoutMs } = settings;
  assert(brokers.length > 0, 'at least one broker');
  assert(
    batchBytesMax >= recordBytesMax,
    `a batch of ${batchBytesMax} bytes has room for a record of ${recordBytesMax}`,
  );
  assert(
    heartbeatMs < sessionTimeoutMs,
    `heartbeats every ${heartbeatMs} ms in a session of ${sessionTimeoutMs} ms`,
  );
  return settings;
}
