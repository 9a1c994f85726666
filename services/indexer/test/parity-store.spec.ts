import { pairAt, type CandidatePair, type Change, type ParentRow, type Store } from '@stemma/store';
import { TestIndex } from '../src/test-index.testing';
import { drawHistory } from './draw-history.testing';
import { recordOf, worldOf, type History } from './history.testing';
import { MemoryIndex } from './memory-index.testing';

/** STORE_SEEDS=200 tells the histories 0 to 199 to a real database. */
const seeds = Number(process.env.STORE_SEEDS ?? 16);

interface Tables {
  readonly changes: readonly Omit<Change, 'knownAt'>[];
  readonly parents: readonly ParentRow[];
  readonly candidates: readonly CandidatePair[];
  /** Living models and tombstones. */
  readonly models: readonly unknown[];
}

async function told(history: History, index: MemoryIndex | TestIndex): Promise<MemoryIndex | TestIndex> {
  const world = worldOf(history.world);
  let current = index;
  for (const [at, batch] of history.batches.entries()) {
    if (history.restarts.includes(at)) current = await restarted(current, at % 2 === 0);
    const records = batch.map((event) => recordOf(history.events[event]!, world));
    await (current instanceof MemoryIndex ? current.deliver(records) : current.deliver(...records));
  }
  return current;
}

async function restarted(
  index: MemoryIndex | TestIndex,
  byTables: boolean,
): Promise<MemoryIndex | TestIndex> {
  if (index instanceof TestIndex) {
    if (!byTables) await index.save();
    return index.reopen();
  }
  await index.restart(byTables ? 'tables' : 'snapshot');
  return index;
}

/** In an order of their own: a table has none. */
async function tablesOf(store: Store, changes: readonly Change[]): Promise<Tables> {
  const parents: ParentRow[] = [];
  for await (const rows of store.parents()) parents.push(...rows);
  const candidates: CandidatePair[] = [];
  for await (const columns of store.pairs())
    for (let row = 0; row < columns.count; row++) candidates.push(pairAt(columns, row));
  const models: { readonly label: number }[] = [];
  for await (const rows of store.load())
    for (const { label, repo, sha, state, contentHash } of rows)
      models.push(Object.assign({ label }, { repo, sha, state, contentHash }));
  return {
    changes: asJson(changes.map(({ knownAt: _, ...change }) => change)),
    parents: asJson(parents.sort((x, y) => x.label - y.label)),
    candidates: candidates.sort((x, y) => x.a - y.a || x.b - y.b),
    models: models.sort((x, y) => x.label - y.label),
  };
}

/** JSON columns know no −0. */
const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

it(`writes to a real database what it writes to tables in memory, for seeds 0 to ${seeds - 1}`, async () => {
  let events = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const history = drawHistory(seed);
    const { candidatesMax } = history;
    const memory = (await told(history, await MemoryIndex.open(candidatesMax))) as MemoryIndex;
    const real = (await told(history, await TestIndex.open({ candidatesMax }))) as TestIndex;
    const { store } = real;
    const expected = await tablesOf(memory.store.asStore(), memory.store.changesMade);
    expect({ seed, ...(await tablesOf(store, await store.changes({ after: 0, limit: 1e6 }))) }).toEqual({
      seed,
      ...expected,
    });
    await real.close();
    events += history.events.length;
  }
  console.log(`${seeds} histories of ${events} events told to a real database`);
}, 300_000);
