import assert from 'node:assert/strict';
import type { Consumer, TopicSpec } from './event-log';
import { EventLogError } from './event-log-error';

const PARTITIONS_MAX = 1024;

/** What every log asks of a topic's spec. */
export function checkSpec({ name, partitions, cleanup }: TopicSpec): void {
  assert.match(name, /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,248}$/, `a topic's name, found ${name}`);
  assert(
    Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX,
    `${name}: expected 1 to ${PARTITIONS_MAX} partitions, found ${partitions}`,
  );
  assert(['delete', 'compact', 'keep'].includes(cleanup), `${name}: expected a clean-up, found ${cleanup}`);
}

/** What every log asks of a consumer. */
export function checkConsumer({ group, recordsMax, bytesMax }: Consumer): void {
  assert.match(group, /^[A-Za-z0-9._-]{1,96}$/, `a group's name, found ${group}`);
  assert(recordsMax >= 1 && bytesMax >= 1, 'a batch has room for one record at least');
}

export function checkStart(start: number | 'committed'): void {
  assert(
    start === 'committed' || Number.isSafeInteger(start),
    `expected a position or 'committed', found ${start}`,
  );
}

export function topicDiffers(name: string, found: string, expected: string): EventLogError {
  return new EventLogError('topic-differs', `${name} has ${found}, not ${expected}`);
}

export function noTopic(topic: string): EventLogError {
  return new EventLogError('unknown-topic', `there is no topic ${topic}: ensureTopics makes it`);
}

export function noPartition(topic: string, partition: number): EventLogError {
  return new EventLogError('unknown-topic', `${topic} has no partition ${partition}`);
}
