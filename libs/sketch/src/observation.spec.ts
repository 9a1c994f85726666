import { readModel, wholeReads } from '@stemma/weights';
import { decodeSketch, encodeSketch } from './codec';
import type { Observation } from './observation';
import { observeWeights, toObservation } from './observation';
import { sketchWeights } from './sketch';
import { embeddingOf, weightsOf, zooSource } from './sketch.testing';

describe('toObservation', () => {
  it('shows what a sketch holds', () => {
    const embedding = embeddingOf(100, 4, [{ rowBegin: 7, rowEnd: 9 }], 'BF16');
    const weights = weightsOf(
      [
        { name: 'b', rows: 2, width: 3, numbers: [1, 2, 3, 0, -1, 1], dtype: 'F16' },
        { name: 'a', rows: 500, width: 100, rowBegin: 100, rowEnd: 200, dtype: 'F16' },
      ],
      1,
      { embedding },
    );
    const { tensors, ...rest } = toObservation(sketchWeights(weights));
    expect(rest).toMatchObject({
      architecture: weights.architecture,
      contentHash: weights.contentHash,
      dtype: 'F16',
    });
    expect(tensors[0]).toMatchObject({
      name: 'a',
      count: 50_000,
      width: 100,
      rounding: 2 ** -11,
      rows: 64,
      columns: 100,
      complete: false,
    });
    expect(tensors[1]).toMatchObject({
      name: 'b',
      count: 6,
      width: 3,
      rows: 2,
      columns: 3,
      complete: true,
      mean: 1,
      zeroFraction: 1 / 6,
      nonFiniteCount: 0,
    });
    expect(Array.from(tensors[1]!.values)).toEqual([1, 2, 3, 0, -1, 1]);
    expect(
      tensors.every(
        ({ values, rows, columns, rowMeanSquares }) =>
          values.length === rows * columns && rowMeanSquares.length === rows,
      ),
    ).toBe(true);
    expect(rest.embedding).toMatchObject({
      vocabulary: 100,
      width: 4,
      rounding: 2 ** -8,
      columns: 4,
      dtype: 'BF16',
    });
    expect(Array.from(rest.embedding!.rowIds)).toEqual([7, 8]);
  });

  it('is the same before and after the codec', () => {
    const sketch = sketchWeights(weightsOf([{ name: 'a', rows: 50, width: 60, dtype: 'BF16' }]));
    const decoded = decodeSketch(encodeSketch(sketch));
    expect(decoded.type === 'sketch' && toObservation(decoded.sketch)).toEqual(toObservation(sketch));
  });
});

describe('observeWeights', () => {
  async function observe(path: string): Promise<{ whole: Observation; sketched: Observation }> {
    const [whole, sampled] = await Promise.all([
      readModel(zooSource(path), wholeReads),
      readModel(zooSource(path)),
    ]);
    if (whole.type === 'rejected' || sampled.type === 'rejected')
      throw new Error('expected a model of the zoo to be readable');
    return { whole: observeWeights(whole), sketched: toObservation(sketchWeights(sampled)) };
  }

  /** d² of DESIGN 3.4: relative mean squares of the difference, weighted by the size of the tensors. */
  function squaredDistance(a: Observation, b: Observation): number {
    const meanSquare = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length;
    const sizes = a.tensors.reduce((sum, { count }) => sum + count, 0);
    return a.tensors.reduce((sum, { values, count }, at) => {
      const other = b.tensors[at]!.values;
      const difference = Float64Array.from(values, (value, i) => value - other[i]!);
      return sum + ((count / sizes) * meanSquare(difference) * 2) / (meanSquare(values) + meanSquare(other));
    }, 0);
  }

  it('shows every number of whole weights', async () => {
    const { whole, sketched } = await observe('ft/mae/root');
    expect(
      whole.tensors.every(({ complete, rows, columns, count }) => complete && rows * columns === count),
    ).toBe(true);
    expect(whole.tensors.map(({ name }) => name)).toEqual(sketched.tensors.map(({ name }) => name));
    expect(whole.tensors.map(({ fourthMoment }) => fourthMoment)).toEqual(
      sketched.tensors.map(({ fourthMoment }) => fourthMoment),
    );
    expect([whole.architecture, whole.dtype]).toEqual([sketched.architecture, 'F16']);
  });

  it('gives the distance that is known for a pair of the zoo, and sketches give it within 8 %', async () => {
    const [root, posy] = await Promise.all(['ft/mae/root', 'ft/mae/posy'].map(observe));
    const known = 0.004665911933494136;
    expect(squaredDistance(root!.whole, posy!.whole)).toBeCloseTo(known, 12);
    expect(Math.abs(squaredDistance(root!.sketched, posy!.sketched) / known - 1)).toBeLessThan(0.08);
  });

  it('keeps float64 numbers as they are', () => {
    const { tensors } = observeWeights(
      weightsOf([{ name: 'a', rows: 1, width: 1, numbers: [1 + 2 ** -40], dtype: 'F64' }]),
    );
    expect(tensors[0]).toMatchObject({ rounding: 2 ** -53, complete: true });
    expect(tensors[0]!.values[0]).toBe(1 + 2 ** -40);
  });

  it('shows every row of a whole embedding', () => {
    const embedding = embeddingOf(30, 4, [{ rowBegin: 0, rowEnd: 30 }]);
    const observed = observeWeights(
      weightsOf([{ name: 'a', rows: 1, width: 1 }], 1, { embedding }),
    ).embedding!;
    expect([
      observed.rowIds.length,
      observed.columns,
      observed.values.length,
      observed.rowMeanSquares.length,
    ]).toEqual([30, 4, 120, 30]);
  });
});
