import { family } from './family.testing';
import { recoverForest } from './recover-forest';
import type { Recovered } from './recovered';

const parents = { a: null, a1: 'a', a2: 'a', a11: 'a1', b: null, b1: 'b' };
const models = family(parents);

const rootsOf = ({ models: placed }: Recovered): string[] =>
  placed.flatMap(({ model, parent }) => (parent === null ? [model] : []));

describe('a number of trees that is given', () => {
  it.each([2, 3, 4, 5, 6])('of %i is what there is, the families parted where least is lost', (trees) => {
    const { models: placed } = recoverForest(models, { trees });
    const kept = placed.filter(({ parent }) => parent !== null);
    expect(kept).toHaveLength(6 - trees);
    // What is left of the forest is as it was: parting invents no edge.
    for (const { model, parent } of kept) expect(parent).toBe(parents[model as keyof typeof parents]);
  });

  it('is a price at which the roots that it makes are credible', () => {
    const { models: placed } = recoverForest(models, { trees: 4 });
    const sure = placed.flatMap(({ parent, confidence }) => (parent === null ? [confidence] : []));
    expect(sure).toHaveLength(4);
    expect(Math.min(...sure)).toBeGreaterThan(0.1);
  });

  it('joins no strangers, however few trees are asked for', () => {
    expect(rootsOf(recoverForest(models, { trees: 1 }))).toEqual(['a', 'b']);
    expect(recoverForest(models, { trees: 2 })).toMatchObject({ models: recoverForest(models).models });
  });

  it('is at most the number of models', () => {
    expect(rootsOf(recoverForest(models, { trees: 99 }))).toHaveLength(6);
    expect(recoverForest([], { trees: 3 }).models).toEqual([]);
  });
});
