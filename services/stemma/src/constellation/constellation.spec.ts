import { runConstellation, type ConstellationOptions } from './constellation';
import { constellationOf, SERVICES } from './members';

let lines: string[];
let stopping: AbortController;
beforeEach(() => {
  lines = [];
  stopping = new AbortController();
});

/** A process that runs some JavaScript. */
const member = (name: string, script: string) => ({
  name,
  prefix: `${name}: `,
  command: [process.execPath, '-e', script] as const,
  env: process.env,
});

const run = (
  members: ConstellationOptions['members'],
  options: Partial<ConstellationOptions> = {},
): Promise<number> =>
  runConstellation({ members, write: (line) => lines.push(line), backoffMs: 1, ...options }, stopping.signal);

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const said = (text: string): boolean => lines.some((line) => line.includes(text));

const STAYS = `process.on('SIGTERM', () => { console.log('bye'); process.exit(0); }); setInterval(() => {}, 1000); console.log('up');`;

it('puts the name before every line, and stops all when it is told to', async () => {
  const done = run([member('one', STAYS), member('two', STAYS)]);
  await until(() => said('one: up') && said('two: up'));
  stopping.abort();
  expect(await done).toBe(0);
  expect(lines.filter((line) => line.endsWith('bye')).sort()).toEqual(['one: bye', 'two: bye']);
});

it('starts again what ended, until it has ended too often: then it stops the others and ends the same way', async () => {
  const dies = `console.error('away'); process.exit(69);`;
  expect(await run([member('one', STAYS), member('two', dies)], { startsMax: 3 })).toBe(69);
  expect(lines.filter((line) => line === 'two: away')).toHaveLength(3);
  expect(said('two: ended with status 69; it is started again in 0.001 s')).toBe(true);
  expect(said('two: ended with status 69; all stop')).toBe(true);
});

it('does not start again what a person must mend', async () => {
  expect(await run([member('one', STAYS), member('two', 'process.exit(2)')])).toBe(2);
  expect(said('two: ended with status 2; all stop')).toBe(true);
});

it('takes a member that ended well for one that ended too early', async () => {
  expect(await run([member('one', '')], { startsMax: 2 })).toBe(70);
});

it('kills what does not stop', async () => {
  const stuck = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up');`;
  const done = run([member('one', stuck)], { stopMsMax: 50 });
  await until(() => said('up'));
  stopping.abort();
  expect(await done).toBe(0);
  expect(said('one: does not stop and is killed')).toBe(true);
});

describe('constellationOf', () => {
  const env = { STEMMA_KAFKA_BROKERS: 'localhost:9092', STEMMA_HUB: 'zoo', STEMMA_DATA: '/data' };
  const portsOf = (more: object): unknown[] =>
    constellationOf({ ...env, ...more }, (name) => [name]).map((one) => one.env.STEMMA_HEALTH_PORT);

  it('is the four services, each with a port of its own for its health', () => {
    expect(SERVICES.map(({ name }) => name)).toEqual(['watcher', 'sketcher', 'indexer', 'query']);
    expect(portsOf({})).toEqual(['4281', '4282', '4283', '4284']);
    expect(portsOf({ STEMMA_HEALTH_PORT: '9000' })).toEqual(['9000', '9001', '9002', '9003']);
    expect(portsOf({ STEMMA_HEALTH_PORT: '0' })).toEqual(['0', '0', '0', '0']);
  });

  it('says once what any of them would object to', () => {
    expect(() => constellationOf({ STEMMA_PORT: 'x', STEMMA_READ_BYTES: '1' }, (name) => [name])).toThrow(
      /^STEMMA_KAFKA_BROKERS is missing[^]*\nSTEMMA_HUB is missing[^]*\nSTEMMA_DATA is missing[^]*\nSTEMMA_READ_BYTES is "1"[^]*\nSTEMMA_PORT is "x"[^]*$/,
    );
  });
});
