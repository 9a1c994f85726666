import assert from 'node:assert/strict';
import type { LineageIndex } from './lineage-index';

/** Models whose edges are checked, and edges of one model: a popular base has them by the thousands. */
const MODELS_MAX = 32;
const KIN_MAX = 4_096;

/**
 * Proves in place that the forest is optimal around some labels. It is by construction, so a violation is an error in the
 * program: nothing of it may be published.
 */
export function audit(index: LineageIndex, labels: Iterable<number>): void {
  const sample: number[] = [];
  for (const label of labels) {
    if (sample.length >= MODELS_MAX) break;
    if (!index.has(label) || index.representative(label) !== label) continue;
    if (index.pairs.kinCount(label) <= KIN_MAX) sample.push(label);
  }
  const [violation] = index.audit(sample).violations;
  assert(
    violation === undefined,
    `an optimal forest expected at node ${violation?.label}: ${violation?.detail}`,
  );
}
