import assert from 'node:assert/strict';
import { modelSketched, SKETCHED, toRecord, type LogRecord } from '@stemma/events';
import { encodeSketch } from '@stemma/sketch';
import { freshWeights, sketchOf, trained, type TestShape, type TestWeights } from '../src/weights.testing';

/**
 * Something that a hub did: one event of a repository. Everything in a history is a number or a name, so that it can be kept
 * as JSON.
 */
export interface HistoryEvent {
  /** Of the repository `org/<name>`. */
  readonly name: string;
  /** Which of the world's weights; null: the repository is gone. */
  readonly weights: number | null;
  readonly sha: string;
  /** Minute at which the repository was made. */
  readonly createdAt: number;
  /** Minute that the event carries. */
  readonly at: number;
  /** Minute at which the log took it; before `at` where the sender's clock runs ahead. */
  readonly takenAt: number;
}

/** What happened, and two ways in which it was told. */
export interface History {
  /** Which weights there are: see {@link worldOf}. */
  readonly world: number;
  /** k of the candidate graph. */
  readonly candidatesMax: number;
  /** One by one, in this order. */
  readonly events: readonly HistoryEvent[];
  /** As somebody else gets them: batches of indices into `events`, in any order, some of them more than once. */
  readonly batches: readonly (readonly number[])[];
  /** Before which of those batches the indexer starts anew from its tables. */
  readonly restarts: readonly number[];
}

/** The weights that a history draws from, and their sketches as events carry them. */
export interface World {
  readonly sketches: readonly { readonly architecture: string; readonly base64: string }[];
}

const WIDE: TestShape = { matrices: 2, rows: 16, columns: 12 };
const NARROW: TestShape = { matrices: 2, rows: 12, columns: 8 };

/** How many weights each family of a world has; the last are no family. */
const FAMILY_SIZES = [6, 7, 7, 4, 4, 3] as const;

/** A chain, a star and a branching tree of one architecture, two trees of another, and strangers of both. */
export function worldOf(world: number): World {
  const models: TestWeights[] = [];
  let drawn = world * 1_000;
  const root = (shape: TestShape): number => models.push(freshWeights(++drawn, shape)) - 1;
  const child = (of: number): number => models.push(trained(models[of]!, ++drawn)) - 1;
  for (let last = root(WIDE), i = 0; i < 5; i++) last = child(last);
  for (let centre = root(WIDE), i = 0; i < 6; i++) child(centre);
  for (let base = root(WIDE), i = 1; i < 7; i++) child(base + ((i * 5) >> 3));
  for (let tree = 0; tree < 2; tree++)
    for (let base = root(NARROW), i = 1; i < 4; i++) child(base + (i >> 1));
  for (const shape of [WIDE, WIDE, NARROW]) root(shape);
  assert.equal(models.length, FAMILIES.flat().length);
  const sketches = models.map((weights) => {
    const sketch = sketchOf(weights);
    const base64 = Buffer.from(encodeSketch(sketch)).toString('base64');
    return { architecture: sketch.architecture, base64 };
  });
  return { sketches };
}

/** Which of a world's weights are of one family: {@link worldOf} makes them in this order. */
export const FAMILIES: readonly (readonly number[])[] = FAMILY_SIZES.map((size, family) => {
  const first = FAMILY_SIZES.slice(0, family).reduce((sum, before) => sum + before, 0);
  return Array.from({ length: size }, (_, at) => first + at);
});

const DAY_MS = Date.parse('2026-05-01T00:00:00Z');
const MINUTE_MS = 60_000;
const instantMs = (minute: number): number => DAY_MS + minute * MINUTE_MS;

/** An event as the log hands it over; `position` says where in the log it is told. */
export function recordOf(event: HistoryEvent, { sketches }: World): LogRecord {
  const { name, sha, weights, createdAt, at, takenAt } = event;
  const sketch = weights === null ? null : sketches[weights]!;
  const time = new Date(instantMs(at)).toISOString();
  const data = {
    ...{ hub: 'zoo', repo: `org/${name}`, sha, createdAt: new Date(instantMs(createdAt)).toISOString() },
    ...{
      deleted: sketch === null,
      architecture: sketch?.architecture ?? null,
      sketch: sketch?.base64 ?? null,
    },
    ...{ claim: null, bytesRead: 1, bytesPublished: 2 },
  };
  const { key, value } = toRecord(modelSketched(data, { source: '/stemma/test', time }));
  return { topic: SKETCHED, partition: 0, position: 0, key, value, time: instantMs(takenAt) };
}
