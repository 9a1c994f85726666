import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pairAt, type CandidatePair } from '@stemma/store';
import type { IndexerConfig } from './config';
import { HubStream } from './hub-stream.testing';
import { recordOf, TestIndex } from './test-index.testing';
import { SMALL } from './weights.testing';

const records = [...new HubStream({ models: 72, seed: 5, shape: SMALL })].map((model, at) =>
  recordOf({ ...model, at }),
);
const BATCH = 12;

const opened: TestIndex[] = [];
afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
});

async function open(config: Partial<IndexerConfig>): Promise<TestIndex> {
  const index = await TestIndex.open({ candidatesMax: 8, observationsMax: 8, ...config });
  opened.push(index);
  return index;
}

async function deliver(index: TestIndex, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += BATCH)
    await index.deliver(...records.slice(at, Math.min(to, at + BATCH)));
}

/** All that was compared, and all that was said of it. */
async function outcome({ store }: TestIndex): Promise<{ pairs: CandidatePair[]; changes: unknown[] }> {
  const pairs: CandidatePair[] = [];
  for await (const columns of store.pairs())
    for (let row = 0; row < columns.count; row++) pairs.push(pairAt(columns, row));
  const changes = await store.changes({ after: 0, limit: 1e6 });
  return {
    pairs: pairs.sort((p, q) => p.a - q.a || p.b - q.b),
    changes: changes.map(({ knownAt: _, ...change }) => change),
  };
}

describe('an index whose models are compared in threads', () => {
  it('has the tables and the feed of one that compares by itself, though it keeps fewer sketches than it needs', async () => {
    const [alone, threaded] = [await open({ comparersMax: 0 }), await open({ comparersMax: 2 })];
    const readHere = jest.spyOn(threaded.store, 'sketch');
    for (const index of [alone, threaded]) await deliver(index, 0, records.length);
    const expected = await outcome(alone);
    expect(await outcome(threaded)).toEqual(expected);
    expect(expected.pairs.length).toBeGreaterThan(4 * records.length);
    // The threads have read them all by themselves.
    expect(readHere).not.toHaveBeenCalled();
  });

  it('fails a batch when a thread ends in it, and has it whole once it is loaded again', async () => {
    const [alone, threaded] = [await open({ comparersMax: 0 }), await open({ comparersMax: 2 })];
    await deliver(alone, 0, records.length);
    await deliver(threaded, 0, 36);
    const { comparer } = threaded.parts;
    const compare = comparer.compare.bind(comparer);
    comparer.compare = (pairs) => {
      const comparing = compare(pairs);
      void threaded.comparers!.threads()[0]!.end();
      return comparing;
    };
    await expect(deliver(threaded, 36, 48)).rejects.toMatchObject({
      name: 'ComparerLostError',
      retryable: true,
    });
    const again = await threaded.reopen();
    opened.splice(opened.indexOf(threaded), 1, again);
    await deliver(again, 36, records.length);
    expect(await outcome(again)).toEqual(await outcome(alone));
  });

  it.each([0, 2])('names the damage of a sketch on disk, with %i threads', async (comparersMax) => {
    const index = await open({ comparersMax });
    await deliver(index, 0, 36);
    const reopened = await index.reopen();
    opened.splice(opened.indexOf(index), 1, reopened);
    const folder = join(reopened.folder, 'sketches');
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      writeFileSync(join(folder, name), bytes.fill(7, 0, bytes.length));
    }
    const fault = { name: 'StoreError', fault: 'damaged', retryable: false };
    const delivering = deliver(reopened, 36, 48);
    await expect(delivering).rejects.toMatchObject(fault);
    await expect(delivering).rejects.toThrow(
      /000001\.sketches is damaged \(the sketch at \d+ is not what was written\): restore/,
    );
  });
});
