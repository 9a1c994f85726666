import { VIRTUAL_ROOT } from '@stemma/lineage';
import { recordOf, TestIndex } from './test-index.testing';
import { freshWeights, trained } from './weights.testing';

it('stops a batch whose forest is not optimal, before anything of it is kept', async () => {
  const index = await TestIndex.open({ auditArrivals: 1 });
  const base = freshWeights(1);
  await index.deliver(recordOf({ name: 'base', weights: base, at: 1 }));
  const before = await index.published();
  index.parts.index.audit = (labels) => ({
    nodes: labels?.length ?? 0,
    edges: 1,
    violations: [{ kind: 'cheaper-edge', label: VIRTUAL_ROOT, detail: 'another edge expected' }],
  });
  const arrival = recordOf({ name: 'child', weights: trained(base, 2), at: 2 });
  await expect(index.deliver(arrival)).rejects.toThrow('another edge expected');
  expect(await index.published()).toEqual(before);
  await index.close();
});
