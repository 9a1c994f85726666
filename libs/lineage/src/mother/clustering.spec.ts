import { wardClusters } from './clustering';

/** Points on a line and their distances. */
const line = (points: readonly number[]): number[][] => points.map((p) => points.map((q) => Math.abs(p - q)));

describe('Ward clustering', () => {
  it('puts near points together, in a given number of clusters', () => {
    expect(wardClusters(line([0, 1, 10, 11, 20]), 3)).toEqual([0, 0, 1, 1, 2]);
    expect(wardClusters(line([0, 1, 10, 11, 20]), 1)).toEqual([0, 0, 0, 0, 0]);
  });

  it('estimates the number by the largest gap of the merge heights', () => {
    expect(wardClusters(line([0, 1, 50, 51, 100, 101]), 'estimated')).toEqual([0, 0, 1, 1, 2, 2]);
    // Points that are all equally far from each other have none.
    const apart = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 0 : 1)));
    expect(wardClusters(apart, 'estimated')).toEqual([0, 0, 0, 0]);
  });

  it('numbers clusters by their first members, whatever the order of merging', () => {
    expect(wardClusters(line([20, 0, 1, 21]), 2)).toEqual([0, 1, 1, 0]);
  });

  it('keeps every point, identical ones too, and never makes more clusters than points', () => {
    expect(wardClusters(line([5, 5, 5]), 3)).toEqual([0, 1, 2]);
    expect(wardClusters(line([5, 5, 9]), 2)).toEqual([0, 0, 1]);
    expect(wardClusters(line([1, 2]), 7)).toEqual([0, 1]);
  });

  it('has an answer for no model and for one', () => {
    expect(wardClusters([], 'estimated')).toEqual([]);
    expect(wardClusters([[0]], 'estimated')).toEqual([0]);
    expect(() => wardClusters(line([1, 2]), 0)).toThrow(/at least 1/);
  });
});
