import fc from 'fast-check';
import { SEED } from './evidence.testing';
import { meanRoundingVariance, roundTo } from './number-format';

const F32 = 2 ** -24;
const F16 = 2 ** -11;
const BF16 = 2 ** -8;

describe('rounding to a number format', () => {
  it.each([
    ['float16', F16, 0.1, 0.0999755859375],
    ['float16, tie to even', F16, 1 + 2 ** -11, 1],
    ['float16, tie to even upwards', F16, 1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ['float16, subnormal', F16, 1.4 * 2 ** -24, 2 ** -24],
    ['float16, underflow', F16, 2 ** -26, 0],
    ['float16, overflow', F16, 65520, Infinity],
    ['float16, negative', F16, -0.1, -0.0999755859375],
    ['bfloat16', BF16, 0.1, 0.10009765625],
    ['bfloat16, next binade', BF16, 1.999, 2],
    ['bfloat16, far below one', BF16, 3.1 * 2 ** -100, 3.09375 * 2 ** -100],
    ['float8 e4m3', 2 ** -4, 0.3, 0.3125],
    ['float64', 2 ** -53, 0.1, 0.1],
  ])('%s', (_, rounding, value, expected) => {
    expect(roundTo(rounding)(value)).toBe(expected);
  });

  it('is what the machine does for float32', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(roundTo(F32)(value)).toBe(Math.fround(value));
      }),
      { seed: SEED },
    );
  });

  it('changes nothing twice, and never by more than half a spacing', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.constantFrom(F16, BF16),
        (value, rounding) => {
          const once = roundTo(rounding)(value);
          expect(roundTo(rounding)(once)).toBe(once);
          expect(Math.abs(once - value)).toBeLessThanOrEqual(rounding * Math.max(Math.abs(value), 2 ** -14));
        },
      ),
      { seed: SEED },
    );
  });

  it('knows the variance of its error: a twelfth of the squared spacing', () => {
    // Numbers in [1, 2) are 2^-10 apart in float16, those in [0.5, 1) half of that; zeros and NaN are exact.
    expect(meanRoundingVariance(Float64Array.of(1.5, 0.75), F16)).toBeCloseTo(
      (4 ** -10 + 4 ** -11) / 12 / 2,
      15,
    );
    expect(meanRoundingVariance(Float64Array.of(0, NaN), F16)).toBe(0);
  });
});
