import fc from 'fast-check';
import { bounded, boundedFloat32, slabFigures } from './figures';

const seed = Number(process.env['SEED'] ?? 1);
const figuresOf = (numbers: number[], width: number) => slabFigures(Float64Array.from(numbers), width);

describe('slabFigures', () => {
  it('gives moments about the mean and a mean square per row', () => {
    const { figures, rowMeanSquares } = figuresOf([0, 2, 4, 6], 2);
    expect(figures).toEqual({
      mean: 3,
      variance: 5,
      thirdMoment: 0,
      fourthMoment: 41,
      minimum: 0,
      maximum: 6,
      zeroFraction: 0.25,
      nonFiniteCount: 0,
    });
    expect(Array.from(rowMeanSquares)).toEqual([2, 26]);
  });

  it('leaves non-finite numbers out of everything but their count', () => {
    const { figures, rowMeanSquares, finiteRows } = figuresOf(
      [1, NaN, -1, 0, Infinity, -Infinity, NaN, NaN, 3, 1, 1, 1],
      4,
    );
    expect(figures).toMatchObject({ nonFiniteCount: 5, minimum: -1, maximum: 3, zeroFraction: 1 / 7 });
    expect(figures.mean).toBeCloseTo(6 / 7, 12);
    expect(figures.variance).toBeCloseTo(2 - 36 / 49, 12);
    expect(Array.from(rowMeanSquares)).toEqual([2 / 3, 0, 3]);
    expect(Array.from(finiteRows)).toEqual([0, 0, 1]);
    expect(figuresOf([NaN, NaN], 2).figures).toEqual({
      mean: 0,
      variance: 0,
      thirdMoment: 0,
      fourthMoment: 0,
      minimum: 0,
      maximum: 0,
      zeroFraction: 0,
      nonFiniteCount: 2,
    });
  });

  it('has zero moments for constant numbers', () => {
    expect(figuresOf([0.1, 0.1, 0.1, 0.1], 4).figures).toMatchObject({
      variance: 0,
      thirdMoment: 0,
      fourthMoment: 0,
    });
  });

  it('is finite for any numbers at all', () => {
    const numbers = fc.array(fc.double(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(numbers, (values) => {
        const { figures, rowMeanSquares } = figuresOf(values, values.length);
        expect([...Object.values(figures), ...rowMeanSquares].every(Number.isFinite)).toBe(true);
        expect(figures.nonFiniteCount).toBe(values.filter((value) => !Number.isFinite(value)).length);
      }),
      { seed, examples: [[[1e300, -1e300, 1e308]], [[Number.MAX_VALUE, Number.MAX_VALUE]], [[5e-324, 0]]] },
    );
  });

  it('holds numbers within the finite range', () => {
    expect([bounded(Infinity), bounded(-Infinity), bounded(NaN)]).toEqual([
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      0,
    ]);
    expect([boundedFloat32(1e300), boundedFloat32(0.1)]).toEqual([3.4028234663852886e38, Math.fround(0.1)]);
  });
});
