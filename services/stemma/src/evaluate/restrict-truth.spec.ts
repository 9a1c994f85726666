import { restrictTruth } from './restrict-truth';

const entry = (model: string, ...parents: string[]) => ({ model, tree: 't', parents });
const truth = [
  entry('root'),
  entry('a', 'root'),
  entry('b', 'a'),
  entry('c', 'b'),
  entry('merge', 'b', 'root'),
];

const parentsAmong = (...kept: string[]): Record<string, readonly string[]> =>
  Object.fromEntries(restrictTruth(truth, new Set(kept)).map(({ model, parents }) => [model, parents]));

describe('the truth about some of the models', () => {
  it('is as it was where all are there', () => {
    expect(restrictTruth(truth, new Set(truth.map(({ model }) => model)))).toEqual(truth);
  });

  it('has the nearest ancestor for a parent that is missing', () => {
    expect(parentsAmong('root', 'c')).toEqual({ root: [], c: ['root'] });
    expect(parentsAmong('a', 'c', 'merge')).toEqual({ a: [], c: ['a'], merge: ['a'] });
  });

  it('has a root where no ancestor is left', () => {
    expect(parentsAmong('b', 'c')).toEqual({ b: [], c: ['b'] });
  });

  it('names an ancestor once that is reached in two ways, and ends on a truth that goes in circles', () => {
    expect(parentsAmong('root', 'merge')).toEqual({ root: [], merge: ['root'] });
    const circle = [entry('x', 'y'), entry('y', 'z'), entry('z', 'y')];
    expect(restrictTruth(circle, new Set(['x']))).toEqual([entry('x')]);
  });
});
