import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedLog, SKETCHED } from '@stemma/events';
import { HubServer } from '@stemma/zoo';
import { startPipeline, startStemma, type Child, type CrashSettings } from './child-process.testing';
import { CrashDeck, describeDeath, randomFrom, type Death } from './crash-deck.testing';
import { crashFlow, crashHistory, type Phase } from './crash-history.testing';
import { readFinalState, type FinalState } from './final-state.testing';
import { outcomeOf, type Outcome } from './outcome.testing';

/**
 * A real process is killed with SIGKILL, again and again on one data folder, at every point at which it makes something
 * durable and at random moments, while models arrive, change and leave. In the end everything is as if nothing had happened.
 * KILLS= asks for more of it, SEED= for other models, points and moments.
 */
const seed = Number(process.env.SEED ?? 1);
const killsMin = Number(process.env.KILLS ?? 200);
/** What falls to the pipeline alone, and to the whole of `stemma start`; the rest falls while a hub changes. */
const SHARES = { pipeline: 0.86, stemma: 0.1 } as const;
/** Processes at a time. */
const LANES = 2;
/** Databases of this many bytes of log are folded into their file: some often, some at the end. */
const WAL_BYTES = ['20000', '1000000'] as const;
/** Points that must have had their turn. Others a run comes by only now and then, such as the removal of an old file. */
const BOUNDARIES = [
  ...['published-log', 'sketched-log', 'changed-log', 'n.sketches'].flatMap((file) => [
    `${file}:torn`,
    `${file}:syncing`,
    `${file}:synced`,
  ]),
  ...['sketcher', 'watermark', 'manifest'].flatMap((file) => [`${file}:renaming`, `${file}:renamed`]),
  ...['sketches-written', 'applied', 'committed', 'outbox-sent', 'outbox-cleared', 'closing'].map(
    (moment) => `store:${moment}`,
  ),
];
const history = crashHistory(seed);

type Start = (hubUrl: string, dataFolder: string, crash: CrashSettings) => Child;

/** One phase of a run that nobody interrupts: what it comes to, and the points it comes by. */
interface Reference {
  readonly state: FinalState;
  readonly trace: readonly string[];
}

interface SuiteOptions {
  readonly start: Start;
  readonly references: readonly Reference[];
  /** The part of the state that is to be the same. */
  readonly view: (state: FinalState) => object;
  readonly killsMin: number;
  /** Goes on until every point has had its turn. */
  readonly exhaustive: boolean;
  readonly deathsPerPhase: number;
  readonly momentMsMax: number;
}

let folder: string;
const hubs: HubServer[] = [];
let references: Reference[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stemma-crash-'));
  process.env.STEMMA_TRANSPILED = join(folder, 'transpiled');
  await mkdir(process.env.STEMMA_TRANSPILED);
  references = await uninterrupted(startPipeline);
}, 120_000);

afterAll(async () => {
  for (const hub of hubs) await hub.close();
  delete process.env.STEMMA_TRANSPILED;
  await rm(folder, { recursive: true, force: true });
});

async function openHub(): Promise<HubServer> {
  const hub = await HubServer.start();
  hubs.push(hub);
  return hub;
}

async function uninterrupted(start: Start): Promise<Reference[]> {
  const hub = await openHub();
  const [data, traceFile] = [join(folder, start.name, 'data'), join(folder, `${start.name}.trace`)];
  const found: Reference[] = [];
  for (const phase of history) {
    await apply(phase, hub, data);
    await completed(start(hub.url, data, { STEMMA_TRACE: traceFile }));
    const trace = (await readFile(traceFile, 'utf8')).split('\n');
    found.push({ state: await readFinalState(data), trace });
  }
  return found;
}

/** Nobody has the data folder open. */
async function apply(phase: Phase, hub: HubServer, dataFolder: string): Promise<void> {
  phase.apply(hub);
  if (phase.strayRecords === undefined) return;
  const log = await EmbeddedLog.open(join(dataFolder, 'log'));
  await log.append(SKETCHED, phase.strayRecords);
  await log.close();
}

async function completed(child: Child): Promise<void> {
  const { by, output } = await child.ended;
  if (by !== 0) throw new Error(`expected the process to end well, it ended by ${by}:\n${output}`);
}

/** Whether the process died as it should; false where its work was done before. */
async function dies(start: (crash: CrashSettings) => Child, death: Death): Promise<boolean> {
  const child = start(death.at === 'point' ? { STEMMA_CRASH: describeDeath(death) } : {});
  if (death.at === 'moment') {
    await child.begun;
    await Promise.race([sleep(death.afterMs), child.ended]);
    child.kill();
  }
  const { by, output } = await child.ended;
  if (by === 'SIGKILL' || by === 0) return by === 'SIGKILL';
  throw new Error(`expected death by ${describeDeath(death)}, it ended by ${by}:\n${output}`);
}

/** Rounds through the whole history, each on a data folder of its own, until every point has had its turn. */
class Suite {
  readonly deaths: string[] = [];
  readonly deck: CrashDeck;
  readonly #random = randomFrom(seed);
  #rounds = 0;

  constructor(private readonly options: SuiteOptions) {
    const traces = options.references.map(({ trace }) => trace);
    this.deck = new CrashDeck(traces, this.#random);
  }

  async run(): Promise<void> {
    const lane = async (): Promise<void> => {
      while (this.#isNeeded()) await this.#round(this.#rounds++);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.log(`killed ${this.deaths.length} times, at ${new Set(this.deaths).size} points and moments`);
  }

  get #isEnough(): boolean {
    return this.deaths.length >= this.options.killsMin;
  }

  #isNeeded(): boolean {
    return !this.#isEnough || (this.options.exhaustive && this.deck.isOpen);
  }

  async #round(round: number): Promise<void> {
    const { start, references, view } = this.options;
    const hub = await openHub();
    const data = join(folder, `${start.name}-${round}`, 'data');
    const STEMMA_WAL_BYTES = WAL_BYTES[round % WAL_BYTES.length]!;
    const run = (crash: CrashSettings): Child => start(hub.url, data, { ...crash, STEMMA_WAL_BYTES });
    for (const [at, phase] of history.entries()) {
      if (!this.#isNeeded()) break;
      await apply(phase, hub, data);
      const deaths = await this.#play(at, run);
      const place = { seed, round, phase: phase.name, deaths };
      const state = await readFinalState(data).catch((cause: Error) => {
        throw new Error(`${JSON.stringify(place)}: ${cause.message}`, { cause });
      });
      const expected = references[at]!.state;
      expect({ ...place, ...view(state) }).toEqual({ ...place, ...view(expected) });
    }
    await rm(dirname(data), { recursive: true });
  }

  /** Plays a hand until it is over or the work is done, then lets the work be done. Returns the deaths. */
  async #play(phase: number, run: (crash: CrashSettings) => Child): Promise<string[]> {
    const { deathsPerPhase, momentMsMax } = this.options;
    const hand = this.deck.deal(phase, deathsPerPhase, momentMsMax, this.#isEnough);
    const deaths: string[] = [];
    for (const death of hand) {
      if (!(await dies(run, death))) {
        this.deck.survived(death);
        return deaths;
      }
      this.deck.died(death);
      deaths.push(describeDeath(death));
      this.deaths.push(describeDeath(death));
    }
    await completed(run({}));
    return deaths;
  }
}

it('loses nothing, says nothing twice and numbers without a gap, wherever it is killed', async () => {
  const suite = new Suite({
    ...{ start: startPipeline, references, view: (state) => state },
    ...{ killsMin: SHARES.pipeline * killsMin, exhaustive: true, deathsPerPhase: 14, momentMsMax: 300 },
  });
  await suite.run();
  expect(BOUNDARIES.filter((point) => suite.deck.pending.includes(point))).toEqual([]);
}, 900_000);

it('comes to the same as `stemma start`, which cuts its batches anew after every kill', async () => {
  const own = await uninterrupted(startStemma);
  const expected = own.map(({ trace }, at) => ({ trace, state: references[at]!.state }));
  const suite = new Suite({
    ...{ start: startStemma, references: expected, view: outcomeOf },
    ...{ killsMin: SHARES.stemma * killsMin, exhaustive: false, deathsPerPhase: 6, momentMsMax: 800 },
  });
  await suite.run();
  for (const [at, { state }] of own.entries())
    expect(outcomeOf(state)).toEqual(outcomeOf(expected[at]!.state));
}, 900_000);

it('comes to the same while the hub changes under it', async () => {
  const [data, fresh] = [join(folder, 'flow'), join(folder, 'flow-at-once')];
  const random = randomFrom(seed);
  const hub = await openHub();
  const pushes = crashFlow(seed);
  let kills = 0;
  for (let push = pushes.shift(); push !== undefined; push = pushes.shift()) {
    push(hub);
    const child = startPipeline(hub.url, data, { STEMMA_WATCH: 'for ever' });
    await child.begun;
    await sleep(random() * 200);
    pushes.shift()?.(hub);
    await sleep(random() * 400);
    child.kill();
    expect((await child.ended).by).toBe('SIGKILL');
    kills++;
  }
  await completed(startPipeline(hub.url, data, {}));
  await completed(startPipeline(hub.url, fresh, {}));
  const [flown, atOnce] = [outcomeOf(await readFinalState(data)), outcomeOf(await readFinalState(fresh))];
  const models = ({ forest, candidates, told }: Outcome): object => ({ forest, candidates, told });
  expect(models(flown)).toEqual(models(atOnce));
  console.log(`killed ${kills} times while the hub changed`);
}, 300_000);
