import assert from 'node:assert/strict';
import { NONE, type Label, type LineageState } from './lineage-state';

/** The parents of `label`, nearest first; O(depth). */
export function* ancestors(state: LineageState, label: Label): Generator<Label> {
  for (let at = state.parent.get(label); at !== NONE; at = state.parent.get(at)) yield at;
}

export function rootOf(state: LineageState, label: Label): Label {
  let root = label;
  for (const ancestor of ancestors(state, label)) root = ancestor;
  return root;
}

/** Counts a model in or out of every subtree that it is in. */
export function addLiving(state: LineageState, label: Label, count: number): void {
  if (count === 0) return;
  let root = label;
  for (let at = label; at !== NONE; at = state.parent.get(at)) {
    root = at;
    state.living.set(at, state.living.get(at) + count);
  }
  const now = state.living.get(root);
  assert.ok(now >= 0, `living models of ${state.name(root)} fell to ${now}, expected at least 0`);
  state.trees += Number(now > 0) - Number(now - count > 0);
}

/**
 * Moves `label` with its subtree under `parent` (NONE: makes it a root). The changes of one transaction may pass
 * through a cycle (an edge that turns around is two changes); such a move waits, as a root, until a later one opens it.
 */
export function move(state: LineageState, label: Label, parent: Label): void {
  state.awaited.delete(label);
  unlink(state, label);
  if (parent !== NONE) link(state, label, parent);
  for (const [waiting, wanted] of [...state.awaited]) {
    if (waiting !== label && !isUnder(state, wanted, waiting)) link(state, waiting, wanted);
  }
}

function link(state: LineageState, label: Label, parent: Label): void {
  if (isUnder(state, parent, label)) {
    state.awaited.set(label, parent);
    return;
  }
  state.awaited.delete(label);
  if (state.living.get(label) > 0) state.trees--;
  state.parent.set(label, parent);
  state.children(parent).add(label);
  addLiving(state, parent, state.living.get(label));
}

function unlink(state: LineageState, label: Label): void {
  const parent = state.parent.get(label);
  if (parent === NONE) return;
  state.children(parent).remove(label, state.byName);
  addLiving(state, parent, -state.living.get(label));
  state.parent.set(label, NONE);
  if (state.living.get(label) > 0) state.trees++;
}

function isUnder(state: LineageState, label: Label, top: Label): boolean {
  if (label === top) return true;
  for (const ancestor of ancestors(state, label)) if (ancestor === top) return true;
  return false;
}
