import type { LineageIndex } from './lineage-index';

/**
 * The labels whose assessment a settlement can have changed, ascending: a confidence looks at a model's surroundings. A
 * family of up to `familyMax` models is taken as a whole; of a larger one the touched models and their kin. Copies follow
 * their representative.
 */
export function stale(index: LineageIndex, touched: Iterable<number>, familyMax: number): number[] {
  const found = new Set<number>();
  for (const label of touched) {
    if (!index.has(label) || found.has(label)) continue;
    const family = familyOf(index, index.representative(label), familyMax);
    const near = family ?? [label, index.representative(label), ...index.pairs.kinOf(label)];
    for (const member of near) for (const copy of index.copies(member)) found.add(copy);
  }
  return [...found].sort((x, y) => x - y);
}

/** Everything that is kin of kin of a label, or null where that is more than `familyMax`. */
function familyOf(index: LineageIndex, label: number, familyMax: number): Set<number> | null {
  const family = new Set([label]);
  for (const member of family) {
    for (const kin of index.pairs.kinOf(member)) family.add(kin);
    if (family.size > familyMax) return null;
  }
  return family;
}
