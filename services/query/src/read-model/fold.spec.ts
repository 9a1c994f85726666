import fc from 'fast-check';
import { change, family, SEED } from '../changes.testing';
import type { Change } from './change-history';
import { fold } from './fold';
import { expectCountsToHold, forestOf } from './forest.testing';
import { LineageState } from './lineage-state';

function folded(changes: readonly Change[]): LineageState {
  const state = new LineageState();
  for (const one of changes) fold(state, one);
  return state;
}

describe('fold', () => {
  it('gives the forest of the changes', () => {
    const parents = { 'a/root': null, 'a/x': 'a/root', 'a/y': 'a/x', 'b/alone': null };
    const state = folded(family(parents));
    expect(forestOf(state)).toEqual(parents);
    expect([state.models, state.trees, state.changes]).toEqual([4, 2, 4]);
    expect(state.living.get(state.find('a/root')!)).toBe(3);
  });

  it('moves a model with its subtree', () => {
    const state = folded([
      ...family({ 'a/one': null, 'a/two': null, 'a/x': 'a/one', 'a/y': 'a/x' }),
      change(5, 'a/x', 'a/two', { kind: 'reparented', parent: { before: 'a/one', after: 'a/two' } }),
    ]);
    expect(forestOf(state)).toMatchObject({ 'a/x': 'a/two', 'a/y': 'a/x' });
    expect([state.living.get(0), state.living.get(1)]).toEqual([1, 3]);
  });

  it('ignores a change that it has', () => {
    const [first, second] = family({ 'a/root': null, 'a/x': 'a/root' });
    const state = folded([first!, second!]);
    expect(fold(state, first!)).toBe('seen');
    expect(fold(state, { ...second!, parent: { before: null, after: null } })).toBe('seen');
    expect(forestOf(state)).toEqual({ 'a/root': null, 'a/x': 'a/root' });
  });

  it('stops at a gap', () => {
    const state = folded(family({ 'a/root': null }));
    expect(() => fold(state, change(3, 'a/x', 'a/root'))).toThrow('of partition 0: expected seq 2, got 3');
    const elsewhere = change(2, 'a/x', 'a/root', { partition: 1 });
    expect(() => fold(state, elsewhere)).toThrow('of partition 1: expected seq 1, got 2');
    expect(state.rows).toBe(1);
  });

  it('keeps a deleted parent while something lives below it', () => {
    const gone = (seq: number, model: string, after: string | null): Change =>
      change(seq, model, after, { kind: 'deleted' });
    const state = folded([
      ...family({ 'a/root': null, 'a/x': 'a/root', 'a/y': 'a/x' }),
      gone(4, 'a/x', 'a/root'),
    ]);
    expect([state.models, state.trees]).toEqual([2, 1]);
    expect([...state.livingChildren(0)]).toEqual([1]);
    fold(state, gone(5, 'a/y', 'a/x'));
    expect([...state.livingChildren(0)]).toEqual([]);
    fold(state, gone(6, 'a/root', null));
    expect([state.models, state.trees]).toEqual([0, 0]);
    fold(state, change(7, 'a/y', 'a/x'));
    expect([state.models, state.trees]).toEqual([1, 1]);
    expectCountsToHold(state);
  });

  it('survives an edge that turns around in two changes, in either order', () => {
    const before = family({ 'a/x': null, 'a/y': 'a/x', 'a/z': 'a/y' });
    const turned = { 'a/x': 'a/y', 'a/y': null, 'a/z': 'a/y' };
    const [up, down] = [change(4, 'a/x', 'a/y'), change(5, 'a/y', null)];
    const [first, second] = [change(4, 'a/y', null), change(5, 'a/x', 'a/y')];
    const halfway = folded([...before, up]);
    expectCountsToHold(halfway);
    for (const pair of [
      [up, down],
      [first, second],
    ]) {
      const state = folded([...before, ...pair]);
      expect(forestOf(state)).toEqual(turned);
      expect(state.awaited.size).toBe(0);
      expectCountsToHold(state);
    }
  });

  it('leaves the first by name of a cycle waiting, also where the cycle is led another way', () => {
    const state = folded([change(1, 'a/m', 'a/x'), change(2, 'a/x', 'a/m')]);
    const waiting = (): string[] => [...state.awaited.keys()].map((label) => state.name(label));
    expect(waiting()).toEqual(['a/m']);
    fold(state, change(3, 'a/b', 'a/m'));
    fold(state, change(4, 'a/x', 'a/b'));
    expect(waiting()).toEqual(['a/b']);
    expect(forestOf(state)).toEqual({ 'a/b': null, 'a/m': 'a/x', 'a/x': 'a/b' });
    fold(state, change(5, 'a/x', null));
    expect(forestOf(state)).toEqual({ 'a/x': null, 'a/m': 'a/x', 'a/b': 'a/m' });
    expectCountsToHold(state);
  });

  it('takes a parent that is named before it arrives', () => {
    const state = folded([change(1, 'a/x', 'a/root')]);
    expect(state.stateOf(state.find('a/root')!)).toBe('named');
    expect([state.models, state.trees]).toEqual([1, 1]);
    fold(state, change(2, 'a/root', null));
    expect([state.models, state.trees]).toEqual([2, 1]);
  });

  it('has every count right after every change of random histories, whatever the order inside a transaction', () => {
    fc.assert(
      fc.property(histories, (transactions) => {
        const state = new LineageState();
        let parents: Record<string, string | null> = {};
        for (const { next, order } of transactions) {
          for (const model of order) {
            const kind = next[model] === undefined ? 'deleted' : 'reparented';
            fold(state, change(state.changes + 1, model, next[model] ?? null, { kind }));
            expectCountsToHold(state);
          }
          parents = { ...parents, ...next };
          for (const model of order) if (next[model] === undefined) parents[model] = null;
          expect(state.awaited.size).toBe(0);
          expect(forestOf(state)).toEqual(parents);
        }
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
});

/** Transactions over 8 models: each turns the forest into another random one, its changes in any order. */
const MODELS = 8;
const name = (i: number): string => `org/m${i}`;
const transaction = fc
  .record({
    rank: fc.shuffledSubarray([...Array(MODELS).keys()], { minLength: MODELS, maxLength: MODELS }),
    choices: fc.array(fc.nat(MODELS), { minLength: MODELS, maxLength: MODELS }),
    order: fc.shuffledSubarray([...Array(MODELS).keys()], { minLength: MODELS, maxLength: MODELS }),
    deleted: fc.constantFrom(-1, -1, 0, 1, 2),
  })
  .map(({ rank, choices, order, deleted }) => {
    const next: Record<string, string | null> = {};
    for (const [place, model] of rank.entries()) {
      if (model === deleted) continue;
      const above = rank.slice(0, place).filter((other) => other !== deleted);
      const parent = above[(choices[model] as number) % (above.length + 1)];
      next[name(model)] = parent === undefined ? null : name(parent);
    }
    return { next, order: order.map(name) };
  });
const histories = fc.array(transaction, { minLength: 1, maxLength: 6 });
