import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  CHANGED,
  DEAD,
  EmbeddedLog,
  PUBLISHED,
  SKETCHED,
  type Batch,
  type EventLog,
  type LineageChanged,
  type LogRecord,
} from '@stemma/events';
import { pairAt, Store, type CandidatePair, type Change, type ParentRow } from '@stemma/store';

/**
 * All that a data folder says once everything is done. Left out is what two uninterrupted runs do not agree on either: when
 * something was published or known (the events' `time`, `validFrom`, `knownAt`, `at`), and where bytes lie. How often a
 * sketch was published is left out as well, and with it positions: a sketcher that dies before it has stored its own reads
 * a batch again.
 */
export interface FinalState {
  /** Everything about every model that is compared, its sketch included, by label. */
  readonly models: readonly unknown[];
  readonly candidates: readonly CandidatePair[];
  readonly parents: readonly ParentRow[];
  /** What the table has, and what was published, in order. */
  readonly changes: readonly unknown[];
  readonly feed: readonly FeedChange[];
  readonly rejects: readonly unknown[];
  /** Ids of the events that the watcher published, in order. */
  readonly published: readonly unknown[];
  /** Of what the sketcher has said of each revision, the newest. */
  readonly sketched: readonly unknown[];
  readonly dead: readonly unknown[];
}

export type FeedChange = LineageChanged['data'];

const ALL = 1_000_000;

/** Reads a folder that no process has open. Fails where a promise is broken that needs no second run to compare with. */
export async function readFinalState(dataFolder: string): Promise<FinalState> {
  const log = await EmbeddedLog.open(join(dataFolder, 'log'));
  const store = await Store.open({ folder: join(dataFolder, 'index') });
  try {
    const changes = await store.changes({ after: 0, limit: ALL });
    const feed = await assertPublished(changes, log);
    assert.deepEqual(await store.outboxPending(1), [], 'everything is published');
    const { high } = await log.bounds(SKETCHED, 0);
    assert.equal(await store.position(SKETCHED, 0), high, 'everything is indexed');
    return {
      models: await modelsOf(store),
      candidates: (await pairsOf(store)).sort((x, y) => x.a - y.a || x.b - y.b),
      parents: (await collect(store.parents())).sort((x, y) => x.label - y.label),
      feed: feed.map((change) => ({ ...change, time: '', publishedAt: '', validFrom: '' })),
      changes: changes.map(({ knownAt: _, validFrom: __, ...change }) => change),
      rejects: (await store.rejections(ALL))
        .map(({ at: _, event: __, ...rejection }) => rejection)
        .sort(byJson),
      published: (await values(log, PUBLISHED)).map(timeless),
      sketched: await newestSketched(log),
      dead: unique((await values(log, DEAD)).map(withoutPlace)),
    };
  } finally {
    await store.close();
    await log.close();
  }
}

/**
 * Every change went out, in order, and the feed is numbered from 1 without a gap; returns it. A change that went out twice
 * did so in the same words: it had been sent when the process died, and that had not been noted. An index that was built
 * anew has only the last of them.
 */
async function assertPublished(changes: readonly Change[], log: EventLog): Promise<FeedChange[]> {
  const messages = new Map<number, string>();
  for (const value of await values(log, CHANGED)) {
    const { seq } = (JSON.parse(value) as { data: FeedChange }).data;
    const before = messages.get(seq);
    assert(before === undefined || before === value, `change ${seq} was published twice, in other words`);
    assert(before !== undefined || seq === messages.size + 1, `${seq} was published after ${messages.size}`);
    messages.set(seq, value);
  }
  const feed = [...messages.values()].map((value) => (JSON.parse(value) as { data: FeedChange }).data);
  const said = feed.slice(feed.length - changes.length);
  assert.deepEqual(
    changes.map(({ seq, model, kind, parentAfter, cause }) => [seq, model, kind, parentAfter, cause]),
    said.map(({ seq, model, kind, parent, cause }) => [seq, model, kind, parent.after, cause]),
    'the feed says what the table has',
  );
  return feed;
}

async function modelsOf(store: Store): Promise<unknown[]> {
  const models = (await collect(store.load())).sort((x, y) => x.label - y.label);
  return Promise.all(
    models.map(async ({ label, fingerprint, ...model }) => {
      const sketch = await store.sketch(label);
      const { claim, bytesRead, bytesPublished } = (await store.model(label))!;
      const bytes = { fingerprint: hex(fingerprint), sketch: sketch === null ? null : hex(sketch) };
      return { label, ...model, claim, bytesRead, bytesPublished, ...bytes };
    }),
  );
}

async function pairsOf(store: Store): Promise<CandidatePair[]> {
  const pairs: CandidatePair[] = [];
  for await (const columns of store.pairs()) {
    for (let row = 0; row < columns.count; row++) pairs.push(pairAt(columns, row));
  }
  return pairs;
}

/** Oldest first. */
async function values(log: EventLog, topic: string): Promise<string[]> {
  return (await records(log, topic)).map(({ value }) => value);
}

async function records(log: EventLog, topic: string): Promise<LogRecord[]> {
  const { low, high } = await log.bounds(topic, 0);
  const all: LogRecord[] = [];
  if (low === high) return all;
  await new Promise<void>((resolve, reject) => {
    const consumer = {
      group: `read-${topic}`,
      topics: [topic],
      recordsMax: 1_000,
      bytesMax: 64 << 20,
      start: async () => low,
      handle: async ({ records: some }: Batch) => {
        all.push(...some);
        if (all.at(-1)!.position + 1 >= high) resolve();
      },
    };
    log.consume(consumer).then(({ done }) => done.catch(reject), reject);
  });
  return all;
}

/** The newest sketch under each key: compaction may have taken the others, or not yet. */
async function newestSketched(log: EventLog): Promise<unknown[]> {
  const newest = new Map((await records(log, SKETCHED)).map(({ key, value }) => [key, timeless(value)]));
  return [...newest].sort(([x], [y]) => (x < y ? -1 : 1));
}

/** An event without its own time; of a deletion, `createdAt` is the time at which it was noticed. */
function timeless(value: string): unknown {
  if (!value.startsWith('{')) return value;
  const event = JSON.parse(value) as {
    time: string | null;
    data: { deleted: boolean; createdAt: string | null };
  };
  event.time = null;
  if (event.data.deleted) event.data.createdAt = null;
  return event;
}

/** A dead letter without its times and positions: the refused event may have been read more than once. */
function withoutPlace(value: string): unknown {
  const { data } = JSON.parse(value) as { data: { service: string; reason: string; event: { key: string } } };
  return { service: data.service, reason: data.reason, key: data.event.key };
}

function unique(values: readonly unknown[]): unknown[] {
  return [...new Set(values.map((value) => JSON.stringify(value)))]
    .sort()
    .map((json) => JSON.parse(json) as unknown);
}

const byJson = (x: unknown, y: unknown): number => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1);

const hex = ({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');

async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
