import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';

import { applyChangeset } from './apply-changeset';
import { Changeset, keepsSketch } from './changeset';
import type { Connection } from './connection';
import { readCounters, type Counters } from './counters';
import { Database, type DatabaseOptions } from './database';
import { migrate, migrationsFolder } from './migrations';
import {
  changeAsOf,
  changesAfter,
  headOf,
  latestChanges,
  latestRejections,
  loadModels,
  loadPairs,
  loadParents,
  loadPlaces,
  loadRepositories,
  modelOf,
  pendingMessages,
  type PairColumns,
} from './queries';
import type {
  Change,
  Claim,
  LatestChange,
  LoadedModel,
  ModelState,
  ParentRow,
  PlaceRow,
  PendingMessage,
  Rejection,
  Repository,
  StoredModel,
} from './rows';
import { SketchPlaces } from './sketch-places';
import { SketchSegments, type SketchInFile, type SketchPlace } from './sketch-segments';
import { Transaction } from './transaction';

/** Sums over the living models. */
export interface Totals {
  readonly models: number;
  readonly bytesRead: number;
  readonly bytesPublished: number;
}

/** Moments of a commit at which a crash is worth a test. */
export type Boundary = 'sketches-written' | 'applied' | 'committed';

export interface StoreOptions extends DatabaseOptions {
  /** Folder of the numbered .sql files. Default: the checkout's. */
  readonly migrations?: string;
  /** A sketch segment is closed at this size. Default 1 GiB. */
  readonly segmentMaxBytes?: number;
  /** Rows of pairs that are gone are deleted when there are more. Default 16,384. */
  readonly pairsGoneMax?: number;
  /** Milliseconds since 1970. Default the system's clock. */
  readonly now?: () => number;
  /** Called at each boundary of a commit: for crash tests. */
  readonly onBoundary?: (boundary: Boundary) => void;
}

/** Sketches moved at a time: bounds the memory and the time for which nobody else can write. */
const MOVED_MAX = 64;

/**
 * The data folder of one indexer: DuckDB for everything but the sketches, segment files for those. Whatever a
 * transaction wrote is there after a crash, whole, or not at all.
 */
export class Store {
  /** The transaction that the running code is part of. */
  readonly #current = new AsyncLocalStorage<Transaction>();

  private constructor(
    private readonly database: Database,
    private readonly sketches: SketchSegments,
    private readonly places: SketchPlaces,
    private readonly counters: Counters,
    private readonly options: StoreOptions,
  ) {}

  /**
   * Opens a data folder, made and migrated where needed.
   * @throws StoreError 'in-use', 'damaged', 'unusable', 'migration-changed' or 'newer-schema'.
   */
  static async open(options: StoreOptions): Promise<Store> {
    const { folder, now = Date.now, segmentMaxBytes } = options;
    const database = await Database.open(options);
    try {
      const counters = await database.write(async (connection) => {
        await migrate(connection, options.migrations ?? migrationsFolder(), now);
        return readCounters(connection, database.file, options.pairsGoneMax);
      });
      const places = new SketchPlaces();
      for await (const [label, place] of database.stream(sketchPlaces)) places.set(label, place);
      const sketches = await SketchSegments.open(
        { folder: join(folder, 'sketches'), segmentMaxBytes },
        places.all(),
      );
      return new Store(database, sketches, places, counters, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Identity of the data folder: another one has other labels. */
  get id(): string {
    return this.counters.storeId;
  }

  /** The first label that no model has. */
  get labelNext(): number {
    return this.counters.labelNext;
  }

  /**
   * Runs `work` with the exclusive right to write, and commits what it wrote, or nothing when it or the commit
   * throws. With a claim, only while the claim is in force (else StoreError 'fenced'). `work` must not start
   * another transaction, and should not wait for anything slow.
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T> | T, claim: Claim | null = null): Promise<T> {
    return this.#write(async (connection) => {
      const now = this.options.now ?? Date.now;
      const knownAt = Math.max(this.counters.knownAt, now());
      const changeset = new Changeset(claim, this.counters.labelNext, knownAt);
      const transaction = new Transaction(changeset, {
        head: (hub, repo) => headOf(connection, hub, repo),
        sketch: (label) => this.sketch(label),
        sketchInFile: (label) => this.#sketchInFile(label),
        seqNext: (partition) => this.counters.seqNext.get(partition) ?? 1,
      });
      const result = await this.#current
        .run(transaction, async () => work(transaction))
        .finally(() => transaction.end());
      await this.#commit(connection, changeset);
      return result;
    });
  }

  /** Takes over a partition: claims before this one are void from now on. */
  async claimPartition(topic: string, partition: number): Promise<Claim> {
    return this.#write((connection) =>
      connection.transaction(async () => {
        const [row] = await connection.rows<Omit<Claim, 'topic' | 'partition'>>(
          `INSERT INTO positions (topic, partition, next, generation) VALUES ($1, $2::INTEGER, NULL, 1)
           ON CONFLICT DO UPDATE SET generation = positions.generation + 1
           RETURNING generation::DOUBLE AS generation, next::DOUBLE AS next, quiet_until::DOUBLE AS "quietUntil",
             measured_by AS "measuredBy"`,
          [topic, partition],
        );
        assert(row !== undefined, `claiming ${topic}/${partition} returned no row`);
        return { topic, partition, ...row };
      }),
    );
  }

  /** The position from which to read on, or null where there is none yet. */
  async position(topic: string, partition: number): Promise<number | null> {
    const [row] = await this.database.read((connection) =>
      connection.rows<{ next: number | null }>(
        'SELECT next::DOUBLE AS next FROM positions WHERE topic = $1 AND partition = $2::INTEGER',
        [topic, partition],
      ),
    );
    return row?.next ?? null;
  }

  /** The newest revision of a repository, in whatever state it is. */
  async modelByRepo(hub: string, repo: string): Promise<StoredModel | null> {
    return this.database.read((connection) => headOf(connection, hub, repo));
  }

  async model(label: number): Promise<StoredModel | null> {
    return this.database.read((connection) => modelOf(connection, label));
  }

  /** The bytes of a sketch, checked, or null where the model has none any more. */
  async sketch(label: number): Promise<Uint8Array | null> {
    const place = this.places.get(label);
    return place === null ? null : this.sketches.read(place);
  }

  #sketchInFile(label: number): SketchInFile | null {
    const place = this.places.get(label);
    return place === null ? null : this.sketches.inFile(place);
  }

  /** Models to start with, in batches of at most 2,048; by default all that are compared: live and tombstones. */
  load(
    options: { readonly partition?: number; readonly states?: readonly ModelState[] } = {},
  ): AsyncIterable<LoadedModel[]> {
    const { partition = null, states = ['live', 'tombstone'] } = options;
    return this.database.stream((connection) => loadModels(connection, states, partition));
  }

  /** All repositories ever heard of, in batches of at most 2,048. */
  repositories(): AsyncIterable<Repository[]> {
    return this.database.stream(loadRepositories);
  }

  /** All candidate pairs, in batches of at most 2,048. */
  pairs(): AsyncIterable<PairColumns> {
    return this.database.stream(loadPairs);
  }

  /** The forest, in batches of at most 2,048. */
  parents(): AsyncIterable<ParentRow[]> {
    return this.database.stream(loadParents);
  }

  /** The same without the reasons: what a start has to know of it. */
  standing(): AsyncIterable<PlaceRow[]> {
    return this.database.stream(loadPlaces);
  }

  /** Changes of a partition with a seq above `after`, in order, at most `limit`. */
  async changes(options: { partition?: number; after: number; limit: number }): Promise<Change[]> {
    const { partition = 0, after, limit } = options;
    return this.database.read((connection) => changesAfter(connection, partition, after, limit));
  }

  /** The seq of the last change of a partition, 0 before the first. */
  seq(partition = 0): number {
    return (this.counters.seqNext.get(partition) ?? 1) - 1;
  }

  /** Of every model the last change of a partition, in batches of at most 2,048. */
  latestChanges(partition = 0): AsyncIterable<LatestChange[]> {
    return this.database.stream((connection) => latestChanges(connection, partition));
  }

  /**
   * The change that says who a repository's parent was at `validAt`, by what was known at `knownAt`; both default to
   * now. "The tree as of then" is asked with the first, "as we knew it then" with the second.
   */
  async parentAsOf(repo: string, validAt?: number, knownAt?: number): Promise<Change | null> {
    const now = Math.max(this.counters.knownAt, (this.options.now ?? Date.now)());
    return this.database.read((connection) => changeAsOf(connection, repo, validAt ?? now, knownAt ?? now));
  }

  /** Messages that are committed and not known to be published, in order. */
  async outboxPending(limit: number): Promise<PendingMessage[]> {
    const { outbox } = this.counters;
    return this.database.read(
      async (connection) => outbox.pending(limit) ?? (await pendingMessages(connection, limit)),
    );
  }

  /** Messages up to this seq are published: they are forgotten. */
  async outboxSent(seqMax: number): Promise<void> {
    await this.#write(async (connection) => {
      await connection.run('DELETE FROM outbox WHERE seq <= $1::BIGINT', [seqMax]);
      this.counters.outbox.sent(seqMax);
    });
  }

  /** The latest rejections first. */
  async rejections(limit: number): Promise<Rejection[]> {
    return this.database.read((connection) => latestRejections(connection, limit));
  }

  /** Living models, and how many bytes of them were read and published. */
  async totals(): Promise<Totals> {
    const [row] = await this.database.read((connection) =>
      connection.rows<Totals>(
        `SELECT count(*)::DOUBLE AS models, coalesce(sum(bytes_read), 0)::DOUBLE AS "bytesRead",
           coalesce(sum(bytes_published), 0)::DOUBLE AS "bytesPublished" FROM models WHERE state = 'live'`,
      ),
    );
    assert(row !== undefined, 'an aggregate returned no row');
    return row;
  }

  /** Rows of {@link pairs}. */
  async pairCount(): Promise<number> {
    const [row] = await this.database.read((connection) =>
      connection.rows<{ count: number }>(
        'SELECT count(*)::DOUBLE AS count FROM candidates ANTI JOIN candidates_gone USING (a, b)',
      ),
    );
    assert(row !== undefined, 'an aggregate returned no row');
    return row.count;
  }

  /** How many models there are in each state. */
  async modelCounts(): Promise<Record<ModelState, number>> {
    const rows = await this.database.read((connection) =>
      connection.rows<{ state: ModelState; count: number }>(
        'SELECT state, count(*)::DOUBLE AS count FROM models GROUP BY state',
      ),
    );
    const counts = { live: 0, tombstone: 0, superseded: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }

  /**
   * Rewrites sketch segments of which less than half is needed, a few sketches at a time between other work, and
   * returns how many there were.
   */
  async compactSketches(): Promise<number> {
    const sparse = this.sketches.sparse();
    for (const segment of sparse) {
      const labels = this.places.inSegment(segment);
      for (let first = 0; first < labels.length; first += MOVED_MAX) {
        const some = labels.slice(first, first + MOVED_MAX);
        await this.#write((connection) => this.#move(connection, some));
      }
    }
    return sparse.length;
  }

  /** Waits for the work under way and closes everything, in order. */
  async close(): Promise<void> {
    await this.database.close();
    await this.sketches.close();
  }

  /** The writing connection, which whoever holds it already would wait for in vain. */
  async #write<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    assert(
      !this.#current.getStore()?.isOpen,
      'a transaction cannot wait for another: it would wait for itself',
    );
    return this.database.write(work);
  }

  async #commit(connection: Connection, changeset: Changeset): Promise<void> {
    const { counters, options } = this;
    const models = changeset.models.filter(({ state }) => keepsSketch(state));
    const written = await this.sketches.write(models.map(({ sketch }) => sketch));
    const places = new Map(models.map(({ label }, at) => [label, written.places[at]!]));
    const removal = counters.removedPairs.removal(changeset);
    options.onBoundary?.('sketches-written');
    await connection.transaction(async () => {
      await applyChangeset(connection, changeset, { places, removal, outboxFirst: counters.outbox.next });
      await written.synced;
      options.onBoundary?.('applied');
    });
    options.onBoundary?.('committed');
    counters.labelNext += changeset.models.length;
    counters.outbox.committed(changeset.outbox);
    counters.removedPairs.committed(removal);
    counters.knownAt = changeset.knownAt;
    for (const { partition, seq, knownAt } of changeset.changes) {
      counters.seqNext.set(partition, seq + 1);
      counters.knownAt = Math.max(counters.knownAt, knownAt);
    }
    this.#keep(places);
    const dropped = [...changeset.states].filter(([, state]) => !keepsSketch(state)).map(([label]) => label);
    await this.#drop(dropped);
  }

  #keep(places: ReadonlyMap<number, SketchPlace>): void {
    for (const [label, place] of places) this.places.set(label, place);
    this.sketches.keep(places.values());
  }

  async #drop(labels: readonly number[]): Promise<void> {
    const places = labels.map((label) => this.places.get(label)).filter((place) => place !== null);
    for (const label of labels) this.places.delete(label);
    await this.sketches.drop(places);
  }

  async #move(connection: Connection, wanted: readonly number[]): Promise<void> {
    const labels = wanted.filter((label) => this.places.get(label) !== null);
    const before = labels.map((label) => this.places.get(label)!);
    const sketches = await Promise.all(before.map((place) => this.sketches.read(place)));
    const after = await this.sketches.append(sketches);
    await connection.run(
      `UPDATE models SET sketch_segment = moved.segment, sketch_offset = moved.start FROM
         (SELECT unnest($1::INTEGER[]) AS label, unnest($2::INTEGER[]) AS segment, unnest($3::BIGINT[]) AS start) AS moved
       WHERE models.label = moved.label`,
      [labels, after.map(({ segment }) => segment), after.map(({ offset }) => offset)],
    );
    this.#keep(new Map(labels.map((label, at) => [label, after[at]!])));
    await this.sketches.drop(before);
  }
}

async function* sketchPlaces(connection: Connection): AsyncGenerator<readonly [number, SketchPlace]> {
  const chunks = connection.chunks(
    `SELECT label, sketch_segment, sketch_offset::DOUBLE, sketch_bytes, sketch_crc FROM models
     WHERE sketch_segment IS NOT NULL`,
  );
  for await (const chunk of chunks) {
    for (const [label, segment, offset, bytes, crc] of chunk.getRows() as number[][]) {
      yield [label!, { segment: segment!, offset: offset!, bytes: bytes!, crc: crc! }];
    }
  }
}
