import assert from 'node:assert/strict';

import type {
  CandidatePair,
  Change,
  Claim,
  ModelState,
  NewModel,
  OutboxMessage,
  ParentRow,
  Rejection,
  RepositoryEvents,
} from './rows';

export interface ModelRow extends NewModel {
  readonly label: number;
  state: ModelState;
}

export interface Advance {
  readonly topic: string;
  readonly partition: number;
  readonly expected: number | null;
  readonly next: number;
}

/** Until where a partition's events are indexed without being announced; null: to be announced from now on. */
export interface Quiet {
  readonly topic: string;
  readonly partition: number;
  readonly until: number | null;
}

/** Which method the figures of a partition's pairs are of. */
export interface Measured {
  readonly topic: string;
  readonly partition: number;
  readonly by: string;
}

interface Events extends RepositoryEvents {
  readonly hub: string;
  readonly repo: string;
}

export interface PairKey {
  readonly a: number;
  readonly b: number;
}

/**
 * What one transaction will do, collected before any of it is done: a pair that comes and goes again, or a parent
 * that changes ten times in one batch, costs the database nothing or one row.
 */
export class Changeset {
  readonly models: ModelRow[] = [];
  /** New states of models that the database has already. */
  readonly states = new Map<number, ModelState>();
  /** Events of repositories, by hub and name. */
  readonly events = new Map<string, Events>();
  readonly pairsPut = new Map<string, CandidatePair>();
  readonly pairsRemoved = new Map<string, PairKey>();
  /** Rows to be replaced, null where there will be none. */
  readonly parents = new Map<number, ParentRow | null>();
  readonly changes: Change[] = [];
  readonly outbox: OutboxMessage[] = [];
  readonly rejections: Rejection[] = [];
  readonly advances: Advance[] = [];
  readonly quiets: Quiet[] = [];
  readonly measured: Measured[] = [];

  constructor(
    readonly claim: Claim | null,
    readonly labelFirst: number,
    readonly knownAt: number,
  ) {}

  putModel(model: NewModel): number {
    const label = this.labelFirst + this.models.length;
    this.models.push({ ...model, label, state: 'live' });
    return label;
  }

  /** The row of a model that this transaction puts, or undefined. */
  model(label: number): ModelRow | undefined {
    return this.models[label - this.labelFirst];
  }

  setState(label: number, state: ModelState): void {
    const row = this.model(label);
    const now = row?.state ?? this.states.get(label);
    if (now !== undefined) assertChange(label, now, state);
    if (row === undefined) this.states.set(label, state);
    else row.state = state;
  }

  putEvents(events: Events): void {
    this.events.set(keyOfRepository(events), events);
  }

  putPair(pair: CandidatePair): void {
    assert(pair.a < pair.b, `a candidate pair has a < b, not ${pair.a} and ${pair.b}`);
    this.pairsPut.set(keyOfPair(pair), pair);
  }

  /** The pair may be in the database, or in this transaction only, or both when it was put anew. */
  removePair({ a, b }: PairKey): void {
    this.pairsPut.delete(keyOfPair({ a, b }));
    this.pairsRemoved.set(keyOfPair({ a, b }), { a, b });
  }
}

/** States that a model may leave, and for which. */
const SUCCESSORS: Record<ModelState, readonly ModelState[]> = {
  live: ['tombstone', 'superseded'],
  tombstone: ['live', 'superseded'],
  superseded: [],
};

export function assertChange(label: number, from: ModelState, to: ModelState): void {
  assert(SUCCESSORS[from].includes(to), `model ${label} is ${from} and cannot become ${to}`);
}

/** Whether a model in this state is compared with others, and so keeps its sketch. */
export function keepsSketch(state: ModelState): boolean {
  return state === 'live' || state === 'tombstone';
}

export const keyOfRepository = ({ hub, repo }: { readonly hub: string; readonly repo: string }): string =>
  `${hub}\n${repo}`;

export const keyOfPair = ({ a, b }: PairKey): string => `${a}-${b}`;
