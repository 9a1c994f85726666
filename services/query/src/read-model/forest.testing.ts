import { NONE, type LineageState } from './lineage-state';

/** What the state says the forest is. */
export function forestOf(state: LineageState): Record<string, string | null> {
  const entries = state.names.map((name, label) => {
    const parent = state.parent.get(label);
    return [name, parent === NONE ? null : state.name(parent)] as const;
  });
  return Object.fromEntries(entries);
}

/** Counts everything from scratch and holds the state against it. */
export function expectCountsToHold(state: LineageState): void {
  const labels = Array.from({ length: state.rows }, (_, label) => label);
  const living = labels.map(() => 0);
  for (const label of labels.filter((one) => state.isLive(one))) {
    for (let at = label; at !== NONE; at = state.parent.get(at)) living[at]!++;
  }
  const childrenOf = (label: number): number[] =>
    labels.filter((child) => state.parent.get(child) === label && living[child]! > 0).sort(state.byName);
  expect({
    living: labels.map((label) => state.living.get(label)),
    models: state.models,
    trees: state.trees,
    children: labels.map((label) => [...state.livingChildren(label)]),
    counts: labels.map((label) => state.childCount.get(label)),
  }).toEqual({
    living,
    models: labels.filter((label) => state.isLive(label)).length,
    trees: labels.filter((label) => state.parent.get(label) === NONE && living[label]! > 0).length,
    children: labels.map(childrenOf),
    counts: labels.map((label) => childrenOf(label).length),
  });
}
