import { crowdOf, parentProbabilities, type Candidates } from '@stemma/lineage';
import { confidenceIn } from './confidence';
import { recordOf, TestIndex } from './test-index.testing';
import { freshWeights, trained, type TestWeights } from './weights.testing';

/** Sixty models of whose weights there is little to see, so that directions are open; steps of very different sizes. */
function family(): TestWeights[] {
  const made = [freshWeights(1, { matrices: 2, rows: 12, columns: 8 })];
  for (let i = 1; i < 60; i++) {
    const parent = i % 3 === 0 ? made[Math.floor(i / 3)]! : made[0]!;
    made.push(trained(parent, i + 100, { size: 0.02 * (1 + (i % 5)), decay: 0 }));
  }
  return made;
}

it('is what the whole surroundings say, though it looks at a bounded part of them', async () => {
  const index = await TestIndex.open({ candidatesMax: 64 });
  await index.deliver(...family().map((weights, i) => recordOf({ name: `m${i}`, weights, at: i + 1 })));
  const { index: lineage } = index.parts;
  const { pairs, constants } = lineage;
  const kin = (label: number): number[] => [...lineage.nearestKin(label, 64)];
  const distance = (a: number, b: number): number | null => pairs.weights(a, b)?.distance ?? null;
  const relatives = { constants, neighbours: kin, distance };
  const whole: Candidates = {
    ...relatives,
    // The weights have the crowd in them, where it counts.
    logOdds: (parent, child) => pairs.weights(parent, child)!.logOdds,
    crowd: () => 0,
    pooled: () => 0,
  };
  expect(Math.max(...[...Array(60).keys()].map((label) => kin(label).length))).toBeGreaterThan(39);
  expect(crowdOf(relatives, 1, 2)).toBe(0 - crowdOf(relatives, 2, 1));
  const forest = { isAllowed: () => true, parentOf: (label: number) => lineage.parentOf(label) };
  const errors = [...Array(60).keys()].map((label) => {
    const parent = lineage.parentOf(label);
    const expected = parentProbabilities(whole, label, forest);
    return Math.abs(confidenceIn(lineage, label).of(parent) - expected.of(parent));
  });
  expect(Math.max(...errors)).toBeLessThan(1e-3);
  await index.close();
});
