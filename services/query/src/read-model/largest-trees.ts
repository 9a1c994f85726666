import type { Label, LineageState } from './lineage-state';

export interface TreePlace {
  readonly models: number;
  readonly name: string;
}

/**
 * Roots of the `limit` largest trees after `after`, by size and then name: one pass over all models that keeps the best,
 * since an order of all roots would have to be mended at every change.
 */
export function largestTrees(state: LineageState, limit: number, after?: TreePlace): Label[] {
  const best: Label[] = [];
  const before = (a: Label, b: Label): boolean => {
    const difference = state.living.get(b) - state.living.get(a);
    return difference < 0 || (difference === 0 && state.byName(a, b) < 0);
  };
  for (let label = 0; label < state.rows; label++) {
    if (!state.isRoot(label) || (after !== undefined && !comesAfter(state, label, after))) continue;
    if (best.length === limit && !before(label, best[limit - 1] as Label)) continue;
    let at = Math.min(best.length, limit - 1);
    for (; at > 0 && before(label, best[at - 1] as Label); at--) best[at] = best[at - 1] as Label;
    best[at] = label;
  }
  return best;
}

function comesAfter(state: LineageState, label: Label, { models, name }: TreePlace): boolean {
  const size = state.living.get(label);
  return size < models || (size === models && state.name(label) > name);
}
