import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CandidatePair, NewChange, NewModel, ParentRow } from './rows';

/** A fresh folder, and how to be rid of it. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'stemma-store-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A model named `org/<name>` whose figures can be told from its name and revision. */
export function model(name: string, revision = 1, more: Partial<NewModel> = {}): NewModel {
  const sum = [...`${name}@${revision}`].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return {
    partition: 0,
    hub: 'zoo',
    repo: `org/${name}`,
    sha: `${name}-${revision}`,
    architecture: 'arch',
    createdAt: 1_700_000_000_000 + revision,
    publishedAt: 1_700_000_100_000 + revision,
    contentHash: `content-${name}-${revision}`,
    coordinates: 'everywhere',
    fingerprint: Float32Array.from({ length: 128 }, (_, i) => Math.fround(sum + i / 128)),
    sketch: Uint8Array.from({ length: 500 + (sum % 100) }, (_, i) => (sum + i) % 256),
    claim: { baseModels: ['org/base'], relation: null },
    bytesRead: 1_000 + sum,
    bytesPublished: 1_000_000 + sum,
    ...more,
  };
}

export function pair(a: number, b: number, more: Partial<CandidatePair> = {}): CandidatePair {
  return {
    a,
    b,
    proximity: Math.fround(a / 10 + b / 100),
    distance: -7.25,
    squaredDistance: 1e-5,
    correlation: 0.99,
    growth: a - b,
    slope: 0.9,
    embeddingGrowth: 0,
    otherLogOdds: -0.5,
    logOdds: 3.5,
    kinship: 'kin',
    variant: false,
    ...more,
  };
}

export function parent(label: number, of: number | null, more: Partial<ParentRow> = {}): ParentRow {
  return {
    label,
    parent: of,
    relation: of === null ? null : 'finetune',
    verdict: of === null ? 'root' : 'asserted',
    confidence: 0.97,
    evidence: [{ kind: 'growth', figure: 12.5, logOdds: 8, sentence: 'Rows that turned have grown.' }],
    runnersUp: [],
    seq: 1,
    ...more,
  };
}

export function change(name: string, parentAfter: string | null, more: Partial<NewChange> = {}): NewChange {
  return {
    model: `org/${name}`,
    revision: `${name}-1`,
    kind: 'arrived',
    parentBefore: null,
    parentAfter,
    relation: parentAfter === null ? null : 'finetune',
    verdict: parentAfter === null ? 'root' : 'asserted',
    confidence: 0.97,
    evidence: [{ kind: 'growth', figure: 12.5, logOdds: 8, sentence: 'Rows that turned have grown.' }],
    runnersUp: [{ model: 'org/other', confidence: 0.02 }],
    architecture: 'arch',
    cause: `org/${name}@${name}-1#sketched`,
    validFrom: 1_700_000_000_000,
    ...more,
  };
}

/** Everything in the batches of a stream. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
