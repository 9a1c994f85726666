import type { Transaction } from './transaction';
import { change, model, pair, parent } from './store.testing';

export const TOPIC = 'stemma.model.sketched.v1';
/** Small, so that a short run folds its log into the file, starts new segments and deletes pairs many times. */
export const SMALL = { walMaxBytes: 100_000, segmentMaxBytes: 5_000, pairsGoneMax: 2 };
const REPOSITORIES = 7;

/** What step n writes: a new revision of one of seven repositories, and something in every other table. */
export function step(tx: Transaction, n: number): void {
  if (n >= REPOSITORIES) tx.supersede(n - REPOSITORIES);
  tx.putModel(stepModel(n));
  if (n > 0) tx.putCandidates([pair(n - 1, n)]);
  if (n > 3) tx.removeCandidates([pair(n - 3, n - 2)]);
  tx.putParents([parent(n % 10, n === 0 ? null : 100 + n)]);
  const [made] = tx.appendChanges(0, [change(`model-${n}`, null, { cause: `event-${n}` })]);
  tx.putOutbox([{ topic: 't', partition: 0, key: `key-${n}`, payload: JSON.stringify({ seq: made!.seq }) }]);
  tx.reject({ event: `bad-${n}`, repo: 'org/bad', sha: '1', service: 's', reason: 'r', detail: 'd', at: n });
  tx.advance(TOPIC, 0, n === 0 ? null : n, n + 1);
}

export const stepModel = (n: number) => model(`model-${n % REPOSITORIES}`, n);

/** Whether the model of step n is still live after `steps` steps. */
export const isLive = (n: number, steps: number): boolean => n + REPOSITORIES >= steps;

/** Pairs that are there after `steps` steps, by their first label. */
export const pairsAfter = (steps: number): number[] =>
  Array.from({ length: Math.max(0, steps - 1) }, (_, a) => a).filter((a) => a === 0 || a + 3 >= steps);
