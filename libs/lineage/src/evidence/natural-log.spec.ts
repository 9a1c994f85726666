import fc from 'fast-check';
import { SEED } from './evidence.testing';
import { naturalLog } from './natural-log';

describe('the natural logarithm', () => {
  it('is exact where it can be', () => {
    expect(naturalLog(1)).toBe(0);
    expect(naturalLog(2)).toBe(Math.LN2);
    expect(naturalLog(2 ** -1000)).toBeCloseTo(-1000 * Math.LN2, 12);
  });

  it('is that of the platform but for the last digit', () => {
    const normal = fc.double({ min: 2 ** -1022, noNaN: true, noDefaultInfinity: true });
    const nearOne = fc.double({ min: 0.5, max: 2, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(normal, nearOne), (x) => {
        const expected = Math.log(x);
        expect(Math.abs(naturalLog(x) - expected)).toBeLessThanOrEqual(2 ** -51 * Math.abs(expected));
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});
