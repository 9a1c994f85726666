import type { LineageIndex, Settlement } from './lineage-index';

/**
 * The labels whose assessment a settlement can have changed, ascending: whoever moved, or has another possible parent that
 * tells. A confidence looks further than that, so a family of up to `familyMax` models is assessed anew as a whole. Dead models
 * follow what descends from them.
 */
export function stale(index: LineageIndex, settlement: Settlement, familyMax: number): number[] {
  const { moved, swayed, stirred, bereft } = settlement;
  const found = new Set<number>();
  for (const label of [...moved, ...swayed]) if (index.has(label)) found.add(label);
  const [small, large] = [new Set<number>(), new Set<number>()];
  for (const label of [...moved, ...stirred]) {
    const original = index.has(label) ? index.representative(label) : null;
    if (original === null || small.has(original)) continue;
    for (const member of familyOf(index, original, familyMax, large) ?? []) {
      small.add(member);
      for (const copy of index.copies(member)) found.add(copy);
    }
  }
  for (const label of bereft) addTombstones(index, label, found);
  for (const label of moved) addTombstones(index, label, found);
  return [...found].sort((x, y) => x - y);
}

/** Adds the tombstones from a label upwards, as far as they go: whether they are shown hangs on what is below. */
function addTombstones(index: LineageIndex, label: number, found: Set<number>): void {
  if (!index.has(label)) return;
  let up: number | null = index.representative(label);
  if (!index.model(up).tombstone) up = index.parentOf(up);
  for (; up !== null && index.model(up).tombstone; up = index.parentOf(up)) found.add(up);
}

/** Everything that is kin of kin of a label, or null where that is more than `familyMax`; `large` remembers who is in such. */
function familyOf(
  { pairs }: LineageIndex,
  label: number,
  familyMax: number,
  large: Set<number>,
): Set<number> | null {
  const family = new Set([label]);
  for (const member of family) {
    if (large.has(member) || pairs.kinCount(member) >= familyMax || family.size > familyMax) {
      for (const each of family) large.add(each);
      return null;
    }
    pairs.forEachKin(member, (kin) => family.add(kin));
  }
  return family;
}
