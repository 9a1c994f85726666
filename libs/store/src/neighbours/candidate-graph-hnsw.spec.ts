import { temporaryFolder } from '../store.testing';
import {
  CandidateGraph,
  type CandidateChanges,
  type CandidateGraphOptions,
  type Pair,
} from './candidate-graph';
import { families } from './families.testing';
import { HnswNeighbours } from './hnsw-neighbours';

const DIMENSIONS = 32;
const { vectors, descent } = families({
  seed: 4,
  families: 6,
  models: 60,
  dimensions: DIMENSIONS,
  shape: 'mixed',
});

/** Labels differ from node numbers, so that a mix-up shows. */
const LABELS_FROM = 1_000;
const toLabel = (index: number) => LABELS_FROM + index;
const labelDescent = {
  parent: (label: number) => {
    const parent = descent.parent(label - LABELS_FROM);
    return parent === null ? null : toLabel(parent);
  },
  children: (label: number) => [...descent.children(label - LABELS_FROM)].map(toLabel),
};

const graphOf = (options: Partial<CandidateGraphOptions> = {}) =>
  new CandidateGraph({
    dimensions: DIMENSIONS,
    k: 8,
    precedes: (a, b) => a < b,
    descent: labelDescent,
    ...options,
  });

const modelOf = (index: number) => ({
  label: toLabel(index),
  content: `content-${index}`,
  vector: vectors[index]!,
});

it('makes nearly the graph of the exact index, through arrivals and departures', () => {
  const [exact, approximate] = [graphOf(), graphOf({ exactMax: 0 })];
  for (const graph of [exact, approximate]) {
    vectors.forEach((_, index) => graph.add(modelOf(index)));
    for (let index = 0; index < vectors.length; index += 7) graph.remove(toLabel(index));
  }
  const truth = new Set(exact.pairs().map(({ a, b }) => `${a}-${b}`));
  const found = approximate.pairs().filter(({ a, b }) => truth.has(`${a}-${b}`));
  expect(found.length / truth.size).toBeGreaterThan(0.98);
});

it('is the graph of the exact index up to exactMax, and changes over to hnswlib little by little', () => {
  const [exact, growing] = [graphOf(), graphOf({ exactMax: 200 })];
  const index = growing.neighbours as HnswNeighbours;
  vectors.slice(0, 200).forEach((_, at) => {
    expect(growing.add(modelOf(at))).toEqual(exact.add(modelOf(at)));
  });
  expect(index.waiting).toBe(200);
  growing.add(modelOf(200));
  expect(index.waiting).toBe(185);
  for (let at = 201; at < 220; at++) growing.add(modelOf(at));
  expect(index.waiting).toBe(0);
});

it('accounts for every pair and restores to the same ones, however bad the search', () => {
  const bad = () =>
    graphOf({ neighbours: (context) => new HnswNeighbours({ ...context, m: 2, efConstruction: 4, ef: 4 }) });
  const graph = bad();
  const pairs = new Map<string, Pair>();
  const note = ({ added, removed }: CandidateChanges) => {
    for (const { a, b } of removed) expect(pairs.delete(`${a}-${b}`)).toBe(true);
    for (const pair of added) pairs.set(`${pair.a}-${pair.b}`, pair);
  };
  vectors.forEach((_, at) => {
    note(graph.add(modelOf(at)));
    if (at % 3 === 2) note(graph.remove(toLabel(at - 2)));
  });
  const byLabels = (p: Pair, q: Pair) => p.a - q.a || p.b - q.b;
  expect(graph.pairs()).toEqual([...pairs.values()].sort(byLabels));

  const restored = bad();
  vectors.forEach((_, at) => graph.has(toLabel(at)) && restored.restoreModel(modelOf(at)));
  for (const pair of pairs.values()) restored.restorePair(pair);
  expect(restored.pairs()).toEqual(graph.pairs());
  const truth = graphOf();
  vectors.forEach((_, at) => graph.has(toLabel(at)) && truth.add(modelOf(at)));
  expect(truth.pairs()).not.toEqual(graph.pairs());
});

it('starts from stored pairs and a stored index without building anything', async () => {
  const place = temporaryFolder();
  const file = { folder: place.folder, owner: 'store' };
  const before = graphOf({ exactMax: 0 });
  vectors.forEach((_, index) => before.add(modelOf(index)));
  before.add({ ...modelOf(3), label: 1 });
  before.remove(toLabel(0));
  await (before.neighbours as HnswNeighbours).save(file, (node) => before.labelOfNode(node));

  const after = graphOf({ exactMax: 0 });
  for (let index = vectors.length - 1; index > 0; index--) after.restoreModel(modelOf(index));
  after.restoreModel({ ...modelOf(3), label: 1 });
  before.pairs().forEach((pair) => after.restorePair(pair));
  const index = after.neighbours as HnswNeighbours;
  expect(await index.adopt(file, (label) => after.nodeOfLabel(label))).toBeNull();
  expect(index.waiting).toBe(0);
  expect(after.pairs()).toEqual(before.pairs());
  expect(after.nearest(toLabel(20))).toEqual(before.nearest(toLabel(20)));
  expect(after.add(modelOf(0))).toEqual(before.add(modelOf(0)));
  place.remove();
});
