import assert from 'node:assert/strict';

import { COST_MAX, VIRTUAL_ROOT, type Neighbour } from './forest';

/** An integer of at most `COST_MAX`, or `Infinity` for an edge that is not there. */
export function isCost(cost: number): boolean {
  return (Number.isInteger(cost) && Math.abs(cost) <= COST_MAX) || cost === Infinity;
}

/** Fails unless `cost` is one for the edge tail→head; the edges from the virtual root 0 cannot be absent. */
export function assertCost(cost: number, tail: number, head: number): void {
  if (isCost(cost) && (tail !== VIRTUAL_ROOT || cost < Infinity)) return;
  assert.fail(
    `${tail}→${head}: an integer within ±2^48 (or Infinity for no edge) as cost expected, ${cost} found`,
  );
}

/** Fails unless the root cost is one and the neighbours are distinct others of the forest, with costs. */
export function assertNode(
  forest: { has(label: number): boolean },
  label: number,
  rootCost: number,
  neighbours: readonly Neighbour[],
): void {
  assertCost(rootCost, VIRTUAL_ROOT, label);
  const seen = new Set<number>([label]);
  for (const { label: other, costIn, costOut } of neighbours) {
    if (seen.has(other) || !forest.has(other))
      assert.fail(`node ${label}: distinct neighbours in the forest expected, ${other} found`);
    seen.add(other);
    assertCost(costIn, other, label);
    assertCost(costOut, label, other);
  }
}
