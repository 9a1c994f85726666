import assert from 'node:assert/strict';
import type {
  CandidatePair,
  Change,
  LoadedModel,
  ModelState,
  NewChange,
  NewModel,
  PairColumns,
  ParentRow,
  PlaceRow,
  Repository,
  RepositoryEvents,
  Store,
  Transaction,
} from '@stemma/store';

type Model = NewModel & { readonly label: number; state: ModelState };

/** States that a model may leave, and for which: as the database has it. */
const SUCCESSORS: Record<ModelState, readonly ModelState[]> = {
  live: ['tombstone', 'superseded'],
  tombstone: ['live', 'superseded'],
  superseded: [],
};

/**
 * The tables of a store in memory, for histories by the thousand. It takes what the indexer writes, refuses what the real one
 * could not take back (a pair twice, a model that changes into what it cannot), and gives it to be loaded again.
 */
export class MemoryStore {
  readonly #models: Model[] = [];
  readonly #repositories = new Map<string, Repository>();
  readonly #candidates = new Map<string, CandidatePair>();
  readonly #parents = new Map<number, ParentRow>();
  readonly changesMade: Change[] = [];
  readonly id = 'memory';

  /** What the indexer sees. */
  asStore(): Store {
    return this as unknown as Store;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work(this as unknown as Transaction);
  }

  // As a transaction: writes are seen at once, which the indexer does not notice, since it reads none of its own.

  putModel(model: NewModel): number {
    const label = this.#models.length;
    const live = this.#models.find(({ repo, state }) => repo === model.repo && state !== 'superseded');
    assert(live === undefined, `${model.repo} has a revision already, label ${live?.label}`);
    this.#models.push({ ...model, label, state: 'live' });
    return label;
  }

  supersede(label: number): void {
    this.#change(label, 'superseded');
  }

  tombstone(label: number): void {
    this.#change(label, 'tombstone');
  }

  revive(label: number): void {
    this.#change(label, 'live');
  }

  putEvents(hub: string, repo: string, events: RepositoryEvents): void {
    this.#repositories.set(repo, { hub, repo, ...events } as Repository);
  }

  putCandidates(pairs: Iterable<CandidatePair>): void {
    for (const pair of pairs) {
      assert(!this.#candidates.has(keyOf(pair)), `the pair ${keyOf(pair)} is there already`);
      this.#candidates.set(keyOf(pair), pair);
    }
  }

  removeCandidates(pairs: Iterable<{ readonly a: number; readonly b: number }>): void {
    for (const pair of pairs) assert(this.#candidates.delete(keyOf(pair)), `there is no pair ${keyOf(pair)}`);
  }

  putParents(rows: Iterable<ParentRow>): void {
    for (const row of rows) this.#parents.set(row.label, row);
  }

  removeParents(labels: Iterable<number>): void {
    for (const label of labels) this.#parents.delete(label);
  }

  appendChanges(partition: number, changes: readonly NewChange[]): Change[] {
    const first = this.changesMade.length + 1;
    const numbered = changes.map((change, at) => ({ ...change, partition, seq: first + at, knownAt: 0 }));
    this.changesMade.push(...numbered);
    return numbered;
  }

  /** Labels of all models that are compared. */
  labels(): number[] {
    return this.#models.filter(({ state }) => state !== 'superseded').map(({ label }) => label);
  }

  candidateRows(): CandidatePair[] {
    return [...this.#candidates.values()];
  }

  parentRows(): ParentRow[] {
    return [...this.#parents.values()];
  }

  putOutbox(): void {}
  reject(): void {}
  advance(): void {}

  // As a store.

  async sketch(label: number): Promise<Uint8Array | null> {
    return this.#model(label).sketch;
  }

  async model(label: number): Promise<Model> {
    return this.#model(label);
  }

  async *load(): AsyncGenerator<LoadedModel[]> {
    yield this.#models.filter(({ state }) => state !== 'superseded');
  }

  async *repositories(): AsyncGenerator<Repository[]> {
    yield [...this.#repositories.values()];
  }

  async *parents(): AsyncGenerator<ParentRow[]> {
    yield [...this.#parents.values()];
  }

  standing(): AsyncGenerator<PlaceRow[]> {
    return this.parents();
  }

  async pairCount(): Promise<number> {
    return this.#candidates.size;
  }

  async *pairs(): AsyncGenerator<PairColumns> {
    yield columnsOf([...this.#candidates.values()]);
  }

  #model(label: number): Model {
    const model = this.#models[label];
    assert(model !== undefined, `there is no model ${label}`);
    return model;
  }

  #change(label: number, state: ModelState): void {
    const model = this.#model(label);
    assert(SUCCESSORS[model.state].includes(state), `${label} is ${model.state} and cannot become ${state}`);
    model.state = state;
  }
}

const keyOf = ({ a, b }: { readonly a: number; readonly b: number }): string => `${a}-${b}`;

function columnsOf(pairs: readonly CandidatePair[]): PairColumns {
  const doubles = (of: (pair: CandidatePair) => number): Float64Array => Float64Array.from(pairs, of);
  return {
    count: pairs.length,
    a: Int32Array.from(pairs, ({ a }) => a),
    b: Int32Array.from(pairs, ({ b }) => b),
    proximity: Float32Array.from(pairs, ({ proximity }) => proximity),
    distance: doubles(({ distance }) => distance),
    squaredDistance: doubles(({ squaredDistance }) => squaredDistance),
    correlation: doubles(({ correlation }) => correlation),
    growth: doubles(({ growth }) => growth),
    slope: doubles(({ slope }) => slope),
    embeddingGrowth: doubles(({ embeddingGrowth }) => embeddingGrowth),
    otherLogOdds: doubles(({ otherLogOdds }) => otherLogOdds),
    logOdds: doubles(({ logOdds }) => logOdds),
    kinship: pairs.map(({ kinship }) => kinship),
    variant: pairs.map(({ variant }) => variant),
  };
}
