import { ancestors } from './forest';
import type { Label, LineageState } from './lineage-state';

export interface Visit {
  readonly label: Label;
  /** Steps from the root of the walk. */
  readonly depth: number;
}

/**
 * The models under `root` (itself left out), each followed by its own subtree, siblings by name. `after` resumes behind a
 * model of the subtree without any other memory, so a cursor is one name. O(1) a step.
 */
export function* preorder(
  state: LineageState,
  root: Label,
  { depthMax = Infinity, after = root }: { depthMax?: number | undefined; after?: Label | undefined } = {},
): Generator<Visit> {
  const open = openSiblings(state, root, after).slice(0, depthMax);
  if (open.length < depthMax) open.push(state.livingChildren(after));
  for (let siblings = open.at(-1); siblings !== undefined; siblings = open.at(-1)) {
    const { value: label, done } = siblings.next();
    if (done) {
      open.pop();
      continue;
    }
    yield { label, depth: open.length };
    if (open.length < depthMax) open.push(state.livingChildren(label));
  }
}

/** For every level from `root` down to `after`: the siblings that come after it. */
function openSiblings(state: LineageState, root: Label, after: Label): Generator<Label, void>[] {
  const open: Generator<Label, void>[] = [];
  for (let at = after; at !== root; at = state.parent.get(at)) {
    open.unshift(state.livingChildren(state.parent.get(at), at));
  }
  return open;
}

/** Steps from `label` up to `root`, undefined where `label` is not in that subtree. */
export function depthUnder(state: LineageState, root: Label, label: Label): number | undefined {
  if (label === root) return 0;
  let depth = 0;
  for (const ancestor of ancestors(state, label)) {
    depth++;
    if (ancestor === root) return depth;
  }
  return undefined;
}
