import { confidenceIn } from './confidence';
import { recordOf, TestIndex } from './test-index.testing';
import { freshWeights, trained, type TestWeights } from './weights.testing';

/** A family in which some directions are hard to tell: there is little to see of it. */
function family(models: number): TestWeights[] {
  const made = [freshWeights(1, { matrices: 2, rows: 12, columns: 8 })];
  for (let i = 1; i < models; i++) {
    const parent = i % 3 === 0 ? made[Math.floor(i / 3)]! : made[0]!;
    made.push(trained(parent, i + 100, { size: 0.02 * (1 + (i % 5)), decay: 0 }));
  }
  return made;
}

it('keeps the confidences of a family that is too large to be assessed as a whole near what they are', async () => {
  const index = await TestIndex.open({ familyMax: 4 });
  const order = family(48).map((weights, i) => ({ weights, i, rank: (i * 29) % 48 }));
  const records = order
    .sort((x, y) => x.rank - y.rank)
    .map(({ weights, i }) => recordOf({ name: `m${i}`, weights, at: i + 1 }));
  for (let at = 0; at < records.length; at += 4) await index.deliver(...records.slice(at, at + 4));
  const published = new Map<string, number>();
  for (const { model, confidence } of await index.store.changes({ after: 0, limit: 1e5 }))
    published.set(model, confidence);
  const errors = [...published].map(([repo, confidence]) => {
    const label = index.parts.index.labelNamed(repo);
    const now = confidenceIn(index.parts.index, label).of(index.parts.index.parentOf(label));
    return Math.abs(now - confidence);
  });
  expect([...published.values()].filter((confidence) => confidence < 0.97).length).toBeGreaterThan(3);
  expect(Math.max(...errors)).toBeLessThan(0.02);
  await index.close();
}, 60_000);
