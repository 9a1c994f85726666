import fc from 'fast-check';
import { family, randomFamily, SEED } from '../changes.testing';
import type { Change } from './change-history';
import { fold } from './fold';
import { largestTrees } from './largest-trees';
import { LineageState, type Label } from './lineage-state';
import { neighbourhood } from './neighbourhood';
import { takePage } from './page';
import { depthUnder, preorder } from './preorder';

function stateOf(changes: readonly Change[]): LineageState {
  const state = new LineageState();
  for (const one of changes) fold(state, one);
  return state;
}

const small = stateOf(
  family({ 'a/root': null, 'a/x': 'a/root', 'a/b': 'a/root', 'a/x1': 'a/x', 'a/x2': 'a/x', 'a/x11': 'a/x1' }),
);
const label = (name: string): Label => small.find(name)!;

describe('preorder', () => {
  const names = (visits: Iterable<{ label: Label; depth: number }>): string[] =>
    [...visits].map((visit) => `${visit.depth} ${small.name(visit.label)}`);

  it('gives each model followed by its branch, siblings by name', () => {
    expect(names(preorder(small, label('a/root')))).toEqual([
      '1 a/b',
      '1 a/x',
      '2 a/x1',
      '3 a/x11',
      '2 a/x2',
    ]);
  });

  it('goes only so deep', () => {
    expect(names(preorder(small, label('a/root'), { depthMax: 1 }))).toEqual(['1 a/b', '1 a/x']);
    expect(names(preorder(small, label('a/root'), { depthMax: 1, after: label('a/x11') }))).toEqual([]);
    expect(names(preorder(small, label('a/root'), { depthMax: 2, after: label('a/x11') }))).toEqual([
      '2 a/x2',
    ]);
  });

  it('resumes anywhere with what would have come next', () => {
    const random = stateOf(randomFamily(300, SEED, 0));
    const all = [...preorder(random, 0)];
    expect(all).toHaveLength(299);
    fc.assert(
      fc.property(fc.nat(298), (at) => {
        expect([...preorder(random, 0, { after: all[at]!.label })]).toEqual(all.slice(at + 1));
      }),
      { seed: SEED },
    );
    for (const visit of all) expect(depthUnder(random, 0, visit.label)).toBe(visit.depth);
  });
});

describe('neighbourhood', () => {
  const drawn = (name: string, modelsMax: number): string[] =>
    neighbourhood(small, label(name), modelsMax).map(
      (at) => `${at.depth} ${small.name(at.label)} +${at.hidden}`,
    );

  it('is the whole tree where that is small', () => {
    expect(drawn('a/x1', 100)).toEqual([
      '0 a/root +0',
      '1 a/b +0',
      '1 a/x +0',
      '2 a/x1 +0',
      '3 a/x11 +0',
      '2 a/x2 +0',
    ]);
  });

  it('takes ancestors first, then whoever is nearest, and says what it leaves out', () => {
    expect(drawn('a/x1', 3)).toEqual(['0 a/root +1', '1 a/x +1', '2 a/x1 +1']);
    expect(drawn('a/x1', 4)).toEqual(['0 a/root +1', '1 a/x +1', '2 a/x1 +0', '3 a/x11 +0']);
    expect(drawn('a/x11', 2)).toEqual(['0 a/x1 +0', '1 a/x11 +0']);
  });
});

describe('largestTrees', () => {
  it('pages through all roots by size and name', () => {
    const state = stateOf(randomFamily(400, SEED, 0.3));
    const roots = Array.from({ length: state.rows }, (_, root) => root).filter((root) => state.isRoot(root));
    roots.sort((a, b) => state.living.get(b) - state.living.get(a) || state.byName(a, b));
    expect(roots.length).toBe(state.trees);
    const found: Label[] = [];
    for (;;) {
      const last = found.at(-1);
      const after =
        last === undefined ? undefined : { models: state.living.get(last), name: state.name(last) };
      const page = largestTrees(state, 7, after);
      if (page.length === 0) break;
      found.push(...page);
    }
    expect(found).toEqual(roots);
  });
});

describe('takePage', () => {
  const numbers = [1, 2, 3, 4, 5, 6];

  it('says where to go on only where something is left', () => {
    expect(takePage(numbers, { limit: 4, lookedAtMax: 100 })).toEqual({ taken: [1, 2, 3, 4], last: 4 });
    expect(takePage(numbers, { limit: 6, lookedAtMax: 100 })).toEqual({ taken: numbers, last: undefined });
  });

  it('stops looking at its bound, with a short page', () => {
    expect(takePage(numbers, { limit: 4, lookedAtMax: 3 }, (n) => n === 2)).toEqual({ taken: [2], last: 3 });
  });
});
