import { createInterface } from 'node:readline';
import { openLog, sleep } from './kafka.testing';

/**
 * A member of a group in a process of its own: `member.testing.ts <topic> <group>`. Says `assigned`, `handled`, `revoking`,
 * `revoked`, `lost` and `refused`. Of its standard input it takes `slow` (a handler that only asks the group whether it is
 * still there), `stay` (does not let go of its partitions any more) and `write <partition>` (an append of a writer opened at
 * the start).
 */
const [topic = '', group = ''] = process.argv.slice(2);

const say = (...words: unknown[]): void => console.log(words.join(' '));

async function main(): Promise<void> {
  const log = await openLog();
  const writer = await log.openWriter(topic, 0);
  let slow = false;
  let stays = false;
  createInterface(process.stdin).on('line', (line) => {
    if (line === 'slow') slow = true;
    if (line === 'stay') stays = true;
    if (line !== 'write') return;
    writer.append([{ key: 'zombie', value: 'zombie' }]).then(
      () => say('written'),
      (error: { fault?: string }) => say('refused', error.fault),
    );
  });
  const subscription = await log.consume({
    group,
    topics: [topic],
    recordsMax: 10,
    bytesMax: 1 << 20,
    start: async () => 'committed',
    handle: async ({ partition, records }, { signal, heartbeat }) => {
      if (slow) say('slow', partition);
      while (slow) {
        await heartbeat().catch((error: Error) => {
          say('lost', partition, signal.aborted, error.name);
          throw error;
        });
        await sleep(50);
      }
      for (const { position } of records) say('handled', partition, position);
    },
    onAssigned: async (assignments) => say('assigned', ...assignments.map(({ partition }) => partition)),
    onRevoked: async (assignments) => {
      say('revoking');
      while (stays) await sleep(50);
      say('revoked', ...assignments.map(({ partition }) => partition));
    },
  });
  await subscription.done;
}

void main();
