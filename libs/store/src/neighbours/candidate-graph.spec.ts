import fc from 'fast-check';

import { seed } from '../property.testing';
import { candidatesFromScratch } from './candidate-definition';
import { ExactNeighbours } from './exact-neighbours';
import { families, type FamilyShape } from './families.testing';
import {
  CandidateGraph,
  type CandidateChanges,
  type GraphModel,
  type NeighboursContext,
  type Pair,
} from './candidate-graph';

/** Later letters precede: neither labels nor arrival order may decide who represents. */
const precedes = (names: readonly string[]) => (a: number, b: number) => names[a]! > names[b]!;

interface Step {
  readonly label: number;
  readonly add: boolean;
}

const exact = (wasmFrom: number) => (context: NeighboursContext) =>
  new ExactNeighbours({ ...context, wasmFrom });

/** Mostly arrivals: one step in four removes. */
const stepsOf = (steps: readonly (readonly [number, number])[], models: number): Step[] =>
  steps.map(([label, kind]) => ({ label: label % models, add: kind > 0 }));

/** A history as steps over a fixed set of models; removing an absent one or adding a present one is skipped. */
const histories = fc.record({
  // Coordinates from a small grid, so that equal distances abound; equal content has equal coordinates.
  models: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.nat(2)), {
    minLength: 2,
    maxLength: 24,
  }),
  steps: fc.array(fc.tuple(fc.nat(23), fc.integer({ min: 0, max: 3 })), { maxLength: 80 }),
  k: fc.integer({ min: 1, max: 5 }),
  spare: fc.integer({ min: 0, max: 3 }),
  climbMax: fc.integer({ min: 1, max: 4 }),
  hubFollowersMin: fc.integer({ min: 1, max: 5 }),
  relatedDistanceMax: fc.constantFrom(1, 4, 100),
  wasmFrom: fc.constantFrom(0, 1_000),
});

function modelsOf(cells: readonly (readonly [number, number, number])[]): GraphModel[] {
  return cells.map(([x, y, variant], label) => ({
    label,
    content: `${(x * 7 + y * 5 + variant * 3) % 11}/${x},${y},${variant}`,
    vector: Float32Array.of(x, y),
  }));
}

function apply(pairs: Map<string, Pair>, changes: CandidateChanges): void {
  for (const { a, b } of changes.removed) expect(pairs.delete(`${a}-${b}`)).toBe(true);
  for (const pair of changes.added) {
    expect(pairs.has(`${pair.a}-${pair.b}`)).toBe(false);
    pairs.set(`${pair.a}-${pair.b}`, pair);
  }
}

const sorted = (pairs: Iterable<Pair>): Pair[] => [...pairs].sort((p, q) => p.a - q.a || p.b - q.b);

it('is the graph computed from scratch after every step of any history', () => {
  fc.assert(
    fc.property(histories, ({ models: cells, steps, wasmFrom, ...options }) => {
      const models = modelsOf(cells);
      const names = models.map(({ label }) => `name-${(label * 17) % 29}-${label}`);
      const before = precedes(names);
      const graph = new CandidateGraph({
        ...options,
        dimensions: 2,
        precedes: before,
        neighbours: exact(wasmFrom),
      });
      const pairs = new Map<string, Pair>();
      const represented = new Map<number, number>();
      const present = new Set<number>();
      for (const { label, add } of stepsOf(steps, models.length)) {
        if (add === present.has(label)) continue;
        const changes = add ? graph.add(models[label]!) : graph.remove(label);
        if (add) {
          present.add(label);
          represented.set(label, label);
        } else {
          present.delete(label);
          represented.delete(label);
        }
        apply(pairs, changes);
        for (const { label: member, representative } of changes.represented)
          represented.set(member, representative);
        const { pairs: expected } = candidatesFromScratch(
          [...present].map((each) => models[each]!),
          before,
          options,
        );
        expect(sorted(pairs.values())).toEqual(expected);
        expect(graph.pairs()).toEqual(expected);
        for (const each of present) expect(represented.get(each)).toBe(graph.representative(each));
      }
    }),
    { seed: seed(), numRuns: 400 },
  );
});

const familyHistories = fc.record({
  familySeed: fc.nat(),
  shape: fc.constantFrom<FamilyShape>('star', 'mixed', 'popular', 'chain'),
  dimensions: fc.integer({ min: 2, max: 5 }),
  steps: fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 0, max: 3 })), { minLength: 60, maxLength: 150 }),
  k: fc.integer({ min: 1, max: 5 }),
  spare: fc.integer({ min: 0, max: 3 }),
  climbMax: fc.integer({ min: 1, max: 4 }),
  hubFollowersMin: fc.integer({ min: 1, max: 5 }),
  relatedDistanceMax: fc.constantFrom(0.05, 1),
});

it('keeps climbs and several levels of hubs in families that come and go', () => {
  let levelsMax = 0;
  fc.assert(
    fc.property(familyHistories, ({ familySeed, shape, dimensions, steps, ...options }) => {
      const drawn = families({ seed: familySeed, families: 3, models: 20, dimensions, shape });
      const models = drawn.vectors.map((vector, label) => ({
        label,
        content: `${(label * 37) % 61}`,
        vector,
      }));
      const graph = new CandidateGraph({ ...options, dimensions, precedes: (a, b) => a < b });
      const pairs = new Map<string, Pair>();
      const present = new Set<number>();
      stepsOf(steps, models.length).forEach(({ label, add }, at) => {
        if (add !== present.has(label)) apply(pairs, add ? graph.add(models[label]!) : graph.remove(label));
        if (add) present.add(label);
        else present.delete(label);
        if (at % 8 > 0) return;
        const now = Array.from(present, (each) => models[each]!);
        const { pairs: expected, levels } = candidatesFromScratch(now, (a, b) => a < b, options);
        levelsMax = Math.max(levelsMax, levels);
        // As text, since comparing objects takes longer than all the rest.
        const wanted = JSON.stringify(expected);
        expect(JSON.stringify(sorted(pairs.values()))).toBe(wanted);
        expect(JSON.stringify(graph.pairs())).toBe(wanted);
      });
    }),
    { seed: seed(), numRuns: 60, endOnFailure: true },
  );
  expect(levelsMax).toBeGreaterThanOrEqual(4);
});

it('restores from its pairs to a graph that goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(histories, ({ models: cells, steps, wasmFrom: _, ...options }) => {
      const models = modelsOf(cells);
      const before = precedes(models.map(({ label }) => `${label % 5}-${label}`));
      const half = Math.ceil(models.length / 2);
      const first = new CandidateGraph({ ...options, dimensions: 2, precedes: before });
      models.slice(0, half).forEach((model) => first.add(model));
      const second = new CandidateGraph({ ...options, dimensions: 2, precedes: before });
      [...models.slice(0, half)].reverse().forEach((model) => second.restoreModel(model));
      first.pairs().forEach((pair) => second.restorePair(pair));
      expect(second.pairs()).toEqual(first.pairs());
      for (const { label, add } of stepsOf(steps, models.length)) {
        if (add === second.has(label)) continue;
        const changes = (graph: CandidateGraph) => (add ? graph.add(models[label]!) : graph.remove(label));
        expect(changes(second)).toEqual(changes(first));
      }
      expect(second.pairs()).toEqual(first.pairs());
    }),
    { seed: seed(), numRuns: 200 },
  );
});

it('restores from a snapshot with its spares, and from no other', () => {
  const models = modelsOf(Array.from({ length: 40 }, (_, i) => [(i * 7) % 11, (i * 5) % 13, 0] as const));
  const graphOf = (present: readonly GraphModel[], k = 3) => {
    const graph = new CandidateGraph({ dimensions: 2, k, spare: 2, precedes: (a, b) => a < b });
    return { graph, restored: () => present.forEach((model) => graph.restoreModel(model)) };
  };
  const { graph: before } = graphOf(models);
  models.forEach((model) => before.add(model));
  before.remove(5);
  const left = models.filter(({ label }) => label !== 5);
  const bytes = before.snapshot();

  const { graph: after, restored } = graphOf([...left].reverse());
  restored();
  expect(after.restoreSnapshot(bytes)).toBeNull();
  expect(after.pairs()).toEqual(before.pairs());
  expect(after.snapshot().length).toBe(bytes.length);
  for (const label of [9, 3, 20, 21, 22]) expect(after.remove(label)).toEqual(before.remove(label));
  expect(after.add(models[5]!)).toEqual(before.add(models[5]!));

  const reject = (present: readonly GraphModel[], altered: Uint8Array, k = 3) => {
    const other = graphOf(present, k);
    other.restored();
    return other.graph.restoreSnapshot(altered)?.reason;
  };
  expect(reject(models, bytes)).toBe('other-models');
  expect(reject(models.slice(1), bytes)).toBe('other-models');
  expect(reject(left, bytes, 4)).toBe('other-format');
  expect(
    reject(
      left,
      bytes.map((byte, at) => (at === 200 ? byte ^ 1 : byte)),
    ),
  ).toBe('damaged');
  expect(reject(left, bytes.subarray(0, 30))).toBe('damaged');
  expect(reject(left, new Uint8Array(0))).toBe('damaged');
});

it('lets a base with many children leave without a search for each of them, as long as spares last', () => {
  let searches = 0;
  const counting: NonNullable<ConstructorParameters<typeof CandidateGraph>[0]['neighbours']> = (context) => {
    const index = exact(0)(context);
    const around = index.around.bind(index);
    index.around = (label) => (searches++, around(label));
    return index;
  };
  const graph = new CandidateGraph({
    dimensions: 8,
    k: 4,
    spare: 2,
    precedes: (a, b) => a < b,
    neighbours: counting,
  });
  graph.add({ label: 0, content: 'base', vector: new Float32Array(8) });
  for (let label = 1; label <= 200; label++) {
    const vector = Float32Array.from({ length: 8 }, (_, i) =>
      Math.fround(((label * (i + 3) * 37) % 101) / 50 - 1),
    );
    graph.add({ label, content: `child-${label}`, vector });
  }
  expect(searches).toBe(201);
  graph.remove(0);
  expect(searches).toBe(201);
});

it('hands the pairs of equal weights to whoever represents them', () => {
  const graph = new CandidateGraph({ dimensions: 1, k: 1, precedes: (a, b) => a < b });
  graph.add({ label: 5, content: 'base', vector: Float32Array.of(0) });
  graph.add({ label: 7, content: 'child', vector: Float32Array.of(1) });
  expect(graph.add({ label: 6, content: 'base', vector: Float32Array.of(0) })).toEqual({
    added: [],
    removed: [],
    represented: [{ label: 6, representative: 5 }],
  });
  expect(graph.add({ label: 2, content: 'base', vector: Float32Array.of(0) })).toEqual({
    added: [{ a: 2, b: 7, distance: 1 }],
    removed: [{ a: 5, b: 7 }],
    represented: [2, 5, 6].map((label) => ({ label, representative: 2 })),
  });
  expect(graph.remove(2).represented).toEqual([5, 6].map((label) => ({ label, representative: 5 })));
  expect(graph.remove(6)).toEqual({ added: [], removed: [], represented: [] });
  expect(graph.remove(5).removed).toEqual([{ a: 5, b: 7 }]);
  expect(graph.size).toBe(1);
});

it('refuses a label twice and one that is not there', () => {
  const graph = new CandidateGraph({ dimensions: 1, precedes: (a, b) => a < b });
  const model = { label: 1, content: 'x', vector: Float32Array.of(0) };
  graph.add(model);
  expect(() => graph.add(model)).toThrow('label 1 is in the candidate graph');
  expect(() => graph.remove(2)).toThrow('label 2 is not in the candidate graph');
  expect(() => graph.add({ label: 3, content: 'y', vector: Float32Array.of(NaN) })).toThrow('component 0');
});
