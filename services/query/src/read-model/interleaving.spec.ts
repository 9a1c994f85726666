import { DEAD, deadLetter, PUBLISHED, toRecord, type LogRecord } from '@stemma/events';
import fc from 'fast-check';
import { change, ORIGIN, recordOf, SEED } from '../changes.testing';
import type { Change } from './change-history';
import { expectCountsToHold, forestOf } from './forest.testing';
import { largestTrees } from './largest-trees';
import type { LineageState } from './lineage-state';
import { ReadModel } from './read-model';

const PARTITIONS = 3;
const DAY_MS = Date.parse('2026-05-01T00:00:00.000Z');
const at = (minute: number): string => new Date(DAY_MS + minute * 60_000).toISOString();
const nameOf = (i: number): string => `org/m${i}`;

/** The records of one partition, in their order. */
type Feed = readonly LogRecord[];

/** What a partition says of a model, without its number. */
interface Said {
  readonly model: number;
  readonly parent: number | null;
  readonly revision: number;
  readonly publishedAt: number;
  readonly isDeleted: boolean;
  /** Minutes since the change before. */
  readonly later: number;
}

const MODELS = 6;
const said: fc.Arbitrary<Said> = fc.record({
  model: fc.nat(MODELS - 1),
  parent: fc.option(fc.nat(MODELS - 1)),
  revision: fc.nat(2),
  publishedAt: fc.nat(4),
  isDeleted: fc.boolean(),
  later: fc.nat(2),
});

function changesOf(partition: number, all: readonly Said[]): Change[] {
  let minute = 0;
  return all.map(({ model, parent, revision, publishedAt, isDeleted, later }, i) => {
    minute += later;
    // Partitions do not agree on anything, cycles between them included; but nothing is its own parent.
    const after = parent === null || parent === model ? null : nameOf(parent);
    return change(i + 1, nameOf(model), after, {
      partition,
      kind: isDeleted ? 'deleted' : 'reparented',
      revision: `r${revision}`,
      publishedAt: at(publishedAt),
      time: at(minute),
      confidence: (i + 1) / 100,
      architecture: `arch-${partition}`,
    });
  });
}

/** Merges feeds in the order of a list of numbers: each takes the next record of one of the feeds that have one left. */
function interleave(feeds: readonly Feed[], picks: readonly number[]): LogRecord[] {
  const next = feeds.map(() => 0);
  const records: LogRecord[] = [];
  for (let i = 0; ; i++) {
    const open = feeds.filter((feed, f) => (next[f] as number) < feed.length);
    const feed = open[(picks[i % picks.length] ?? 0) % Math.max(1, open.length)];
    if (feed === undefined) return records;
    const f = feeds.indexOf(feed);
    records.push(feed[next[f] as number] as LogRecord);
    next[f] = (next[f] as number) + 1;
  }
}

/** Reads records in batches of one; those at `again` come twice, with what follows them in their partition up to there. */
function read(records: readonly LogRecord[], again: readonly number[] = []): ReadModel {
  const model = new ReadModel();
  model.history.spreadOver(PARTITIONS);
  for (const [i, record] of records.entries()) {
    model.take([record]);
    if (again.includes(i)) model.take(records.slice(Math.max(0, i - 3), i + 1));
  }
  return model;
}

/** All that anybody can see of a model, in an order that does not hang on labels. */
function visible({ state, history, rejects }: ReadModel): unknown {
  const models = [...state.names].sort().map((name) => row(state, name));
  const all = history.read([], 1_000_000);
  return {
    models,
    forest: forestOf(state),
    counts: [state.models, state.trees, state.changes, state.time, [...history.end]],
    listed: [...state.live()].map((label) => [state.entryAfter(label), state.name(label)]),
    largest: largestTrees(state, MODELS).map((label) => state.name(label)),
    history: all.map(({ json }) => json),
    pages: history.read([1, 0, 2], 5),
    newest: history.newest(4),
    rejects: [rejects.count, rejects.counts, rejects.page(100), rejects.of(nameOf(0)) ?? null],
  };
}

function row(state: LineageState, name: string): unknown {
  const label = state.find(name) as number;
  const awaited = state.awaited.get(label);
  return {
    name,
    state: state.stateOf(label),
    revision: state.revisions[label],
    place: [state.partition.get(label), state.changedAt.get(label), state.publishedAt.get(label)],
    confidence: state.confidence.get(label),
    architecture: state.architectures.value(state.architecture.get(label)),
    living: state.living.get(label),
    children: [...state.livingChildren(label)].map((child) => state.name(child)),
    awaited: awaited === undefined ? null : state.name(awaited),
  };
}

/** What counts in the end, found the plain way: of what each partition said last, the newest revision. */
function winners(feeds: readonly (readonly Change[])[]): Map<string, Change> {
  const best = new Map<string, Change>();
  for (const feed of feeds) {
    const last = new Map(feed.map((one) => [one.model, one]));
    for (const one of last.values()) {
      const other = best.get(one.model);
      if (other === undefined || rank(one) > rank(other)) best.set(one.model, one);
    }
  }
  return best;
}

const rank = ({ publishedAt, kind, revision, partition }: Change): string =>
  `${publishedAt} ${kind === 'deleted' ? 0 : 1} ${revision} ${partition}`;

const picks = fc.array(fc.nat(20), { minLength: 1, maxLength: 40 });
const feeds = fc
  .tuple(...Array.from({ length: PARTITIONS }, () => fc.array(said, { maxLength: 12 })))
  .map((all) => all.map((some, partition) => changesOf(partition, some)));

describe('several partitions', () => {
  it('end in one state, whatever the order between them and whatever comes twice', () => {
    const again = fc.array(fc.nat(40), { maxLength: 6 });
    fc.assert(
      fc.property(feeds, picks, picks, again, (changes, one, other, twice) => {
        const records = changes.map((feed) => feed.map(recordOf));
        const [left, right] = [interleave(records, one), interleave(records, other)];
        expect(visible(read(left))).toEqual(visible(read(right, twice)));
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  it('show of every model what the newest revision says, one model of a cycle being a root', () => {
    fc.assert(
      fc.property(feeds, picks, (changes, order) => {
        const { state } = read(
          interleave(
            changes.map((feed) => feed.map(recordOf)),
            order,
          ),
        );
        expectCountsToHold(state);
        for (const [model, { parent, revision, confidence, kind }] of winners(changes)) {
          const label = state.find(model) as number;
          expect([state.revisions[label], state.confidence.get(label)]).toEqual([revision, confidence]);
          expect(state.isLive(label)).toBe(kind !== 'deleted');
          const isCut = state.awaited.has(label);
          expect(forestOf(state)[model]).toBe(isCut ? null : parent.after);
        }
        for (const [waiting, wanted] of state.awaited) {
          const cycle = [waiting];
          for (let at = wanted; at !== waiting; at = state.parent.get(at)) cycle.push(at);
          expect(cycle.every((member) => state.byName(waiting, member) <= 0)).toBe(true);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  it('settle the same dead letters, whatever is read first', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 12 }), letters, picks, picks, (all, dead, one, other) => {
        // A revision holds since one moment, and a partition goes from earlier to later ones.
        const told = all.map((each) => ({ ...each, publishedAt: each.revision }));
        const forward = told.sort((a, b) => a.revision - b.revision);
        const feed = changesOf(0, forward).map(recordOf);
        const all2 = [feed, ...dead];
        expect(visible(read(interleave(all2, one)))).toEqual(visible(read(interleave(all2, other))));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});

/** Two partitions of dead letters. */
const refused = fc.record({ model: fc.nat(1), revision: fc.option(fc.nat(2)), time: fc.nat(5) });
const letters = fc
  .tuple(fc.array(refused, { maxLength: 6 }), fc.array(refused, { maxLength: 6 }))
  .map((partitions) =>
    partitions.map((all, partition) =>
      all.map(({ model, revision, time }, position): LogRecord => {
        const head = `{"id":"${nameOf(model)}@r${revision}#published","time":"${at(revision ?? 0)}"`;
        const record = { topic: PUBLISHED, partition, position, key: nameOf(model), time: 0 };
        const value = revision === null ? '{' : head;
        const failure = { record: { ...record, value }, service: 'sketcher', reason: 'gated', detail: 'No.' };
        const letter = toRecord(deadLetter(failure, { ...ORIGIN, time: at(time) }));
        return { topic: DEAD, partition, position, ...letter, time: 0 };
      }),
    ),
  );
