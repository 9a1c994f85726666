import fc from 'fast-check';
import { SEED } from './evidence.testing';
import { median } from './median';

it('the median is in the middle of the sorted list', () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: 0, max: 3 }),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 90 }), (list) => {
      const sorted = Float64Array.from(list).sort();
      const [below, above] = [sorted[(list.length - 1) >> 1]!, sorted[list.length >> 1]!];
      const expected = list.length % 2 === 1 ? above : (below + above) / 2;
      expect(median(Float64Array.from(list)) - expected).toBe(0);
    }),
    { seed: SEED, numRuns: 500 },
  );
});
