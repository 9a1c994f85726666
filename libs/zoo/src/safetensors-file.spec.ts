import fc from 'fast-check';
import { bfloat16Bits, float16Bits, floatBytes } from './safetensors-file';

const seed = Number(process.env.SEED ?? 20_240_108);

/** The value of float16 bits, by the definition of the format. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [-0, 0x8000],
])('%d is float16 %i', (value, bits) => {
  expect(float16Bits(value)).toBe(bits);
});

test('every float16 comes back as itself', () => {
  for (let bits = 0; bits < 0x7c00; bits++) expect(float16Bits(float16Value(bits))).toBe(bits);
});

test('float16 is the nearest one', () => {
  fc.assert(
    fc.property(fc.double({ min: -65_000, max: 65_000, noNaN: true }), (value) => {
      const bits = float16Bits(value);
      const error = Math.abs(float16Value(bits) - value);
      for (const next of [bits - 1, bits + 1]) {
        if ((next & 0x7fff) < 0x7c00 && next >= 0)
          expect(error).toBeLessThanOrEqual(Math.abs(float16Value(next) - value));
      }
    }),
    { seed },
  );
});

test('bfloat16 keeps the upper half of a float32 and rounds to even', () => {
  expect(bfloat16Bits(1)).toBe(0x3f80);
  expect(bfloat16Bits(1 + 2 ** -8)).toBe(0x3f80);
  expect(bfloat16Bits(1 + 3 * 2 ** -8)).toBe(0x3f82);
  expect([...floatBytes(Float64Array.of(1, -1), 'BF16')]).toEqual([0x80, 0x3f, 0x80, 0xbf]);
});
