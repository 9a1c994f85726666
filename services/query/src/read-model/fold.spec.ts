import fc from 'fast-check';
import { change, family, SEED } from '../changes.testing';
import type { Change } from './change-history';
import { fold } from './fold';
import { NONE, LineageState } from './lineage-state';

function folded(changes: readonly Change[]): LineageState {
  const state = new LineageState();
  for (const one of changes) fold(state, one);
  return state;
}

/** What the state says the forest is. */
function forest(state: LineageState): Record<string, string | null> {
  const entries = state.names.map((name, label) => {
    const parent = state.parent.get(label);
    return [name, parent === NONE ? null : state.name(parent)] as const;
  });
  return Object.fromEntries(entries);
}

/** Counts everything from scratch and holds the state against it. */
function expectCountsToHold(state: LineageState): void {
  const labels = Array.from({ length: state.rows }, (_, label) => label);
  const living = labels.map(() => 0);
  for (const label of labels.filter((one) => state.isLive(one))) {
    for (let at = label; at !== NONE; at = state.parent.get(at)) living[at]!++;
  }
  const childrenOf = (label: number): number[] =>
    labels.filter((child) => state.parent.get(child) === label && living[child]! > 0).sort(state.byName);
  expect({
    living: labels.map((label) => state.living.get(label)),
    models: state.models,
    trees: state.trees,
    children: labels.map((label) => [...state.livingChildren(label)]),
    counts: labels.map((label) => state.childCount.get(label)),
  }).toEqual({
    living,
    models: labels.filter((label) => state.isLive(label)).length,
    trees: labels.filter((label) => state.parent.get(label) === NONE && living[label]! > 0).length,
    children: labels.map(childrenOf),
    counts: labels.map((label) => childrenOf(label).length),
  });
}

describe('fold', () => {
  it('gives the forest of the changes', () => {
    const parents = { 'a/root': null, 'a/x': 'a/root', 'a/y': 'a/x', 'b/alone': null };
    const state = folded(family(parents));
    expect(forest(state)).toEqual(parents);
    expect([state.models, state.trees, state.changes]).toEqual([4, 2, 4]);
    expect(state.living.get(state.find('a/root')!)).toBe(3);
  });

  it('moves a model with its subtree', () => {
    const state = folded([
      ...family({ 'a/one': null, 'a/two': null, 'a/x': 'a/one', 'a/y': 'a/x' }),
      change(5, 'a/x', 'a/two', { kind: 'reparented', parent: { before: 'a/one', after: 'a/two' } }),
    ]);
    expect(forest(state)).toMatchObject({ 'a/x': 'a/two', 'a/y': 'a/x' });
    expect([state.living.get(0), state.living.get(1)]).toEqual([1, 3]);
  });

  it('ignores a change that it has', () => {
    const [first, second] = family({ 'a/root': null, 'a/x': 'a/root' });
    const state = folded([first!, second!]);
    expect(fold(state, first!)).toBe('seen');
    expect(fold(state, { ...second!, parent: { before: null, after: null } })).toBe('seen');
    expect(forest(state)).toEqual({ 'a/root': null, 'a/x': 'a/root' });
  });

  it('stops at a gap', () => {
    const state = folded(family({ 'a/root': null }));
    expect(() => fold(state, change(3, 'a/x', 'a/root'))).toThrow('expected seq 2, got 3');
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
      expect(forest(state)).toEqual(turned);
      expect(state.awaited.size).toBe(0);
      expectCountsToHold(state);
    }
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
          expect(forest(state)).toEqual(parents);
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
