import assert from 'node:assert/strict';
import type { LogRecord } from '@stemma/events';
import { forestFromScratch } from '../src/from-scratch';
import { liveSet } from '../src/live-set';
import { recordOf, worldOf, type History, type World } from './history.testing';
import { MemoryIndex } from './memory-index.testing';
import { staticOptimum } from './static-optimum.testing';

const worlds = new Map<number, World>();

function worldNumbered(number: number): World {
  const world = worlds.get(number) ?? worldOf(number);
  worlds.set(number, world);
  return world;
}

/** What is wrong with the indexer, by this history; null where nothing is. */
export async function violationOf(history: History): Promise<string | null> {
  try {
    await checkHistory(history);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * Tells a history event by event, in other batches and order, and all at once; the index must be the optimum after every
 * batch, and the same at the end, whatever it was told when.
 */
async function checkHistory({ world, candidatesMax, events, batches, restarts }: History): Promise<void> {
  const records = events.map((event) => recordOf(event, worldNumbered(world)));
  const told = new Set<LogRecord>();
  const inOrder = await MemoryIndex.open(candidatesMax);
  for (const [at, record] of records.entries()) {
    told.add(record);
    await checked(`after event ${at}`, inOrder, [record], told);
  }
  const otherwise = await MemoryIndex.open(candidatesMax);
  const toldOtherwise = new Set<LogRecord>();
  for (const [at, batch] of batches.entries()) {
    if (restarts.includes(at)) await otherwise.restart(at % 2 === 0 ? 'tables' : 'snapshot');
    if (batch.length === 0) continue;
    const some = batch.map((index) => records[index]!);
    for (const record of some) toldOtherwise.add(record);
    await checked(`after batch ${at}`, otherwise, some, toldOtherwise);
  }
  assertSame('in another order', otherwise, inOrder);
  const atOnce = await MemoryIndex.open(candidatesMax);
  await checked('all at once', atOnce, records, told);
  assertSame('all at once', atOnce, inOrder);
}

async function checked(
  when: string,
  index: MemoryIndex,
  batch: readonly LogRecord[],
  told: ReadonlySet<LogRecord>,
): Promise<void> {
  await index.deliver(batch).catch((error: Error) => {
    throw new Error(`${when}: ${error.message}`, { cause: error });
  });
  assertOptimal(when, index);
  assertScratch(when, index, told);
  assert.deepEqual(index.tabled(), index.told(), `${when}: the tables are not what was told`);
}

/** The dynamic forest is the static optimum over the pairs of the candidate table, and can prove it. */
function assertOptimal(when: string, { parts: { index }, store }: MemoryIndex): void {
  assert.deepEqual(index.audit().violations, [], `${when}: the forest has no proof`);
  const optimum = staticOptimum(store, index);
  const forest = new Map([...optimum.keys()].map((label) => [label, index.parentOf(label)]));
  assert.deepEqual(forest, optimum, `${when}: the forest is not the static optimum`);
}

/** What readers are told is what a plain computation over the set of events gives. */
function assertScratch(when: string, index: MemoryIndex, records: ReadonlySet<LogRecord>): void {
  const models = liveSet(records);
  const { parents } = forestFromScratch(models, { candidatesMax: index.candidatesMax });
  const expected = models.map(({ arrival, tombstone }) => {
    const { repo, sha } = arrival.event.data;
    return { repo, sha, state: tombstone ? 'deleted' : 'live', parent: parents.get(repo) };
  });
  const told = [...index.told()].map(([repo, { revision, state, parent }]) => {
    return { repo, sha: revision, state, parent };
  });
  const byRepo = (x: { repo: string }, y: { repo: string }): number => (x.repo < y.repo ? -1 : 1);
  assert.deepEqual(told, expected.sort(byRepo), `${when}: the index is not what its set of events gives`);
}

function assertSame(how: string, index: MemoryIndex, other: MemoryIndex): void {
  assert.deepEqual(index.told(), other.told(), `told ${how}, it tells something else`);
  assert.deepEqual(index.candidates(), other.candidates(), `told ${how}, it has other candidates`);
}
