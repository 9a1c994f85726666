import { DynamicForest } from './dynamic-forest';
import { VIRTUAL_ROOT, type Forest } from './forest';
import { StaticForest } from './static-forest';

/** 1 and 5 are cheap roots; 2 and 3 hang on 1; 4 hangs on 3. */
function family(forest: Forest): Forest {
  forest.addNode(1, 10, []);
  forest.addNode(2, 20, [{ label: 1, costIn: 3, costOut: 6 }]);
  forest.addNode(3, 20, [{ label: 1, costIn: 4, costOut: 8 }, { label: 2, costIn: 7, costOut: 9 }]); // prettier-ignore
  forest.addNode(4, 20, [{ label: 3, costIn: 2, costOut: Infinity }]);
  forest.addNode(5, 10, []);
  return forest;
}

function parents(forest: Forest): Record<number, number> {
  return Object.fromEntries(forest.labels().map((label) => [label, forest.parentOf(label)]));
}

describe.each<[string, () => Forest]>([
  ['StaticForest', () => new StaticForest()],
  ['DynamicForest', () => new DynamicForest()],
])('%s', (_, create) => {
  const forest = (): Forest => family(create());

  it('hangs each node where the whole is cheapest', () => {
    expect(parents(forest())).toEqual({ 1: 0, 2: 1, 3: 1, 4: 3, 5: 0 });
    expect(forest().childrenOf(1)).toEqual([2, 3]);
    expect(forest().childrenOf(VIRTUAL_ROOT)).toEqual([1, 5]);
    expect(forest().size).toBe(5);
  });

  it('turns a family round when a cheaper root comes', () => {
    const turned = forest();
    turned.addNode(6, 0, [{ label: 2, costIn: 5, costOut: 1 }]);
    expect(parents(turned)).toEqual({ 1: 2, 2: 6, 3: 1, 4: 3, 5: 0, 6: 0 });
  });

  it('gives the children of a node that leaves to others', () => {
    const smaller = forest();
    smaller.removeNode(1);
    expect(parents(smaller)).toEqual({ 2: 0, 3: 2, 4: 3, 5: 0 });
  });

  it('follows changes of pairs and root costs', () => {
    const changed = forest();
    changed.setPair(1, 3, 9, 8);
    expect(changed.parentOf(3)).toBe(2);
    changed.removePair(3, 4);
    expect(changed.parentOf(4)).toBe(VIRTUAL_ROOT);
    changed.addPair(5, 4, 1, 1);
    expect(changed.parentOf(4)).toBe(5);
    changed.setRootCost(4, -3);
    expect(parents(changed)).toMatchObject({ 4: 0, 5: 4 });
  });

  it('replaces the costs and pairs of a node', () => {
    const replaced = forest();
    replaced.replaceNode(3, 20, [{ label: 5, costIn: 1, costOut: 9 }, { label: 4, costIn: 3, costOut: 6 }]); // prettier-ignore
    expect(parents(replaced)).toEqual({ 1: 0, 2: 1, 3: 5, 4: 3, 5: 0 });
    expect(replaced.neighboursOf(3)).toEqual([
      { label: 4, costIn: 3, costOut: 6 },
      { label: 5, costIn: 1, costOut: 9 },
    ]);
    expect(replaced.hasPair(1, 3)).toBe(false);
  });

  it('answers for costs, absent edges included', () => {
    expect(forest().costOf(1, 2)).toBe(3);
    expect(forest().costOf(2, 1)).toBe(6);
    expect(forest().costOf(4, 3)).toBe(Infinity);
    expect(forest().costOf(5, 1)).toBe(Infinity);
    expect(forest().costOf(VIRTUAL_ROOT, 5)).toBe(10);
  });

  it('reports net changes once, ascending', () => {
    const observed = forest();
    expect(observed.takeChanges().map(({ label, before, after }) => [label, before, after])).toEqual([
      [1, null, 0],
      [2, null, 1],
      [3, null, 1],
      [4, null, 3],
      [5, null, 0],
    ]);
    expect(observed.takeChanges()).toEqual([]);
    observed.setRootCost(4, 1);
    observed.setRootCost(4, 20);
    observed.removeNode(1);
    observed.addNode(7, 3, []);
    observed.removeNode(7);
    expect(observed.takeChanges()).toEqual([
      { label: 1, before: 0, after: null },
      { label: 2, before: 1, after: 0 },
      { label: 3, before: 1, after: 2 },
    ]);
  });

  it('proves itself optimal, in whole or in part', () => {
    expect(forest().audit()).toEqual({ nodes: 5, edges: 12, violations: [] });
    expect(forest().audit([2, 4])).toEqual({ nodes: 2, edges: 5, violations: [] });
  });

  it.each<[string, (forest: Forest) => void]>([
    ['a label twice', (f) => f.addNode(1, 0, [])],
    ['the virtual root as a label', (f) => f.addNode(0, 0, [])],
    ['a fraction as a label', (f) => f.addNode(1.5, 0, [])],
    ['an unknown neighbour', (f) => f.addNode(9, 0, [{ label: 8, costIn: 1, costOut: 1 }])],
    ['itself as a neighbour', (f) => f.replaceNode(1, 0, [{ label: 1, costIn: 1, costOut: 1 }])],
    ['a neighbour twice', (f) => f.replaceNode(1, 0, [{ label: 2, costIn: 1, costOut: 1 }, { label: 2, costIn: 1, costOut: 1 }])], // prettier-ignore
    ['a fraction as a cost', (f) => f.setRootCost(1, 0.5)],
    ['a node that can be no root', (f) => f.setRootCost(1, Infinity)],
    ['a cost beyond the exact range', (f) => f.addPair(1, 5, 2 ** 49, 1)],
    ['a pair twice', (f) => f.addPair(2, 1, 1, 1)],
    ['a pair that is not there', (f) => f.setPair(1, 5, 1, 1)],
    ['the removal of a pair that is not there', (f) => f.removePair(1, 5)],
    ['the removal of an unknown label', (f) => f.removeNode(9)],
    ['the parent of an unknown label', (f) => f.parentOf(9)],
    ['the children of an unknown label', (f) => f.childrenOf(9)],
  ])('fails an assertion on %s, and stays as it was', (_name, call) => {
    const unharmed = forest();
    expect(() => call(unharmed)).toThrow(expect.objectContaining({ code: 'ERR_ASSERTION' }));
    expect(parents(unharmed)).toEqual(parents(forest()));
    expect(unharmed.audit().violations).toEqual([]);
  });
});
