import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from './constants';
import { compareTensors, squaredDistance, treeDistance } from './distance';
import { SEED } from './evidence.testing';
import { testKinship } from './kinship';
import { type Observation, observeMatrix, pairTensors } from './observation';

const F32 = 2 ** -24;

function model(matrices: readonly (readonly number[])[], rounding = F32): Observation {
  const tensors = matrices.map((values, i) =>
    observeMatrix({
      name: `t${i}`,
      rows: 1,
      columns: values.length,
      values: Float64Array.from(values),
      rounding,
    }),
  );
  return { architecture: 'x', contentHash: JSON.stringify(matrices), tensors, embedding: null, dtype: 'F32' };
}

const compare = (a: Observation, b: Observation): ReturnType<typeof compareTensors>[] =>
  pairTensors(a, b).map(compareTensors);

describe('the distance of one tensor', () => {
  it('is the mean square of the difference over the mean of both mean squares', () => {
    // Difference (0, 0, 2, 0): mean square 1. Mean squares (1+1+1+1)/4 and (1+1+9+1)/4.
    const [found] = compare(model([[1, -1, 1, -1]]), model([[1, -1, 3, -1]]));
    expect(found?.relativeSquare).toBeCloseTo(1 / ((1 + 3) / 2), 12);
    expect(found?.coordinates).toBe(4);
  });

  it('is 4 between a tensor and its negative, whose correlation is −1', () => {
    const [found] = compare(model([[1, -1, 2, -2]]), model([[-1, 1, -2, 2]]));
    expect(found?.relativeSquare).toBeCloseTo(4, 12);
    expect(found?.correlation).toBeCloseTo(-1, 12);
  });

  it('does not depend on the scale of the weights', () => {
    const values = fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(values, values, fc.integer({ min: -8, max: 8 }), (p, q, power) => {
        const scaled = (v: number[]): Observation => model([v.map((x) => x * 2 ** power)]);
        const [plain] = compare(model([p]), model([q]));
        const [other] = compare(scaled(p), scaled(q));
        expect(other?.relativeSquare ?? 0).toBeCloseTo(plain?.relativeSquare ?? 0, 9);
      }),
      { seed: SEED },
    );
  });

  it('takes only coordinates that are finite in both', () => {
    const [found] = compare(model([[1, NaN, 2, -1]]), model([[1, 1, Infinity, -1]]));
    expect(found).toMatchObject({ coordinates: 2, relativeSquare: 0 });
  });

  it('compares different formats at the coarser one', () => {
    const bf16 = 2 ** -8;
    const [cast] = compare(
      model([[0.1, 0.2, -0.3]]),
      model([[0.10009765625, 0.2001953125, -0.30078125]], bf16),
    );
    expect(cast?.relativeSquare).toBe(0);
    const [moved] = compare(
      model([[0.1, 0.2, -0.3]]),
      model([[0.10009765625, 0.2001953125, -0.298828125]], bf16),
    );
    expect(moved?.relativeSquare).toBeGreaterThan(0);
  });
});

describe('the distance of two models', () => {
  // Tensor 0 has three parameters and did not move; tensor 1 has one and moved by r = 0.5.
  const tensors = compare(
    model([
      [1, 2, -3],
      [2, -2],
    ]),
    model([
      [1, 2, -3],
      [2, -2],
    ]),
  ).map((t, i) => ({ ...t!, count: i === 0 ? 3 : 1, relativeSquare: i === 0 ? 0 : 0.5 }));

  it('averages logarithms, so that a tensor that did not move speaks loudly', () => {
    const expected = (3 * Math.log(1e-9) + Math.log(0.5 + 1e-9)) / 4;
    expect(treeDistance(tensors, DEFAULT_CONSTANTS)).toBeCloseTo(expected, 12);
    expect(squaredDistance(tensors)).toBeCloseTo(0.5 / 4, 12);
  });
});

describe('the kinship test', () => {
  const tensor = (coordinates: number, correlation: number | null) => ({
    name: 't',
    count: coordinates,
    coordinates,
    relativeSquare: 1,
    correlation,
  });

  it('averages over coordinates and counts standard errors of strangers', () => {
    const found = testKinship([tensor(300, 1), tensor(100, 0.6)], DEFAULT_CONSTANTS);
    expect(found.correlation).toBeCloseTo(0.9, 12);
    expect(found.z).toBeCloseTo(0.9 * 20, 9);
    expect(found.kinship).toBe('kin');
  });

  it.each([
    ['a high correlation of few coordinates', [tensor(50, 0.95)], 'stranger'],
    ['a correlation beyond chance that is not close', [tensor(10_000, 0.5)], 'possible'],
    ['a tiny correlation beyond chance', [tensor(10_000_000, 0.01)], 'stranger'],
    ['nothing but constants', [tensor(10_000, null)], 'stranger'],
  ] as const)('%s: %s', (_, tensors, kinship) => {
    expect(testKinship(tensors, DEFAULT_CONSTANTS).kinship).toBe(kinship);
  });
});
