import { faultOf, type ForestState } from './forest-state';

/** 1 is a root, 2 hangs on 1; the edge 2→1 is not there. */
const state: ForestState = {
  labels: Int32Array.of(1, 2),
  rootCosts: Float64Array.of(5, 5),
  potentials: Float64Array.of(5, 1),
  parents: Int32Array.of(0, 1),
  lowers: Int32Array.of(1),
  uppers: Int32Array.of(2),
  costsUp: Float64Array.of(1),
  costsDown: Float64Array.of(Infinity),
};

describe('faultOf', () => {
  it('finds nothing in a sound state', () => {
    expect(faultOf(state, 2)).toBeNull();
  });

  it.each<[string, Partial<ForestState>, RegExp]>([
    ['a label twice', { labels: Int32Array.of(2, 2) }, /ascending/],
    ['a label that is too large', { labels: Int32Array.of(1, 9) }, /within 1\.\.2/],
    ['a node that cannot be a root', { rootCosts: Float64Array.of(Infinity, 5) }, /root cost/],
    ['a cost that is no integer', { rootCosts: Float64Array.of(0.5, 5) }, /root cost/],
    ['a potential that is no number', { potentials: Float64Array.of(NaN, 1) }, /potential/],
    [
      'a pair the wrong way round',
      { lowers: Int32Array.of(2), uppers: Int32Array.of(1) },
      /lower and an upper/,
    ],
    ['a pair with an unknown node', { uppers: Int32Array.of(3) }, /known label/],
    ['a pair without a cost', { costsUp: Float64Array.of(NaN) }, /costs expected/],
    ['a parent without an edge', { parents: Int32Array.of(2, 0) }, /with an edge/],
    ['a parent that is not there', { parents: Int32Array.of(0, 7) }, /7 found/],
    ['a cycle', { parents: Int32Array.of(2, 1), costsDown: Float64Array.of(1) }, /cycle/],
  ])('finds %s', (_, fault, message) => {
    expect(faultOf({ ...state, ...fault }, 2)).toMatch(message);
  });
});
