import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubServer } from '@stemma/zoo';
import { startCommand, startStemma, stemmaCommand, type Ended } from './child-process.testing';
import { crashHistory } from './crash-history.testing';
import { readFinalState } from './final-state.testing';
import { outcomeOf, type Outcome } from './outcome.testing';

/**
 * What damage there can be in a data folder, and what `stemma start` makes of it: it goes on where nothing is lost, else it
 * says what is the matter and what to do, ends with an error and touches nothing.
 */
let folder: string;
let hub: HubServer;
/** A data folder in order, of a hub that has changed since. */
let base: string;
/** What it was before. */
let older: string;
/** What becomes of `base` when it is started. */
let expected: Outcome;

interface Damage {
  /** What is damaged. */
  readonly name: string;
  readonly damage: (data: string) => Promise<unknown>;
  /** What is said of it. */
  readonly message: RegExp;
}

const [arrivals, revisions, , returns] = crashHistory(1);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-damage-'));
  process.env.STEMMA_TRANSPILED = join(folder, 'transpiled');
  await mkdir(process.env.STEMMA_TRANSPILED);
  hub = await HubServer.start();
  [base, older] = [join(folder, 'base'), join(folder, 'older')];
  arrivals!.apply(hub);
  await started(base);
  await cp(base, older, { recursive: true });
  revisions!.apply(hub);
  await started(base);
  returns!.apply(hub);
  const whole = await copied('whole');
  await started(whole);
  expected = outcomeOf(await readFinalState(whole));
}, 120_000);

afterAll(async () => {
  delete process.env.STEMMA_TRANSPILED;
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const start = (data: string): Promise<Ended> =>
  startCommand([...stemmaCommand(hub.url, data), '--once']).ended;

/** Returns what was printed. */
async function started(data: string): Promise<string> {
  const { by, output } = await start(data);
  if (by !== 0) throw new Error(`expected a good end, it ended by ${by}:\n${output}`);
  return output;
}

async function copied(name: string): Promise<string> {
  const data = join(folder, name.replace(/\W+/g, '-'));
  await cp(base, data, { recursive: true });
  return data;
}

const [PUBLISHED, SKETCHED, CHANGED] = ['model.published', 'model.sketched', 'lineage.changed'].map(
  (topic) => `log/stemma.${topic}.v1/0/0000000000000000.log`,
) as [string, string, string];
const SKETCHES = 'index/sketches/000001.sketches';
const DATABASE = 'index/stemma.duckdb';
const WRITE_AHEAD_LOG = 'index/stemma.duckdb.wal';
const SNAPSHOT = 'index/snapshot';

/** Runs until all is done, and dies before it folds the database's write-ahead log into its file. */
async function diesUnfolded(data: string): Promise<void> {
  const crash = { STEMMA_CRASH: 'store:closing#1', STEMMA_WAL_BYTES: '100000000' };
  expect((await startStemma(hub.url, data, crash).ended).by).toBe('SIGKILL');
}

/** Turns the bits of some bytes around. */
async function flip(path: string, places: Iterable<number>): Promise<void> {
  const bytes = await readFile(path);
  for (const place of places) bytes[place]! ^= 0xff;
  await writeFile(path, bytes);
}

/** Some bytes from `first` on, one in `step`. */
async function sprinkled(path: string, first: number, step: number): Promise<number[]> {
  const { size } = await stat(path);
  return Array.from({ length: Math.ceil((size - first) / step) }, (_, at) => first + at * step);
}

/** Digests of all files, without those that say who has the folder. */
async function digests(data: string): Promise<Map<string, string>> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.lock'))
    .map(({ parentPath, name }) => join(parentPath, name));
  const pairs = paths.sort().map(async (path) => {
    const digest = createHash('sha256').update(await readFile(path));
    return [path, digest.digest('hex')] as const;
  });
  return new Map(await Promise.all(pairs));
}

describe('goes on, since nothing is lost, after damage of', () => {
  const damages: readonly Damage[] = [
    {
      name: 'writes that were cut short',
      damage: async (data) => {
        for (const path of [PUBLISHED, SKETCHED, CHANGED]) {
          const bytes = await readFile(join(data, path));
          await writeFile(join(data, path), Buffer.concat([bytes, bytes.subarray(8, 50)]));
        }
      },
      message: /\.log ended in a write that was not finished: 42 B were cut off\./,
    },
    {
      name: 'the snapshot',
      damage: async (data) => {
        for (const name of await readdir(join(data, SNAPSHOT)))
          if (name.endsWith('.bin')) await flip(join(data, SNAPSHOT, name), [40]);
      },
      message: /built from the store \(\w+-\d+\.bin is not what was written\)/,
    },
    {
      name: 'the list of the snapshot',
      damage: (data) => truncate(join(data, SNAPSHOT, 'manifest.json'), 60),
      message: /built from the store \(the manifest cannot be read\)/,
    },
    {
      name: 'the watermark',
      damage: (data) => writeFile(join(data, 'watermark.json'), '{'),
      message: /✓ \d+ models/,
    },
  ];

  it.each(damages)(
    '$name',
    async ({ name, damage, message }) => {
      const data = await copied(name);
      await damage(data);
      expect(await started(data)).toMatch(message);
      expect(outcomeOf(await readFinalState(data))).toEqual(expected);
    },
    120_000,
  );
});

describe('says what to do, and touches nothing, after damage of', () => {
  const advice = /restore .* from (a|one) backup, or delete .* and start again/;
  const damages: readonly Damage[] = [
    {
      name: 'a record of the log',
      damage: (data) => flip(join(data, SKETCHED), [3_000]),
      message: /sketched.*damaged at byte \d+: found/,
    },
    {
      name: 'the end of the sketched models',
      damage: async (data) => truncate(join(data, SKETCHED), (await stat(join(older, SKETCHED))).size),
      message: /sketched\.v1 has lost its end: it has \d+ records, \d+ are indexed/,
    },
    {
      name: 'the end of the published models',
      damage: async (data) => truncate(join(data, PUBLISHED), (await stat(join(older, PUBLISHED))).size),
      message: /published\.v1\/0 in .* has lost its end: it has \d+ records, sketcher has read \d+/,
    },
    {
      name: 'the description of a topic',
      damage: (data) => truncate(join(data, 'log/stemma.dead.v1/topic.json'), 9),
      message: /topic\.json is damaged/,
    },
    {
      name: 'a position',
      damage: (data) => writeFile(join(data, 'log/.groups/sketcher.json'), 'x'),
      message: /sketcher\.json is damaged/,
    },
    {
      name: 'the end of the sketches',
      damage: (data) => truncate(join(data, SKETCHES), 100_000),
      message: /000001\.sketches is damaged \(it has 100000 bytes/,
    },
    {
      name: 'the database',
      damage: async (data) =>
        flip(join(data, DATABASE), await sprinkled(join(data, DATABASE), 12_388, 262_144)),
      message: /stemma\.duckdb is damaged \(.*[Cc]orrupt/,
    },
    {
      name: 'what the database has not folded into its file',
      damage: async (data) => {
        await diesUnfolded(data);
        await flip(join(data, WRITE_AHEAD_LOG), [20_000]);
      },
      message: /stemma\.duckdb is damaged \(.*replaying WAL/,
    },
  ];

  it.each(damages)(
    '$name',
    async ({ name, damage, message }) => {
      const data = await copied(name);
      await damage(data);
      const before = await digests(data);
      const { by, output } = await start(data);
      expect(output).toMatch(message);
      expect(output).toMatch(advice);
      expect(by).toBeGreaterThan(0);
      expect(await digests(data)).toEqual(before);
    },
    120_000,
  );

  it('the sketches, of which nobody knows until they are read', async () => {
    const data = await copied('sketches');
    const places = await sprinkled(join(data, SKETCHES), 2_500, 5_000);
    await flip(join(data, SKETCHES), places);
    const { by, output } = await start(data);
    expect(output).toMatch(/000001\.sketches is damaged \(the sketch at \d+ is not what was written\)/);
    expect(output).toMatch(advice);
    expect(by).toBeGreaterThan(0);
    await flip(join(data, SKETCHES), places);
    await started(data);
    expect(outcomeOf(await readFinalState(data))).toEqual(expected);
  }, 120_000);
});

it('does again what the database has lost, without telling it again', async () => {
  const data = await copied('lost commits');
  await diesUnfolded(data);
  const { size } = await stat(join(data, WRITE_AHEAD_LOG));
  await truncate(join(data, WRITE_AHEAD_LOG), Math.floor(size / 2));
  await started(data);
  expect(outcomeOf(await readFinalState(data))).toEqual(expected);
}, 120_000);

it('builds an index that was deleted anew from the log, and tells nothing again', async () => {
  const data = await copied('rebuilt');
  await rm(join(data, 'index'), { recursive: true });
  await started(data);
  expect(outcomeOf(await readFinalState(data))).toEqual(expected);
}, 120_000);

it('takes up an index from an older backup where the feed stands', async () => {
  const data = await copied('older index');
  await rm(join(data, 'index'), { recursive: true });
  await cp(join(older, 'index'), join(data, 'index'), { recursive: true });
  await started(data);
  expect(outcomeOf(await readFinalState(data))).toEqual(expected);
}, 120_000);

it('leaves a data folder to the process that has it', async () => {
  const data = await copied('shared');
  const first = startCommand(stemmaCommand(hub.url, data));
  await first.begun;
  const { by, output } = await start(data);
  expect(output).toMatch(/the log in .* is in use by process \d+: stop it first/);
  expect(by).toBeGreaterThan(0);
  first.kill();
  expect((await first.ended).by).toBe('SIGKILL');
  await started(data);
  expect(outcomeOf(await readFinalState(data))).toEqual(expected);
}, 120_000);

describe('a full disk', () => {
  const own = ['-U', '-r', '-m', 'sh', '-ec'];
  const canMount = spawnSync('unshare', [...own, 'mount -t tmpfs none /mnt']).status === 0;
  const how = canMount
    ? ''
    : ' (skipped: needs user namespaces: as root, or with kernel.unprivileged_userns_clone=1)';

  /** Fills a disk but for some bytes, lets it start, makes room when it has said that it waits, and takes the folder out. */
  const script = `
    mount -t tmpfs -o size=48m none "$DISK"
    cp -a "$BASE" "$DISK/data"
    head -c 100m /dev/zero > "$DISK/ballast" 2> /dev/null || true
    truncate -s -"$FREE" "$DISK/ballast"
    "$@" > "$OUTPUT" 2>&1 & process=$!
    until grep -q "$WAITS" "$OUTPUT" || ! kill -0 $process 2> /dev/null; do sleep 0.05; done
    rm "$DISK/ballast"
    code=0; wait $process || code=$?
    cp -a "$DISK/data" "$COPY"
    exit $code`;

  (canMount ? it : it.skip).each([
    ['waits for room in the log, and goes on', 20_000, 'Trying again in', 0],
    ['waits for room beside the log, and goes on', 92_000, 'Trying again in', 0],
    ['waits for room in the index, and goes on', 120_000, 'Trying again in', 0],
    ['says so where it cannot even begin', 0, 'cannot be found in any output', 69],
  ])(
    `%s${how}`,
    async (name, free, waits, code) => {
      const place = join(folder, name.replace(/\W+/g, '-'));
      const [DISK, COPY, OUTPUT] = [join(place, 'disk'), join(place, 'copy'), join(place, 'output')];
      await mkdir(DISK, { recursive: true });
      const stemma = [...stemmaCommand(hub.url, join(DISK, 'data')), '--once'];
      const env = { DISK, COPY, OUTPUT, BASE: base, FREE: String(free), WAITS: waits };
      const outside = await startCommand(['unshare', ...own, script, 'sh', ...stemma], env).ended;
      const output = await readFile(OUTPUT, 'utf8');
      expect({ by: outside.by, output }).toEqual({ by: code, output });
      expect(output).toMatch(/ENOSPC: no space left|is full: make room/);
      await started(COPY);
      expect(outcomeOf(await readFinalState(COPY))).toEqual(expected);
    },
    120_000,
  );
});
