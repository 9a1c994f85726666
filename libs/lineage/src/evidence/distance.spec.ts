import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from './constants';
import { compareTensors, logStep, squaredDistance, type TensorComparison, treeDistance } from './distance';
import { normal, random, SEED } from './evidence.testing';
import { type Observation, observeMatrix } from './observation';
import { pairTables, type TablePair } from './table-pair';

const F32 = 2 ** -24;

function model(matrices: readonly (readonly number[])[], columns: number, rounding = F32): Observation {
  const tensors = matrices.map((values, i) =>
    observeMatrix({
      name: `t${i}`,
      rows: values.length / columns,
      columns,
      values: Float64Array.from(values),
      rounding,
    }),
  );
  return { architecture: 'x', contentHash: JSON.stringify(matrices), tensors, embedding: null, dtype: 'F32' };
}

const pairOf = (a: Observation, b: Observation): TablePair => pairTables(a, b)!.coarse;

type Compared = Pick<TensorComparison, 'coordinates' | 'sineSquare' | 'correlation'> & { logStep: number };

function compare(a: Observation, b: Observation, constants = DEFAULT_CONSTANTS): Compared[] {
  const pair = pairOf(a, b);
  return compareTensors(pair).map((tensor) => {
    const { coordinates, sineSquare, correlation } = tensor;
    return { coordinates, sineSquare, correlation, logStep: logStep(pair, tensor, constants) };
  });
}

const compareOne = (a: number[], b: number[], columns: number): Compared =>
  compare(model([a], columns), model([b], columns))[0]!;

const floor = DEFAULT_CONSTANTS.distanceFloorMin;

describe('the step between two tensors', () => {
  it('has the logarithm of its variance as log-determinant where there is one column', () => {
    // <a,b> = <a,a> = 4, <b,b> = 5: the best factors are 1 and 4/5. From a remains ±0.5, mean square 1/4; from b remain
    // (−0.2, 0.2, 0.6, −0.6), mean square 0.2.
    const found = compareOne([1, -1, 1, -1], [1.5, -1.5, 0.5, -0.5], 1);
    const unitSquare = (1 + 1.25) / 2;
    expect(found.logStep).toBeCloseTo(Math.log(0.2 / unitSquare + floor), 12);
    expect(found.sineSquare).toBeCloseTo(1 - 16 / (4 * 5), 12);
  });

  it('is plainly the relative square of the difference where that is asked for', () => {
    // Squares 4 and 5, product 4: the difference has 1, of a mean of 4.5.
    const [a, b] = [model([[1, -1, 1, -1]], 2), model([[1.5, -1.5, 0.5, -0.5]], 2)];
    const [found] = compare(a, b, { ...DEFAULT_CONSTANTS, distanceKind: 'plain' });
    expect(found!.logStep).toBeCloseTo(Math.log(1 / 4.5 + floor), 12);
    const uneven = model([[1, 2, 3, 4]], 2);
    const [same] = compare(uneven, uneven, { ...DEFAULT_CONSTANTS, distanceKind: 'plain' });
    expect(same!.logStep).toBe(Math.log(floor));
  });

  it('is a right angle where one of both is a constant, from which any step is of low rank', () => {
    for (const constant of [0, 0.5]) {
      const found = compareOne([1, -2, 3, 4, 5, -6], new Array<number>(6).fill(constant), 2);
      expect(found).toMatchObject({ logStep: 0, correlation: null });
    }
  });

  it('weighs all directions alike: a step of low rank is nearer than a smaller one of full rank', () => {
    const next = normal(random(1));
    const [rows, columns] = [32, 8];
    const base = Array.from({ length: rows * columns }, next);
    const full = base.map((v) => v + 0.01 * next());
    const direction = Array.from({ length: columns }, next);
    const factors = Array.from({ length: rows }, next);
    const low = base.map((v, i) => v + 0.1 * factors[Math.floor(i / columns)]! * direction[i % columns]!);
    const nearer = compareOne(base, low, columns);
    const farther = compareOne(base, full, columns);
    expect(nearer.sineSquare).toBeGreaterThan(10 * farther.sineSquare);
    expect(nearer.logStep).toBeLessThan(farther.logStep - 2);
  });

  it('does not count a common factor, nor the scale of both', () => {
    const values = fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(values, values, fc.integer({ min: -8, max: 8 }), (p, q, power) => {
        fc.pre(p.some((v) => v !== p[0]) && q.some((v) => v !== q[0]));
        const scale = (list: number[]): number[] => list.map((x) => x * 2 ** power);
        expect(compareOne(scale(p), scale(q), 2)).toEqual(compareOne(p, q, 2));
        const longer = p.map((x) => 3 * x);
        expect(compareOne(p, longer, 2).sineSquare).toBeCloseTo(0, 9);
        expect(compareOne(p, longer, 2).logStep).toBeCloseTo(Math.log(floor), 1);
      }),
      { seed: SEED },
    );
  });

  it('is the same, bit for bit, in both directions', () => {
    const values = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(values, values, (p, q) => {
        const there = compare(model([p], 3), model([q], 3));
        expect(compare(model([q], 3), model([p], 3))).toEqual(there);
      }),
      { seed: SEED },
    );
  });

  it('takes only coordinates that are finite in both', () => {
    expect(compareOne([1, NaN, 2, -1], [1, 1, Infinity, -1], 1)).toMatchObject({
      coordinates: 2,
      sineSquare: 0,
    });
    const found = compareOne([1, NaN, 2, -1, 3, 1], [1, 1, Infinity, -1, 3, 2], 1);
    expect(found.coordinates).toBe(4);
    expect(found.logStep).toBeLessThan(0);
  });

  it('compares different formats at the coarser one', () => {
    const bf16 = 2 ** -8;
    const fine = model([[0.1, 0.2, -0.3, 0.4]], 1);
    const [cast] = compare(fine, model([[0.10009765625, 0.2001953125, -0.30078125, 0.400390625]], 1, bf16));
    expect(cast).toMatchObject({ sineSquare: 0, logStep: Math.log(bf16 ** 2) });
    const [moved] = compare(fine, model([[0.10009765625, 0.2001953125, -0.298828125, 0.400390625]], 1, bf16));
    expect(moved!.sineSquare).toBeGreaterThan(0);
  });
});

describe('the distance of two models', () => {
  it('averages log-determinants by the root of sizes, and turns by sizes', () => {
    // Nothing moved in the nine numbers of the first tensor; the second is at a right angle.
    const [a, b] = [
      model(
        [
          [1, 2, 3, 4, 5, 6, 7, 8, 9],
          [1, 0],
        ],
        1,
      ),
      model(
        [
          [1, 2, 3, 4, 5, 6, 7, 8, 9],
          [0, 1],
        ],
        1,
      ),
    ];
    const pair = pairOf(a, b);
    const [still, turned] = compareTensors(pair);
    const step = logStep(pair, turned!, DEFAULT_CONSTANTS);
    expect(logStep(pair, still!, DEFAULT_CONSTANTS)).toBe(Math.log(floor));
    expect(treeDistance(pair, [still!, turned!], DEFAULT_CONSTANTS)).toBeCloseTo(
      (3 * Math.log(floor) + Math.SQRT2 * step) / (3 + Math.SQRT2),
      12,
    );
    expect(squaredDistance([still!, turned!])).toBeCloseTo(2 / 11, 12);
  });
});
