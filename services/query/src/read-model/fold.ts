import assert from 'node:assert/strict';
import type { Change } from './change-history';
import { addLiving, move } from './forest';
import { NONE, STATES, type LineageState, type ModelState } from './lineage-state';

/**
 * Brings the state one change further. Folding all changes from 1 gives the forest (DESIGN 4.1).
 * @returns `seen` when the state has this seq already (deliveries are at least once).
 * @throws AssertionError on a gap: a change is missing and nothing after it may be believed.
 */
export function fold(state: LineageState, change: Change): 'folded' | 'seen' {
  if (change.seq <= state.seq) return 'seen';
  assert.equal(
    change.seq,
    state.seq + 1,
    `gap in the changes: expected seq ${state.seq + 1}, got ${change.seq}`,
  );
  const label = state.intern(change.model);
  state.revisions[label] = change.revision;
  state.relation.set(label, state.relations.code(change.relation));
  state.verdict.set(label, state.verdicts.code(change.verdict));
  state.confidence.set(label, change.confidence);
  state.architecture.set(label, state.architectures.code(change.architecture));
  state.claim.set(label, state.claims.code(change.claim));
  state.changedAt.set(label, change.seq);
  enter(state, label, change.kind === 'deleted' ? 'deleted' : 'live');
  const { after } = change.parent;
  move(state, label, after === null ? NONE : state.intern(after));
  state.seq = change.seq;
  state.time = change.time;
  return 'folded';
}

function enter(state: LineageState, label: number, next: ModelState): void {
  const count = Number(next === 'live') - Number(state.isLive(label));
  state.state.set(label, STATES.indexOf(next));
  state.models += count;
  addLiving(state, label, count);
}
