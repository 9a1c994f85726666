import type { LogRecord } from '@stemma/events';
import { recordOf } from '../src/test-index.testing';
import { freshWeights, trained, type TestShape, type TestWeights } from '../src/weights.testing';

/** Something that a hub did: one event of a repository. Everything in a history is a number or a name, so that it can be kept as JSON. */
export interface HistoryEvent {
  /** Of the repository `org/<name>`. */
  readonly name: string;
  /** Which of the world's weights; null: the repository is gone. */
  readonly weights: number | null;
  /** Minute that the event carries. */
  readonly at: number;
  /** Minute at which the log took it: before `at` where the sender's clock runs ahead. */
  readonly takenAt: number;
  readonly createdAt: number;
  readonly sha: string;
}

/** What happened, and the ways in which it was told. */
export interface History {
  /** Which weights there are: {@link worldOf}. */
  readonly world: number;
  /** k of the candidate graph. */
  readonly candidatesMax: number;
  /** In the order in which it happened. */
  readonly events: readonly HistoryEvent[];
  /** The same as somebody else gets it: batches of indices into `events`, in any order, some more than once. */
  readonly batches: readonly (readonly number[])[];
  /** Before which of those batches the indexer starts anew from its tables. */
  readonly restarts: readonly number[];
}

const WIDE: TestShape = { matrices: 2, rows: 16, columns: 12 };
const NARROW: TestShape = { matrices: 2, rows: 12, columns: 8 };

/** A chain, a star and a branching tree of one architecture, two trees of another, and strangers of both. */
export function worldOf(world: number): readonly TestWeights[] {
  const models: TestWeights[] = [];
  let drawn = world * 1_000;
  const root = (shape: TestShape): number => models.push(freshWeights(++drawn, shape)) - 1;
  const child = (of: number): number => models.push(trained(models[of]!, ++drawn)) - 1;
  for (let last = root(WIDE), i = 0; i < 5; i++) last = child(last);
  for (let centre = root(WIDE), i = 0; i < 6; i++) child(centre);
  const base = root(WIDE);
  for (let i = 1; i < 7; i++) child(base + ((i * 5) >> 3));
  for (const _ of [1, 2]) for (let last = root(NARROW), i = 0; i < 3; i++) child(last + (i >> 1));
  for (const shape of [WIDE, WIDE, NARROW]) root(shape);
  return models;
}

/** The records of `model.sketched`, in the order of the events. */
export function recordsOf(history: History, weights: readonly TestWeights[]): LogRecord[] {
  return history.events.map(({ weights: which, ...event }) =>
    recordOf({ ...event, weights: which === null ? null : weights[which]! }),
  );
}
