import type { LogRecord } from '../event-log';
import { type Child, childCommand, inFolder, randomFrom, startChild } from './child.testing';
import { Cursor } from './cursor';
import { EmbeddedLog } from './embedded-log';
import { GroupPositions } from './group-positions';
import { Partition } from './partition';

const seed = Number(process.env.SEED ?? 17);
const kills = Number(process.env.KILLS ?? 32);

/**
 * What the children said: `topic/partition` → position → number; topic `keys`: key → newest number; the
 * reader's places.
 */
class Acknowledged {
  readonly records = new Map<string, Map<number, string>>();
  readonly keys = new Map<string, number>();
  readonly handled = new Map<string, number>();

  note(line: string): void {
    const [what, ...words] = line.split(' ');
    if (what === 'handled') this.handled.set(words[0]!, Number(words[1]));
    if (what !== 'ack') return;
    const [topic = '', partition = '', position = '', key = '', number = ''] = words;
    const place = `${topic}/${partition}`;
    this.records.set(
      place,
      (this.records.get(place) ?? new Map<number, string>()).set(Number(position), number),
    );
    if (topic === 'keys') this.keys.set(key, Number(number));
  }
}

async function readAll(folder: string, topic: string, partition: number): Promise<LogRecord[]> {
  const opened = await Partition.open(
    `${folder}/${topic}/${partition}`,
    { topic, partition },
    topic === 'keys',
  );
  const cursor = new Cursor(opened, opened.bounds.low);
  const records: LogRecord[] = [];
  for (
    let batch = await cursor.read(1000, 1 << 20);
    batch.length > 0;
    batch = await cursor.read(1000, 1 << 20)
  ) {
    records.push(...batch);
  }
  await cursor.close();
  await opened.active.handle.close();
  return records;
}

/** Records that are not as the child makes them: `<number> <length> <so many x>`. */
function torn(records: LogRecord[]): LogRecord[] {
  return records.filter(({ value }) => {
    const [, length, padding] = value.split(' ');
    return padding !== 'x'.repeat(Number(length));
  });
}

const numberOf = ({ value }: LogRecord): string => value.split(' ')[0]!;

async function check(folder: string, acknowledged: Acknowledged): Promise<void> {
  const groups = await GroupPositions.open(`${folder}/.groups`);
  for (const partition of [0, 1]) {
    const records = await readAll(folder, 'all', partition);
    const keyed = await readAll(folder, 'keys', partition);
    expect(torn([...records, ...keyed])).toEqual([]);
    expect(records.filter(({ position }, i) => position !== i)).toEqual([]);

    const numbers = records.map(numberOf);
    const places = [...(acknowledged.records.get(`all/${partition}`) ?? [])];
    expect(places.filter(([position, number]) => numbers[position] !== number)).toEqual([]);

    const newest = new Map(keyed.map((record) => [record.key, Number(numberOf(record))]));
    const keys = [...acknowledged.keys].filter(([key]) => Number(key[0]) % 2 === partition);
    expect(keys.filter(([key, number]) => (newest.get(key) ?? -1) < number)).toEqual([]);

    const committed = groups.committed('reader', 'all', partition) ?? 0;
    expect(committed).toBeLessThanOrEqual(acknowledged.handled.get(`${partition}`) ?? 0);
  }
}

it(`a process killed ${kills} times loses nothing that it acknowledged (SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const start = (folder: string, n: number): Child =>
    startChild(childCommand('appender', folder, `${seed + n}`));
  await inFolder(async (folder) => {
    const acknowledged = new Acknowledged();
    let next = start(folder, 0);
    for (let n = 1; n <= kills; n += 1) {
      const child = next;
      next = start(folder, n);
      await child.line((line) => line === 'ready');
      child.process.stdin?.write('go\n');
      if (random() < 0.8) await child.line((line) => line.startsWith('ack'));
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      child.process.kill('SIGKILL');
      expect(await child.ended).toBe('');
      child.lines.forEach((line) => acknowledged.note(line));
      await check(folder, acknowledged);
    }
    next.process.kill('SIGKILL');
    await next.ended;
    expect([...acknowledged.records.values()].reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(
      kills,
    );
    // The lock of the last one killed is passed by.
    await (await EmbeddedLog.open(folder)).close();
  });
}, 120_000);
