import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import type { TopicSpec } from '../event-log';
import { KafkaLog } from './kafka-log';
import type { KafkaLogOptions } from './kafka-options';

/** What `deploy/kafka/with-kafka.sh` says of the brokers that it has started. */
export const brokers = (process.env.KAFKA_BROKERS ?? '').split(',').filter((broker) => broker !== '');
export const threeBrokers = brokers.length >= 3;

/** Quick where the defaults are patient: a member that is gone, a group that begins anew. */
export const QUICK: Partial<KafkaLogOptions> = {
  fetchWaitMs: 100,
  heartbeatMs: 300,
  sessionTimeoutMs: 3_000,
  rebalanceTimeoutMs: 10_000,
  patienceMs: 40_000,
};

export function openLog(options: Partial<KafkaLogOptions> = {}): Promise<KafkaLog> {
  return KafkaLog.open({ brokers, clientId: 'stemma-test', ...QUICK, ...options });
}

/** kafkajs as it comes, to show what it does without our rules. */
export function bareClient(): Kafka {
  return new Kafka({
    clientId: 'bare',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 },
  });
}

export async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = bareClient().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Kills, stops and starts single brokers. */
export async function ctl(...args: string[]): Promise<void> {
  await promisify(execFile)(process.env.KAFKA_CTL ?? 'kafka-ctl', args);
}

/** A topic that nobody else has. */
export async function freshTopic(log: KafkaLog, spec: Partial<TopicSpec> = {}): Promise<string> {
  const topic = { name: `test-${randomUUID()}`, partitions: 1, cleanup: 'keep' as const, ...spec };
  await log.ensureTopics([topic]);
  return topic.name;
}

export async function until(
  what: string,
  test: () => boolean | Promise<boolean>,
  waitMs = 30_000,
): Promise<void> {
  for (const end = Date.now() + waitMs; !(await test()); await sleep(25))
    if (Date.now() > end) throw new Error(`not within ${waitMs} ms: ${what}`);
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
