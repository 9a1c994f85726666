import { initialise, mapWeights, observe, type TestWeights } from '../evidence/evidence.testing';
import { recoverMother } from '../mother/recover-mother';
import { family, generalise } from './family.testing';
import { recoverForest } from './recover-forest';
import type { NamedObservation, Recovered } from './recovered';

const SQUARE = { matrices: 4, rows: 48, columns: 48 };
const parents = { p: null, c: 'p', d: 'p', e: 'c' };
const good = family(parents);

const named = (model: string, weights: TestWeights): NamedObservation => ({
  model,
  observation: observe(weights, `hash of ${model}`),
});

const parentsOf = ({ models }: Recovered): Record<string, string | null> =>
  Object.fromEntries(models.map(({ model, parent }) => [model, parent]));

const stranger = initialise(99, SQUARE);
const constant = (value: number): TestWeights => mapWeights(stranger, () => value);

/** Models that are nobody's relatives, and how many trees they make beside a family where like constants make one. */
const BAD: readonly (readonly [string, readonly NamedObservation[], trees: number])[] = [
  [
    'another architecture',
    [named('x', initialise(7, { matrices: 2, rows: 8, columns: 8 })), named('y', initialise(8))],
    3,
  ],
  ['nothing but NaN', [named('x', constant(NaN)), named('y', constant(NaN))], 3],
  ['nothing but infinity', [named('x', constant(Infinity)), named('y', constant(-Infinity))], 3],
  ['nothing but zeros', [named('x', constant(0)), named('y', constant(0))], 2],
  ['nothing but one constant', [named('x', constant(0.05)), named('y', constant(0.07))], 2],
];

describe('a family stands, and nobody is joined to it, beside models of', () => {
  it.each(BAD)('%s', (_, bad) => {
    const found = recoverForest([...bad, ...good]);
    expect(parentsOf(found)).toEqual({ ...parents, x: null, y: null });
    for (const { confidence } of found.models) expect(confidence).toBeGreaterThan(0.8);
  });

  it.each(BAD)("%s, by the paper's method with the number of trees given", (_, bad, trees) => {
    const found = recoverMother([...bad, ...family(parents, generalise)], {
      distance: 'iclr',
      stage: 'generalization',
      trees,
    });
    const ofFamily = Object.fromEntries(
      Object.entries(parentsOf(found)).filter(([model]) => model in parents),
    );
    expect(ofFamily).toEqual(parents);
  });
});

describe('a model of which a part is broken', () => {
  const [p, , , e] = good as [NamedObservation, NamedObservation, NamedObservation, NamedObservation];
  const broken = (change: (value: number, index: number) => number, matrices: number): NamedObservation => {
    const tensors = e.observation.tensors.map((tensor, t) =>
      t < matrices ? { ...tensor, values: Float64Array.from(tensor.values, change) } : tensor,
    );
    return { model: 'e', observation: { ...e.observation, tensors } };
  };

  it.each([
    ['a matrix of NaN', broken(() => NaN, 1)],
    ['a matrix of zeros', broken(() => 0, 1)],
    ['a matrix of one constant', broken(() => 0.05, 1)],
    [
      'NaN and infinity here and there',
      broken((v, i) => (i % 50 === 0 ? NaN : i % 51 === 0 ? Infinity : v), 4),
    ],
  ])('keeps its place: %s', (_, model) => {
    expect(parentsOf(recoverForest([...good.slice(0, 3), model]))).toEqual(parents);
  });

  it('never makes a figure that is not a number', () => {
    const found = recoverForest([...good, { ...broken((v, i) => (i % 7 === 0 ? NaN : v), 4), model: 'x' }]);
    for (const { confidence, evidence } of found.models) {
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      for (const { figure, logOdds } of evidence) expect([figure, logOdds].every(Number.isFinite)).toBe(true);
    }
    expect(found.direction(p.model, 'x')).not.toBeNaN();
  });
});
