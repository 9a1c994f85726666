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

/** Counts `count` living models in (or out, if negative) at `label`: there and in every subtree that it is in. */
export function addLiving(state: LineageState, label: Label, count: number): void {
  if (count === 0) return;
  for (let at = label; at !== NONE; at = state.parent.get(at)) {
    const before = state.living.get(at);
    const now = before + count;
    assert.ok(now >= 0, `living models of ${state.name(at)} fell to ${now}, expected at least 0`);
    state.living.set(at, now);
    if (before > 0 !== now > 0) countBranch(state, at, now > 0 ? 1 : -1);
  }
}

/** A branch in which something lives counts for its parent, or is a tree. */
function countBranch(state: LineageState, label: Label, count: 1 | -1): void {
  const parent = state.parent.get(label);
  if (parent === NONE) state.trees += count;
  else state.childCount.set(parent, state.childCount.get(parent) + count);
}

/**
 * Moves `label` with its subtree under `parent` (NONE: makes it a root). The changes of one transaction may pass
 * through a cycle (an edge that turns around is two changes), and so may two partitions that are not of one moment. Then one model
 * of the cycle waits, as a root, until a later move opens it: the first by name, whichever came last.
 */
export function move(state: LineageState, label: Label, parent: Label): void {
  state.awaited.delete(label);
  unlink(state, label);
  if (parent !== NONE) link(state, label, parent);
  if (state.awaited.size === 0) return;
  for (const [waiting, wanted] of [...state.awaited]) if (waiting !== label) link(state, waiting, wanted);
}

function link(state: LineageState, label: Label, parent: Label): void {
  state.awaited.delete(label);
  if (isUnder(state, parent, label)) {
    const first = firstByName(state, parent, label);
    state.awaited.set(first, first === label ? parent : state.parent.get(first));
    if (first === label) return;
    unlink(state, first);
  }
  hang(state, label, parent);
  state.children(parent).add(label);
  addLiving(state, parent, state.living.get(label));
}

function unlink(state: LineageState, label: Label): void {
  const parent = state.parent.get(label);
  if (parent === NONE) return;
  state.children(parent).remove(label, state.byName);
  hang(state, label, NONE);
  addLiving(state, parent, -state.living.get(label));
}

/** Changes the parent and what is counted with it, but not the living above. */
function hang(state: LineageState, label: Label, parent: Label): void {
  const isBranch = state.living.get(label) > 0;
  if (isBranch) countBranch(state, label, -1);
  state.parent.set(label, parent);
  if (isBranch) countBranch(state, label, 1);
}

/** Of the models from `label` up to `top`. */
function firstByName(state: LineageState, label: Label, top: Label): Label {
  let first = top;
  for (let at = label; at !== top; at = state.parent.get(at)) if (state.byName(at, first) < 0) first = at;
  return first;
}

function isUnder(state: LineageState, label: Label, top: Label): boolean {
  let at = label;
  while (at !== top && at !== NONE) at = state.parent.get(at);
  return at === top;
}
