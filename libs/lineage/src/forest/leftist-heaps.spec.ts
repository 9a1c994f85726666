import fc from 'fast-check';

import { EMPTY, LeftistHeaps } from './leftist-heaps';

const SEED = Number(process.env.SEED ?? 1);

describe('LeftistHeaps', () => {
  it('gives the items of merged heaps in order, with what was added to each heap', () => {
    const heapContents = fc.array(
      fc.tuple(fc.integer({ min: -9, max: 9 }), fc.array(fc.integer({ min: 0, max: 50 }))),
    );
    const property = fc.property(heapContents, (contents) => {
      const heaps = new LeftistHeaps(contents.reduce((sum, [, keys]) => sum + keys.length, 0));
      let item = 0;
      let all = EMPTY;
      for (const [added, keys] of contents) {
        let heap = EMPTY;
        for (const key of keys) heap = heaps.merge(heap, heaps.single(item++, key));
        heaps.addToAll(heap, added);
        all = heaps.merge(all, heap);
      }
      const drained: number[] = [];
      for (; all !== EMPTY; all = heaps.withoutTop(all)) drained.push(heaps.keys[all]!);
      const expected = contents.flatMap(([added, keys]) => keys.map((key) => key + added));
      expect(drained).toEqual(expected.sort((a, b) => a - b));
    });
    fc.assert(property, { seed: SEED });
  });
});
