import fc from 'fast-check';
import { decode, isDecodable } from './decode';
import { DTYPES, isWeightDtype, itemBytesOf } from './dtype';

const seed = Number(process.env['SEED'] ?? 1);
const bytes = (...values: number[]) => Uint8Array.from(values);
/** Half floats by arithmetic, from the definition in IEEE 754. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Matchers take seconds over 65,536 numbers. */
function sameNumbers(actual: ArrayLike<number>, expected: ArrayLike<number>): boolean {
  return (
    actual.length === expected.length &&
    Array.from(actual).every((value, at) => Object.is(value, expected[at]))
  );
}

describe('decode', () => {
  it('reads every half float', () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const values = decode(new Uint8Array(patterns.buffer), 'F16');
    expect(sameNumbers(values, Array.from(patterns, halfOf))).toBe(true);
  });

  it('reads every bfloat16 as the upper half of a float32', () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const view = new DataView(new ArrayBuffer(4));
    const expected = Array.from(patterns, (bits) => (view.setUint32(0, bits * 65_536), view.getFloat32(0)));
    expect(sameNumbers(decode(new Uint8Array(patterns.buffer), 'BF16'), expected)).toBe(true);
  });

  it('reads 8-bit floats by their tables: E4M3 ends at 448 without infinity, E5M2 at 57344 with it', () => {
    expect(Array.from(decode(bytes(0x00, 0x80, 0x01, 0x38, 0xc0, 0x7e, 0x7f), 'F8_E4M3'))).toEqual([
      0,
      -0,
      2 ** -9,
      1,
      -2,
      448,
      NaN,
    ]);
    expect(Array.from(decode(bytes(0x00, 0x01, 0x3c, 0xc0, 0x7b, 0x7c, 0xfc, 0x7d), 'F8_E5M2'))).toEqual([
      0,
      2 ** -16,
      1,
      -2,
      57_344,
      Infinity,
      -Infinity,
      NaN,
    ]);
  });

  it('reads integers and booleans', () => {
    expect(Array.from(decode(bytes(0xff, 0x80, 0x7f), 'I8'))).toEqual([-1, -128, 127]);
    expect(Array.from(decode(bytes(0xff, 0x80), 'U8'))).toEqual([255, 128]);
    expect(Array.from(decode(bytes(0xfe, 0xff), 'I16'))).toEqual([-2]);
    expect(Array.from(decode(bytes(0xfd, 0xff, 0xff, 0xff), 'I32'))).toEqual([-3]);
    expect(Array.from(decode(bytes(0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 'I64'))).toEqual([-4]);
    expect(Array.from(decode(bytes(0, 1, 2), 'BOOL'))).toEqual([0, 1, 1]);
  });

  it('reads float32 and float64 exactly from any offset', () => {
    const numbers = fc.array(fc.double(), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 9 }), (values, offset) => {
        for (const source of [Float64Array.from(values), Float32Array.from(values)]) {
          const shifted = new Uint8Array(offset + source.byteLength);
          shifted.set(new Uint8Array(source.buffer), offset);
          const decoded = decode(shifted.subarray(offset), source instanceof Float64Array ? 'F64' : 'F32');
          expect(Array.from(decoded)).toEqual(Array.from(source));
        }
      }),
      { seed },
    );
  });

  it('gives the same numbers aligned and unaligned, past a block of 8192', () => {
    for (const dtype of DTYPES.filter(isDecodable)) {
      const itemBytes = itemBytesOf(dtype);
      const aligned = Uint8Array.from(
        { length: 20_011 * itemBytes },
        (_, at) => (at * 37 + (at >> 8)) & 0x7b,
      );
      const shifted = new Uint8Array(aligned.byteLength + 1);
      shifted.set(aligned, 1);
      expect([dtype, sameNumbers(decode(shifted.subarray(1), dtype), decode(aligned, dtype))]).toEqual([
        dtype,
        true,
      ]);
    }
  });

  it('knows every type that weights may have, and no packed one', () => {
    expect(DTYPES.filter(isWeightDtype).every(isDecodable)).toBe(true);
    expect(isDecodable('F4')).toBe(false);
    expect(() => decode(bytes(1), 'F4')).toThrow('expected a dtype that can be decoded, got F4');
    expect(() => decode(bytes(1, 2, 3), 'F16')).toThrow('whole number of 2-byte elements, got 3 bytes');
  });
});
