import assert from 'node:assert/strict';

import type { Changeset, ModelRow } from './changeset';
import type {
  CandidatePair,
  Change,
  NewChange,
  NewModel,
  OutboxMessage,
  ParentRow,
  Rejection,
  RepositoryEvents,
  StoredModel,
} from './rows';
import type { SketchInFile } from './sketch-segments';

/** What a transaction asks of the store that runs it. */
export interface TransactionSource {
  /** The committed head of a repository. */
  head(hub: string, repo: string): Promise<StoredModel | null>;
  /** A committed sketch. */
  sketch(label: number): Promise<Uint8Array | null>;
  /** Where a committed sketch lies. */
  sketchInFile(label: number): SketchInFile | null;
  /** The next free seq of a partition's changes, as committed. */
  seqNext(partition: number): number;
}

/**
 * One transaction of the store. Writes are collected and all done at its end, so they answer at once; a violated
 * rule of the database shows then, and undoes everything. Nothing can be done with it after its end.
 */
export class Transaction {
  readonly #changeset: Changeset;
  readonly #source: TransactionSource;
  readonly #seqNext = new Map<number, number>();
  #open = true;

  constructor(changeset: Changeset, source: TransactionSource) {
    this.#changeset = changeset;
    this.#source = source;
  }

  /** The time that its changes carry as `knownAt`. */
  get knownAt(): number {
    return this.#changeset.knownAt;
  }

  /** Adds a live model and returns its label. A live revision of the same repository must be superseded first. */
  putModel(model: NewModel): number {
    return this.#in().putModel(model);
  }

  /** A newer revision takes the place of this one: it stays as history, without a sketch. */
  supersede(label: number): void {
    this.#in().setState(label, 'superseded');
  }

  /** The model is gone from its hub: it keeps its sketch and its place. */
  tombstone(label: number): void {
    this.#in().setState(label, 'tombstone');
  }

  /** A tombstone is on its hub again. */
  revive(label: number): void {
    this.#in().setState(label, 'live');
  }

  /** Notes the newest events about a repository. */
  putEvents(hub: string, repo: string, events: RepositoryEvents): void {
    this.#in().putEvents({ hub, repo, ...events });
  }

  putCandidates(pairs: Iterable<CandidatePair>): void {
    for (const pair of pairs) this.#in().putPair(pair);
  }

  removeCandidates(pairs: Iterable<{ readonly a: number; readonly b: number }>): void {
    for (const pair of pairs) this.#in().removePair(pair);
  }

  /** Replaces the rows of these labels. */
  putParents(rows: Iterable<ParentRow>): void {
    for (const row of rows) this.#in().parents.set(row.label, row);
  }

  removeParents(labels: Iterable<number>): void {
    for (const label of labels) this.#in().parents.set(label, null);
  }

  /** Appends changes to a partition and returns them with their numbers, which follow without a gap. */
  appendChanges(partition: number, changes: readonly NewChange[]): Change[] {
    const first = this.#seqNext.get(partition) ?? this.#source.seqNext(partition);
    const numbered = changes.map((change, at) => ({
      ...change,
      partition,
      seq: first + at,
      knownAt: this.knownAt,
    }));
    const all = this.#in().changes;
    for (const change of numbered) all.push(change);
    this.#seqNext.set(partition, first + changes.length);
    return numbered;
  }

  /**
   * Takes over changes that the feed has already, under the numbers that they have there. They must follow on the last
   * one of the store; a store without any takes whatever number comes first.
   */
  adoptChanges(partition: number, changes: readonly Change[]): void {
    const all = this.#in().changes;
    for (const change of changes) {
      const next = this.#seqNext.get(partition) ?? this.#source.seqNext(partition);
      assert(next === 1 || change.seq === next, `change ${next} expected, ${change.seq} adopted`);
      all.push({ ...change, partition });
      this.#seqNext.set(partition, change.seq + 1);
    }
  }

  /** Until where what is indexed is not announced; null: everything is from now on. */
  quiet(topic: string, partition: number, until: number | null): void {
    this.#in().quiets.push({ topic, partition, until });
  }

  /** The figures of all pairs are of this method. */
  measured(topic: string, partition: number, by: string): void {
    this.#in().measured.push({ topic, partition, by });
  }

  /** Messages to be published once this is committed, in this order. */
  putOutbox(messages: readonly OutboxMessage[]): void {
    for (const message of messages) this.#in().outbox.push(message);
  }

  reject(rejection: Rejection): void {
    this.#in().rejections.push(rejection);
  }

  /** Moves a position. That the stored one is the expected one is asserted when the transaction is committed. */
  advance(topic: string, partition: number, expected: number | null, next: number): void {
    assert(next > (expected ?? -1), `a position moves forward, not from ${expected} to ${next}`);
    this.#in().advances.push({ topic, partition, expected, next });
  }

  /** The newest revision of a repository in whatever state, this transaction's writes included. */
  async modelByRepo(hub: string, repo: string): Promise<StoredModel | null> {
    const { models, states, knownAt } = this.#in();
    const put = models.findLast((model) => model.hub === hub && model.repo === repo);
    if (put !== undefined) return stored(put, knownAt);
    const head = await this.#source.head(hub, repo);
    this.#in();
    return head === null ? null : { ...head, state: states.get(head.label) ?? head.state };
  }

  /** The bytes of a model's sketch, or null where it has none any more. */
  async sketch(label: number): Promise<Uint8Array | null> {
    return this.#in().model(label)?.sketch ?? (await this.#source.sketch(label));
  }

  /**
   * Where a sketch lies on disk, or null where it does not yet or any more. Sketches are moved by whoever may write, so nobody
   * moves it until this transaction has ended.
   */
  sketchInFile(label: number): SketchInFile | null {
    this.#in();
    return this.#source.sketchInFile(label);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** From now on every use is an error. */
  end(): void {
    this.#open = false;
  }

  #in(): Changeset {
    assert(this.#open, 'too late: the transaction has ended');
    return this.#changeset;
  }
}

function stored(row: ModelRow, knownAt: number): StoredModel {
  return {
    label: row.label,
    partition: row.partition,
    hub: row.hub,
    repo: row.repo,
    sha: row.sha,
    architecture: row.architecture,
    state: row.state,
    createdAt: row.createdAt,
    publishedAt: row.publishedAt,
    knownAt,
    contentHash: row.contentHash,
    coordinates: row.coordinates,
    claim: row.claim,
    bytesRead: row.bytesRead,
    bytesPublished: row.bytesPublished,
  };
}
