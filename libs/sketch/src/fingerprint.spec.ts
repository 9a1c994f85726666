import { fingerprint, fingerprintDistance } from './fingerprint';
import { gaussian } from './sketch.testing';

const COUNT = 2_000;
const tensor = (name: string, seed: number, deviation = 1) => ({
  name,
  values: Float32Array.from(gaussian(seed, COUNT, deviation)),
  positions: Float64Array.from({ length: COUNT }, (_, at) => 3 * at),
});
const model = (seed: number, scale = 1) =>
  ['a', 'b', 'c', 'd'].map((name, at) => tensor(name, 10 * seed + at, scale * 10 ** at));

describe('fingerprint', () => {
  it('has norm near 1, and strangers are near √2 apart', () => {
    const prints = Array.from({ length: 12 }, (_, seed) => fingerprint(model(seed)));
    const distances = prints.flatMap((a, at) => prints.slice(at + 1).map((b) => fingerprintDistance(a, b)));
    const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
    expect(mean(prints.map((print) => fingerprintDistance(print, new Float32Array(128))))).toBeCloseTo(1, 1);
    expect(mean(distances)).toBeCloseTo(Math.SQRT2, 1);
    expect(Math.min(...distances)).toBeGreaterThan(1);
  });

  it('measures relative distance, whatever the scale of the tensors', () => {
    const base = model(1);
    const moved = base.map(({ values, ...rest }, at) => {
      const step = gaussian(900 + at, COUNT, 0.1 * 10 ** at);
      return { ...rest, values: values.map((value, i) => value + step[i]!) };
    });
    const scaled = (tensors: typeof base) =>
      tensors.map(({ values, ...rest }) => ({ ...rest, values: values.map((value) => 7 * value) }));
    expect(fingerprintDistance(fingerprint(base), fingerprint(moved))).toBeCloseTo(0.1, 1);
    expect(fingerprintDistance(fingerprint(base), fingerprint(scaled(base)))).toBeLessThan(1e-6);
  });

  it('does not depend on the order of the tensors', () => {
    const base = model(1);
    expect(fingerprintDistance(fingerprint([...base].reverse()), fingerprint(base))).toBeLessThan(1e-6);
    expect(
      fingerprintDistance(
        fingerprint(base.map((each, at) => ({ ...each, name: base[3 - at]!.name }))),
        fingerprint(base),
      ),
    ).toBeGreaterThan(1);
  });

  it('leaves out what is not finite, and tensors of zeros', () => {
    const zeros = { ...tensor('z', 1), values: new Float32Array(COUNT) };
    const broken = { ...tensor('n', 1), values: new Float32Array(COUNT).fill(NaN) };
    const print = fingerprint([tensor('a', 1), zeros, broken]);
    expect(print.every(Number.isFinite)).toBe(true);
    const norm = fingerprintDistance(print, new Float32Array(128));
    // One tensor of three is left: √⅓, give or take the 6 % that 128 dimensions allow.
    expect(Math.abs(norm / Math.sqrt(1 / 3) - 1)).toBeLessThan(0.2);
    expect(Array.from(fingerprint([zeros]))).toEqual(Array(128).fill(0));
  });

  it('tells positions beyond 2³² apart', () => {
    const at = (position: number) =>
      fingerprint([{ name: 'a', values: Float32Array.of(1), positions: Float64Array.of(position) }]);
    const dimensions = [5, 5 + 2 ** 32, 5 + 2 ** 40].map((position) =>
      at(position).findIndex((value) => value !== 0),
    );
    expect(new Set(dimensions).size).toBeGreaterThan(1);
  });
});
