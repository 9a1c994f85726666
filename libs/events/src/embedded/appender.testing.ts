import { writeSync } from 'node:fs';
import { randomFrom } from './child.testing';
import { EmbeddedLog } from './embedded-log';

/**
 * A process to be killed. When told to go it opens the log and appends for ever, numbering its records from
 * where the last one stopped; it says what was acknowledged, and what its consumer has handled, at once and
 * unbuffered:
 *
 *     ack <topic> <partition> <position> <key> <number>     handled <partition> <next position>
 */
const [, , folder = '', seed = '0'] = process.argv;
const random = randomFrom(Number(seed));
const say = (line: string): unknown => writeSync(1, `${line}\n`);

async function appendForEver(log: EmbeddedLog, topic: string, writer: number): Promise<never> {
  for (let number = Number(seed) * 1_000_000; ;) {
    const records = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const key = topic === 'keys' ? `${writer}-${Math.floor(random() * 10)}` : `${writer}`;
      const padding = 'x'.repeat(Math.floor(random() ** 4 * 5000));
      return { key, value: `${(number += 1)} ${padding.length} ${padding}`, partition: writer % 2 };
    });
    const positions = await log.append(topic, records);
    for (const [i, { key, value }] of records.entries()) {
      const { partition, position } = positions[i]!;
      say(`ack ${topic} ${partition} ${position} ${key} ${value.split(' ')[0]}`);
    }
  }
}

async function main(): Promise<void> {
  const log = await EmbeddedLog.open(folder, { segmentBytes: 8192 });
  await log.ensureTopics([
    { name: 'all', partitions: 2, cleanup: 'keep' },
    { name: 'keys', partitions: 2, cleanup: 'compact', tombstoneMs: 0 },
  ]);
  const consumer = await log.consume({
    group: 'reader',
    topics: ['all'],
    recordsMax: 10,
    bytesMax: 10_000,
    start: async () => 'committed',
    handle: async ({ partition, records }) =>
      void say(`handled ${partition} ${records.at(-1)!.position + 1}`),
  });
  const compactForEver = async (): Promise<never> => {
    for (;;) {
      await log.maintain();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await Promise.race([
    consumer.done,
    compactForEver(),
    ...[0, 1, 2].flatMap((writer) => [appendForEver(log, 'all', writer), appendForEver(log, 'keys', writer)]),
  ]);
}

say('ready');
process.stdin.once('data', () => void main());
