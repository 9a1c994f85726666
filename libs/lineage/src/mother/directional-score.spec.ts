import { initialise, mapWeights, observe } from '../evidence/evidence.testing';
import { type Observation, observeMatrix } from '../evidence/observation';
import { directionalScore, entropy, type ScoreKind } from './directional-score';

function model(values: readonly number[]): Observation {
  const matrix = { name: 'layer.0.value.weight', rows: 1, columns: values.length, rounding: 2 ** -24 };
  const tensor = observeMatrix({ ...matrix, values: Float64Array.from(values) });
  return { architecture: 'x', contentHash: 'x', tensors: [tensor], embedding: null, dtype: 'F32' };
}

describe('a directional score', () => {
  // Mean 1, deviations −1, −1, −1, 3: squares 1, 1, 1, 9; cubes −1, −1, −1, 27; fourth powers 1, 1, 1, 81.
  it.each<[ScoreKind, number]>([
    ['mean', 1],
    ['variance', 3],
    ['skewness', 6 / 3 ** 1.5],
    ['kurtosis', 21 / 9 - 3],
    ['entropy', -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75))],
  ])('%s of (0, 0, 0, 4)', (kind, expected) => {
    expect(directionalScore(model([0, 0, 0, 4]), kind)).toBeCloseTo(expected, 12);
  });

  it('is summed over the chosen layers', () => {
    const observation = observe(initialise(1), 'x');
    const all = directionalScore(observation, 'variance');
    const some = (['query', 'key', 'value', 'mlp'] as const).map((l) =>
      directionalScore(observation, 'variance', [l]),
    );
    expect(some.reduce((sum, score) => sum + score, 0)).toBeCloseTo(all, 12);
    expect(directionalScore(observation, 'variance', ['other'])).toBe(0);
  });

  it.each<ScoreKind>(['mean', 'variance', 'skewness', 'kurtosis', 'entropy'])(
    '%s has an answer for odd weights',
    (kind) => {
      for (const values of [
        [2, 2, 2, 2],
        [NaN, NaN],
        [NaN, 1, Infinity, 2],
      ]) {
        expect(Number.isFinite(directionalScore(model(values), kind))).toBe(true);
      }
    },
  );

  it('finds more kurtosis in weights with outliers', () => {
    const base = initialise(2);
    const outliers = mapWeights(base, (v, i) => (i % 100 === 0 ? 10 * v : v));
    expect(directionalScore(observe(outliers, 'b'), 'kurtosis')).toBeGreaterThan(
      directionalScore(observe(base, 'a'), 'kurtosis') + 10,
    );
  });

  it('has an entropy between none and that of equal shares', () => {
    expect(entropy(Float64Array.of(1, 1, 1))).toBe(0);
    const even = Float64Array.from({ length: 256 * 4 }, (_, i) => i);
    expect(entropy(even)).toBeCloseTo(Math.log(256), 6);
  });
});
