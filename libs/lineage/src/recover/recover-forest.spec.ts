import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from '../evidence/constants';
import { initialise, mapWeights, observe, SEED, type TestWeights, train } from '../evidence/evidence.testing';
import { roundTo } from '../evidence/number-format';
import { family, THREE_NODE_CASES } from './family.testing';
import { recoverForest } from './recover-forest';
import type { NamedObservation, Recovered, RecoveredModel } from './recovered';

const parentsOf = ({ models }: Recovered): Record<string, string | null> =>
  Object.fromEntries(models.map(({ model, parent }) => [model, parent]));

const get = ({ models }: Recovered, name: string): RecoveredModel =>
  models.find(({ model }) => model === name)!;

const named = (model: string, weights: TestWeights): NamedObservation => ({
  model,
  observation: observe(weights, `hash of ${model}`),
});

describe('recovering a forest', () => {
  it.each(THREE_NODE_CASES)('%s', (_, parents) => {
    const found = recoverForest(family(parents));
    expect(parentsOf(found)).toEqual(parents);
    for (const { parent, verdict, confidence } of found.models) {
      expect(verdict).toBe(parent === null ? 'root' : 'asserted');
      expect(confidence).toBeGreaterThan(0.8);
    }
  });

  it('finds two families of three generations, mixed', () => {
    const parents = {
      a: null,
      b: null,
      a1: 'a',
      a2: 'a',
      b1: 'b',
      a11: 'a1',
      a12: 'a1',
      a21: 'a2',
      b11: 'b1',
      b12: 'b1',
    };
    expect(parentsOf(recoverForest(family(parents)))).toEqual(parents);
  });

  it('gives every edge its evidence and its pair a direction', () => {
    const found = recoverForest(family({ p: null, c: 'p' }));
    const { evidence, relation } = get(found, 'c');
    expect(relation).toBe('finetune');
    expect(evidence.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['kinship', 'distance', 'growth']),
    );
    expect(found.direction('p', 'c')).toBeGreaterThan(0);
    expect(found.direction('c', 'p')).toBe(-found.direction('p', 'c'));
    expect(found.direction('p', 'nobody')).toBe(0);
  });

  it('does not depend on the order of the models', () => {
    const models = family({ a: null, a1: 'a', a2: 'a', a11: 'a1', b: null, b1: 'b' });
    const expected = recoverForest(models);
    fc.assert(
      fc.property(fc.shuffledSubarray(models, { minLength: models.length }), (shuffled) => {
        const found = recoverForest(shuffled);
        for (const entry of expected.models) expect(get(found, entry.model)).toEqual(entry);
      }),
      { seed: SEED, numRuns: 6 },
    );
  });

  it('is not told more by more candidates than the nearest', () => {
    const models = family({ a: null, a1: 'a', a2: 'a', a11: 'a1', a21: 'a2' });
    expect(parentsOf(recoverForest(models, { candidatesMax: 3 }))).toEqual(parentsOf(recoverForest(models)));
  });
});

describe('answers to odd inputs', () => {
  it('has nothing to say about no models', () => {
    expect(recoverForest([]).models).toEqual([]);
  });

  it('makes one model alone a certain root', () => {
    const [model] = recoverForest(family({ a: null })).models;
    expect(model).toMatchObject({
      parent: null,
      relation: null,
      verdict: 'root',
      confidence: 1 - DEFAULT_CONSTANTS.lapse,
      runnersUp: [],
    });
  });

  it('joins identical models as duplicates, without a claim about which came first', () => {
    const weights = initialise(1);
    const models = ['x', 'y'].map((model) => ({ model, observation: observe(weights, 'same hash') }));
    const found = recoverForest(models).models;
    const child = found.find(({ parent }) => parent !== null)!;
    expect(child).toMatchObject({ relation: 'duplicate', verdict: 'uncertain' });
    expect(child.confidence).toBeCloseTo(0.5 * (1 - DEFAULT_CONSTANTS.lapse), 9);
    expect(child.runnersUp[0]).toMatchObject({ model: null });
  });

  it('keeps models of other architectures apart', () => {
    const other = observe(initialise(3, { matrices: 2, rows: 8, columns: 8 }), 'other');
    const found = recoverForest([...family({ p: null, c: 'p' }), { model: 'other', observation: other }]);
    expect(parentsOf(found)).toEqual({ p: null, c: 'p', other: null });
  });

  it('takes a model without a finite number for a stranger', () => {
    const broken = named(
      'broken',
      mapWeights(initialise(1), () => NaN),
    );
    const found = recoverForest([...family({ p: null, c: 'p' }), broken]);
    expect(parentsOf(found)).toEqual({ p: null, c: 'p', broken: null });
  });

  it('recovers around numbers that are not finite', () => {
    const [p, c] = family({ p: null, c: 'p' });
    const tensors = c!.observation.tensors.map((t, i) =>
      i === 0 ? { ...t, values: t.values.map((v: number, k: number) => (k === 5 ? Infinity : v)) } : t,
    );
    const found = recoverForest([p!, { model: 'c', observation: { ...c!.observation, tensors } }]);
    expect(parentsOf(found)).toEqual({ p: null, c: 'p' });
  });

  it('refuses two models of one name', () => {
    const [model] = family({ a: null });
    expect(() => recoverForest([model!, model!])).toThrow(/different names/);
  });
});

describe('more than descent', () => {
  const base = initialise(5);

  it('joins no cousins that have both grown far, and says so of those that have not grown alike', () => {
    const missing = initialise(5, { matrices: 12, rows: 64, columns: 64 });
    const [first, alike, less] = [0.15, 0.15, 0.11].map((size, i) =>
      named(`s${i}`, train(missing, i + 1, size)),
    );
    expect(recoverForest([first!, alike!]).models.map(({ verdict }) => verdict)).toEqual(['root', 'root']);
    const child = recoverForest([first!, less!]).models.find(({ parent }) => parent !== null)!;
    expect(child.verdict).toBe('variant');
  });

  it('hangs a cast, a quantised and a pruned model below their source', () => {
    const tuned = train(base, 1, 0.1);
    const made = [
      named('base', base),
      named('tuned', tuned),
      { model: 'cast', observation: observe(mapWeights(tuned, roundTo(2 ** -8)), 'cast', 2 ** -8) },
      named(
        'quantised',
        mapWeights(tuned, (v) => Math.round(v / 0.01) * 0.01),
      ),
      named(
        'pruned',
        mapWeights(tuned, (v) => (Math.abs(v) < 0.01 ? 0 : v)),
      ),
    ];
    // Conversions tell a pair's direction and nothing about roots: pooled, they would make the much converted one a root.
    const found = recoverForest(made, { constants: { ...DEFAULT_CONSTANTS, kappa: 0 } });
    expect(parentsOf(found)).toEqual({
      base: null,
      tuned: 'base',
      cast: 'tuned',
      quantised: 'tuned',
      pruned: 'tuned',
    });
    expect(get(found, 'cast').relation).toBe('cast');
    expect(get(found, 'quantised').relation).toBe('quantized');
  });

  it('hangs a merge below one of its ingredients and nothing of them below it', () => {
    const [x, y] = [train(base, 1, 0.1), train(base, 2, 0.1)];
    const soup = {
      ...base,
      matrices: x.matrices.map((m, k) => m.map((v, i) => (v + y.matrices[k]![i]!) / 2)),
    };
    const models = [
      named('base', base),
      named('x', x),
      named('y', y),
      named('soup', soup),
      named('on', train(soup, 3, 0.1)),
    ];
    const found = recoverForest(models);
    expect(parentsOf(found)).toMatchObject({ base: null, x: 'base', y: 'base', on: 'soup' });
    expect(get(found, 'soup')).toMatchObject({ relation: 'merge' });
    expect(['x', 'y']).toContain(get(found, 'soup').parent);
  });
});
