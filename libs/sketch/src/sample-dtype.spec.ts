import { decode } from '@stemma/weights';
import { formatOf, isSampleDtype, SAMPLE_DTYPES, sampleValues, takeSamples } from './sample-dtype';
import { encoded } from './sketch.testing';

describe('samples', () => {
  it('are the numbers that the weights library decodes, for every pattern of the small types', () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, pattern) => pattern);
    for (const dtype of ['F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const) {
      const bytes = new Uint8Array(
        formatOf(dtype).itemBytes === 2
          ? patterns.buffer
          : patterns.filter((each) => each < 256).map((each) => each * 257).buffer,
      );
      const [ours, theirs] = [sampleValues(bytes, dtype), decode(bytes, dtype)];
      expect(ours.length).toBe(theirs.length);
      expect(ours.every((value, at) => Object.is(value, theirs[at]))).toBe(true);
    }
  });

  it('keep the source bits, NaN payloads too, but round float64 to float32', () => {
    const source = Uint8Array.of(1, 0x7e, 2, 0, 3, 0xfe);
    expect(Array.from(takeSamples(source, 'F16', Uint32Array.of(2, 0)))).toEqual([3, 0xfe, 1, 0x7e]);
    const wide = new Uint8Array(Float64Array.of(1, 1 + 2 ** -40, NaN).buffer);
    expect(Array.from(sampleValues(takeSamples(wide, 'F64', Uint32Array.of(1, 2)), 'F64'))).toEqual([1, NaN]);
  });

  it('come from bytes at any offset, a Buffer too', () => {
    const bytes = Buffer.concat([Buffer.of(9), encoded([1.5, -2], 'F32')]).subarray(1);
    expect(Array.from(sampleValues(bytes, 'F32'))).toEqual([1.5, -2]);
    expect(Array.from(sampleValues(takeSamples(bytes, 'F32', Uint32Array.of(1)), 'F32'))).toEqual([-2]);
  });

  it('round by at most what the format says', () => {
    for (const dtype of SAMPLE_DTYPES) {
      const numbers = Array.from({ length: 200 }, (_, at) => (1 + at / 200) * 2 ** (at % 3));
      const { rounding } = formatOf(dtype);
      const values =
        dtype === 'F64' ? Float32Array.from(numbers) : sampleValues(encoded(numbers, dtype), dtype);
      const worst = Math.max(...numbers.map((number, at) => Math.abs(values[at]! / number - 1)));
      expect(worst).toBeLessThanOrEqual(rounding);
      expect(worst).toBeGreaterThan(rounding / 4);
    }
  });

  it('know their types', () => {
    expect(isSampleDtype('BF16')).toBe(true);
    expect(isSampleDtype('I8')).toBe(false);
    expect(isSampleDtype('toString')).toBe(false);
  });
});
