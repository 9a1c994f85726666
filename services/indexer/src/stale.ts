import type { LineageIndex, Settlement } from './lineage-index';

/**
 * The labels whose assessment a settlement can have changed, ascending: a confidence looks at a model's surroundings. A
 * family of up to `familyMax` models is taken as a whole; of a larger one the touched models and their kin. Copies follow
 * their representative, and dead models what descends from them.
 */
export function stale(index: LineageIndex, settlement: Settlement, familyMax: number): number[] {
  const found = new Set<number>();
  for (const label of settlement.touched) {
    if (!index.has(label) || found.has(label)) continue;
    const family = familyOf(index, index.representative(label), familyMax);
    const near = family ?? [label, index.representative(label), ...index.pairs.kinOf(label)];
    for (const member of near) for (const copy of index.copies(member)) found.add(copy);
  }
  for (const label of settlement.bereft) addTombstones(index, label, found);
  for (const label of settlement.touched) if (index.has(label)) addTombstones(index, label, found);
  return [...found].sort((x, y) => x - y);
}

/** Adds the tombstones from a label upwards, as far as they go: whether they are shown hangs on what is below. */
function addTombstones(index: LineageIndex, label: number, found: Set<number>): void {
  if (!index.has(label)) return;
  let up: number | null = index.representative(label);
  if (!index.model(up).tombstone) up = index.parentOf(up);
  for (; up !== null && index.model(up).tombstone; up = index.parentOf(up)) found.add(up);
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
