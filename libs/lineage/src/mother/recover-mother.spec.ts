import { initialise, observe } from '../evidence/evidence.testing';
import { family, generalise, THREE_NODE_CASES } from '../recover/family.testing';
import type { Recovered } from '../recover/recovered';
import { motherDistance } from './layer-distance';
import { type MotherOptions, recoverMother, type Stage } from './recover-mother';

const parentsOf = ({ models }: Recovered): Record<string, string | null> =>
  Object.fromEntries(models.map(({ model, parent }) => [model, parent]));

const options = (trees: MotherOptions['trees'], more: Partial<MotherOptions> = {}): MotherOptions => ({
  distance: 'iclr',
  stage: 'generalization',
  trees,
  ...more,
});

describe("the paper's three-node cases", () => {
  it.each(THREE_NODE_CASES)('%s', (_, parents, trees) => {
    const models = family(parents, generalise);
    expect(parentsOf(recoverMother(models, options(trees)))).toEqual(parents);
  });

  it.each(THREE_NODE_CASES)('%s, by v1', (_, parents, trees) => {
    const models = family(parents, (parent, seed) => generalise(parent, seed, 0.02));
    const found = recoverMother(models, options(trees, { distance: 'v1' }));
    // The largest of thousands of differences says who is kin; who is nearest within a family it says with luck.
    expect(found.models.filter(({ parent }) => parent === null)).toHaveLength(trees);
  });

  it('are turned upside down by the wrong stage', () => {
    const models = family({ g: null, p: 'g', c: 'p' }, generalise);
    const found = recoverMother(models, options(1, { stage: 'specialization' }));
    expect(parentsOf(found)).toEqual({ g: 'p', p: 'c', c: null });
  });
});

describe("the paper's method", () => {
  const parents = { a: null, b: null, a1: 'a', a2: 'a', b1: 'b', a11: 'a1', b11: 'b1' };
  const models = family(parents, generalise);

  it('finds two families, with their number given or estimated', () => {
    expect(parentsOf(recoverMother(models, options(2)))).toEqual(parents);
    expect(parentsOf(recoverMother(models, options('estimated')))).toEqual(parents);
  });

  it('takes a stage per model', () => {
    const stage = new Map<string, Stage>(models.map(({ model }) => [model, 'generalization']));
    expect(parentsOf(recoverMother(models, options(2, { stage })))).toEqual(parents);
    stage.delete('a1');
    expect(() => recoverMother(models, options(2, { stage }))).toThrow(/none found for a1/);
  });

  it('lets another score decide the direction', () => {
    // The variance grows with every training as well.
    const found = recoverMother(models, options(2, { score: 'variance' }));
    expect(parentsOf(found)).toEqual(parents);
  });

  it('weighs the direction by λ: without it the distance alone leaves the root open', () => {
    const found = recoverMother(models, options(2, { lambda: 0 }));
    const edge = ({ model, parent }: Recovered['models'][number]): string =>
      [model, String(parent)].sort().join('-');
    const undirected = (recovered: Recovered): string[] =>
      recovered.models
        .filter(({ parent }) => parent !== null)
        .map(edge)
        .sort();
    expect(undirected(found)).toEqual(undirected(recoverMother(models, options(2))));
  });

  it('takes distances that were measured before', () => {
    const known = new Map<string, number>();
    const measure: MotherOptions['measure'] = (a, b, how) => {
      const key = [a.contentHash, b.contentHash].sort().join();
      known.set(key, known.get(key) ?? motherDistance(a, b, how)!);
      return known.get(key)!;
    };
    expect(parentsOf(recoverMother(models, options(2, { measure })))).toEqual(parents);
    expect(known.size).toBe((7 * 6) / 2);
  });

  it('answers in the shape of the default method, always certain', () => {
    const found = recoverMother(models, options(2));
    expect(found.models.every(({ confidence }) => confidence === 1)).toBe(true);
    const a1 = found.models.find(({ model }) => model === 'a1')!;
    expect(a1).toMatchObject({ relation: 'finetune', verdict: 'asserted', runnersUp: [] });
    expect(a1.evidence.map(({ kind }) => kind)).toEqual(['distance', 'kurtosis']);
    expect(a1.evidence[1]?.sentence).toMatch(/with the stage given/);
    expect(found.direction('a', 'a1')).toBe(1);
    expect(found.direction('a1', 'a')).toBe(-1);
  });

  it('has an answer for no model, one model, two alike and one of another architecture', () => {
    expect(recoverMother([], options('estimated')).models).toEqual([]);
    expect(parentsOf(recoverMother(family({ a: null }), options('estimated')))).toEqual({ a: null });
    const [one] = family({ a: null });
    const alike = [one!, { ...one!, model: 'b' }];
    expect(recoverMother(alike, options(1)).models.filter(({ parent }) => parent === null)).toHaveLength(1);
    const other = {
      model: 'o',
      observation: observe(initialise(3, { matrices: 2, rows: 8, columns: 8 }), 'o'),
    };
    expect(parentsOf(recoverMother([...family({ a: null, c: 'a' }, generalise), other], options(2)))).toEqual(
      {
        a: null,
        c: 'a',
        o: null,
      },
    );
  });
});
