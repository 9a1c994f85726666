import { CHANGED, lineageChanged, toRecord, type LogRecord } from '@stemma/events';
import type { Change } from './read-model/change-history';

/** Seed of all random tests; a failing one prints it. */
export const SEED = Number(process.env.SEED ?? 20260504);

export const TIME = '2026-05-04T12:00:00.000Z';

export const ORIGIN = { source: '/stemma/test', time: TIME };

/** A change as the indexer would send it; what is left out is a plain fine-tune (or a root). */
export function change(seq: number, model: string, after: string | null, more: Partial<Change> = {}): Change {
  return {
    partition: 0,
    seq,
    kind: 'arrived',
    model,
    revision: 'a1b2c3d4e5f6071829',
    publishedAt: TIME,
    validFrom: TIME,
    parent: { before: null, after },
    relation: after === null ? null : 'finetune',
    verdict: after === null ? 'root' : 'asserted',
    confidence: 0.97,
    evidence: [{ kind: 'growth', figure: 12.5, logOdds: 8.1, sentence: `${model} has grown.` }],
    runnersUp: [],
    architecture: 'arch-1',
    claim: null,
    cause: `${model}@a1#sketched`,
    time: TIME,
    ...more,
  };
}

/** A change as the log would hand it over. */
export function recordOf({ partition, ...data }: Change): LogRecord {
  const { key, value } = toRecord(lineageChanged(data, ORIGIN));
  return { topic: CHANGED, partition, position: data.seq - 1, key, value, time: 0 };
}

/** Changes from a table of child → parent, in the order given. */
export function family(parents: Readonly<Record<string, string | null>>, firstSeq = 1): Change[] {
  return Object.entries(parents).map(([model, parent], i) => change(firstSeq + i, model, parent));
}

/** `models` in trees that grow as hubs do: most start from a popular or recent model, some are roots. */
export function randomFamily(models: number, seed: number, rootShare = 0.02): Change[] {
  const random = mulberry32(seed);
  const names = Array.from({ length: models }, (_, i) => `org-${i % 97}/Model.${i}`);
  return names.map((name, i) => {
    const parent = i === 0 || random() < rootShare ? null : (names[Math.floor(random() ** 1.5 * i)] ?? null);
    return change(i + 1, name, parent);
  });
}

/** Uniform numbers in [0, 1) from a 32-bit seed (Tommy Ettinger's mulberry32, public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
