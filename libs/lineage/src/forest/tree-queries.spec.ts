import fc from 'fast-check';

import {
  ancestors,
  childrenByParent,
  descendants,
  lowestCommonAncestor,
  path,
  rootOf,
  roots,
  subtreeSizes,
} from './tree-queries';

const SEED = Number(process.env.SEED ?? 1);

/**
 *     1          9
 *    / \
 *   4   2
 *      / \
 *     3   5
 *     |
 *     6
 */
const parents = new Map([
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 1],
  [5, 2],
  [6, 3],
  [9, 0],
]);
const children = childrenByParent(parents);
const cycle = new Map([
  [1, 2],
  [2, 3],
  [3, 1],
]);

/** Random forests: each label hangs on a smaller one or on none. */
const forests = fc
  .array(fc.nat(), { maxLength: 40 })
  .map((draws) => new Map(draws.map((draw, index) => [index + 1, draw % (index + 1)])));

function check(property: (forest: Map<number, number>) => void): void {
  fc.assert(fc.property(forests, property), { seed: SEED, numRuns: 200 });
}

describe('ancestors', () => {
  it('lists them nearest first', () => {
    expect(ancestors(parents, 6)).toEqual([3, 2, 1]);
    expect(ancestors(parents, 9)).toEqual([]);
  });

  it('asserts that there is no cycle', () => {
    expect(() => ancestors(cycle, 1)).toThrow(/a cycle found/);
  });

  it('asserts that the label is known', () => {
    expect(() => ancestors(parents, 7)).toThrow(/7 found/);
  });
});

describe('roots', () => {
  it('are the labels without a parent, and every label has one', () => {
    expect(roots(parents)).toEqual([1, 9]);
    check((forest) => {
      for (const label of forest.keys()) expect(roots(forest)).toContain(rootOf(forest, label));
    });
  });
});

describe('descendants', () => {
  it('lists them breadth first, siblings ascending', () => {
    expect(descendants(children, 1).map(({ label }) => label)).toEqual([2, 4, 3, 5, 6]);
    expect(descendants(children, 1).map(({ depth }) => depth)).toEqual([1, 1, 2, 2, 3]);
  });

  it('stops at a depth and at a number', () => {
    expect(descendants(children, 1, { depthMax: 1 }).map(({ label }) => label)).toEqual([2, 4]);
    expect(descendants(children, 1, { descendantsMax: 3 }).map(({ label }) => label)).toEqual([2, 4, 3]);
    expect(descendants(children, 1, { depthMax: 0 })).toEqual([]);
  });

  it('asserts that there is no cycle', () => {
    expect(() => descendants(childrenByParent(cycle), 1)).toThrow(/1 found again/);
  });

  it('are those that the label is an ancestor of', () => {
    check((forest) => {
      const index = childrenByParent(forest);
      for (const label of forest.keys())
        for (const { label: below, depth } of descendants(index, label))
          expect(ancestors(forest, below)[depth - 1]).toBe(label);
    });
  });
});

describe('lowestCommonAncestor', () => {
  it('is the nearest label above both, or one of them', () => {
    expect(lowestCommonAncestor(parents, 6, 5)).toBe(2);
    expect(lowestCommonAncestor(parents, 6, 2)).toBe(2);
    expect(lowestCommonAncestor(parents, 4, 4)).toBe(4);
  });

  it('is null between trees', () => {
    expect(lowestCommonAncestor(parents, 6, 9)).toBeNull();
  });
});

describe('path', () => {
  it('goes up and down again', () => {
    expect(path(parents, 6, 4)).toEqual([6, 3, 2, 1, 4]);
    expect(path(parents, 1, 6)).toEqual([1, 2, 3, 6]);
    expect(path(parents, 5, 5)).toEqual([5]);
    expect(path(parents, 5, 9)).toBeNull();
  });

  it('takes one tree edge a step and reads the same backwards', () => {
    check((forest) => {
      const [from, ...others] = [...forest.keys()];
      for (const to of others) {
        const there = path(forest, from!, to);
        expect(path(forest, to, from!)).toEqual(there?.toReversed() ?? null);
        for (const [i, label] of (there ?? []).slice(1).entries()) {
          const before = there![i]!;
          expect(forest.get(label) === before || forest.get(before) === label).toBe(true);
        }
      }
    });
  });
});

describe('subtreeSizes', () => {
  it('counts the label itself', () => {
    expect(Object.fromEntries(subtreeSizes(parents))).toEqual({ 1: 6, 2: 4, 3: 2, 4: 1, 5: 1, 6: 1, 9: 1 });
  });

  it('counts descendants', () => {
    check((forest) => {
      const index = childrenByParent(forest);
      for (const [label, size] of subtreeSizes(forest))
        expect(size).toBe(1 + descendants(index, label).length);
    });
  });

  it('asserts that there is no cycle', () => {
    expect(() => subtreeSizes(cycle)).toThrow(/a cycle/);
  });
});
