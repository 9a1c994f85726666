import { ancestors } from './forest';
import { NONE, type Label, type LineageState } from './lineage-state';

export interface DrawnModel {
  readonly label: Label;
  /** Steps from the topmost model drawn. */
  readonly depth: number;
  /** Children that were left out. */
  readonly hidden: number;
}

/**
 * The part of a tree to draw around `label`: its ancestors, then whoever is fewest steps away, `modelsMax` in all; so the
 * whole tree where it is small. Each model is followed by its own branch, siblings by name.
 */
export function neighbourhood(state: LineageState, label: Label, modelsMax: number): DrawnModel[] {
  const chosen = new Set<Label>([label]);
  for (const ancestor of ancestors(state, label)) if (chosen.size < modelsMax) chosen.add(ancestor);
  const top = [...chosen].at(-1) as Label;
  // A Set iterates what is added on the way, in the order of insertion: here the order of distance.
  const reached = new Set<Label>([label]);
  for (const near of reached) {
    if (chosen.size >= modelsMax) break;
    for (const next of neighbours(state, near)) {
      reached.add(next);
      chosen.add(next);
      if (chosen.size >= modelsMax) break;
    }
  }
  return inOrder(state, top, chosen);
}

function* neighbours(state: LineageState, label: Label): Generator<Label> {
  const parent = state.parent.get(label);
  if (parent !== NONE) yield parent;
  yield* state.livingChildren(label);
}

function inOrder(state: LineageState, top: Label, chosen: ReadonlySet<Label>): DrawnModel[] {
  const childrenOf = new Map<Label, Label[]>();
  for (const label of [...chosen].sort(state.byName)) {
    const siblings = childrenOf.get(state.parent.get(label));
    if (siblings) siblings.push(label);
    else childrenOf.set(state.parent.get(label), [label]);
  }
  const drawn: DrawnModel[] = [];
  const open: { label: Label; depth: number }[] = [{ label: top, depth: 0 }];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { label, depth } = at;
    const children = childrenOf.get(label) ?? [];
    drawn.push({ label, depth, hidden: state.childCount.get(label) - children.length });
    for (const child of children.reverse()) open.push({ label: child, depth: depth + 1 });
  }
  return drawn;
}
