import assert from 'node:assert/strict';
import type { Change } from './change-history';
import type { Label, LineageState } from './lineage-state';
import { outranks, show, shown, toldBy, type Told } from './told';

/**
 * Brings the state one change further. Folding all changes gives the forest (DESIGN 4.1): those of one partition in their order,
 * the partitions in any. A model that several partitions tell of is shown as the one tells last whose revision is the newest.
 *
 * @returns `seen` when the state has this seq already (deliveries are at least once).
 * @throws AssertionError on a gap: a change is missing and nothing after it may be believed.
 */
export function fold(state: LineageState, change: Change): 'folded' | 'seen' {
  const { partition, seq, time } = change;
  const expected = (state.seqs[partition] ?? 0) + 1;
  if (seq < expected) return 'seen';
  assert.equal(
    seq,
    expected,
    `gap in the changes of partition ${partition}: expected seq ${expected}, got ${seq}`,
  );
  const label = state.intern(change.model);
  take(state, label, change);
  state.seqs[partition] = seq;
  state.changes++;
  if (time > state.time) state.time = time;
  return 'folded';
}

function take(state: LineageState, label: Label, change: Change): void {
  const { partition } = change;
  const isFirst = state.stateOf(label) === 'named';
  const isShown = !isFirst && state.partition.get(label) === partition;
  const known = isShown ? state.listed.get(label) : state.rivals.get(label)?.get(partition)?.listed;
  const told = toldBy(change, known ?? state.list(partition, label), state);
  if (isFirst || (isShown && !state.rivals.has(label))) show(state, label, told);
  else contest(state, label, told);
}

/** What counts is decided anew between what all partitions told last, so that it does not hang on the order in which they are read. */
function contest(state: LineageState, label: Label, told: Told): void {
  const before = shown(state, label);
  const rivals = state.rivals.get(label) ?? new Map([[before.partition, before]]);
  rivals.set(told.partition, told);
  state.rivals.set(label, rivals);
  const [first, ...others] = rivals.values();
  const best = others.reduce((best, other) => (outranks(other, best) ? other : best), first as Told);
  if (best === told || best.partition !== before.partition) show(state, label, best);
}
