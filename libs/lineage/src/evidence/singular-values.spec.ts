import fc from 'fast-check';
import { Matrix, SVD } from 'ml-matrix';
import { normal, random } from './evidence.testing';
import { singularValuesAbove } from './singular-values';

const seed = Number(process.env.SEED ?? 4);

function lowRankMatrix(
  rows: number,
  columns: number,
  rank: number,
  noise: number,
  from: number,
): Float64Array {
  const next = normal(random(from));
  const left = Float64Array.from({ length: rows * rank }, next);
  const right = Float64Array.from({ length: rank * columns }, next);
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = noise * next();
    for (let k = 0; k < rank; k++) sum += left[row * rank + k]! * right[k * columns + column]!;
    return sum;
  });
}

it('counts as a decomposition does', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom(0, 1e-9, 1e-4, 0.1),
    fc.constantFrom(1e-12, 1e-7, 1e-5, 1e-3, 0.3, 2, 30),
    fc.integer({ min: 1, max: 1_000_000 }),
    (rows, columns, rank, noise, tolerance, from) => {
      const values = lowRankMatrix(rows, columns, rank, noise, from);
      const matrix = Matrix.from1DArray(rows, columns, Array.from(values));
      const exact = new SVD(matrix, { autoTranspose: true }).diagonal;
      // What lies on the bound may fall on either side.
      if (exact.some((value) => Math.abs(value / tolerance - 1) < 1e-3)) return;
      expect(singularValuesAbove(values, rows, columns, tolerance)).toBe(
        exact.filter((value) => value > tolerance).length,
      );
    },
  );
  fc.assert(property, { seed, numRuns: 400 });
});

it('finds nothing in zeros, and what there is in one number', () => {
  expect(singularValuesAbove(new Float64Array(12), 3, 4, 0.1)).toBe(0);
  expect(singularValuesAbove(Float64Array.of(-2), 1, 1, 1.9)).toBe(1);
  expect(singularValuesAbove(Float64Array.of(-2), 1, 1, 2.1)).toBe(0);
  expect(singularValuesAbove(Float64Array.of(3, 0, 0, 4), 2, 2, 3.5)).toBe(1);
});
