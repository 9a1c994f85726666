import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DynamicForest } from './dynamic-forest';
import type { Neighbour } from './forest';
import {
  apply,
  firstDifference,
  randomHistory,
  shrink,
  type History,
  type HistoryShape,
} from './forest-history.testing';
import { ModelStream } from './model-stream.testing';
import { mixed32, seededRandom } from './random.testing';
import { StaticForest } from './static-forest';

const REGRESSIONS = join(__dirname, 'regressions');
const SEEDS = Number(process.env.SEEDS ?? 700);
const SEED = Number(process.env.SEED ?? 1);

/** Plays seeded histories; a failing one is shrunk and kept in `regressions/`, from where every run replays it. */
function expectParity(shape: HistoryShape, seeds: number): void {
  for (let seed = SEED; seed < SEED + seeds; seed++) {
    const history = randomHistory(seed, shape);
    const difference = firstDifference(history);
    if (difference === null) continue;
    const shrunk = shrink(history, (candidate) => firstDifference(candidate) !== null);
    const file = join(REGRESSIONS, `${shape.unique ? 'unique' : 'ties'}-${shape.labelsMax}-${seed}.json`);
    mkdirSync(REGRESSIONS, { recursive: true });
    writeFileSync(file, `${JSON.stringify(shrunk)}\n`);
    throw new Error(`SEED=${seed}, step ${difference.step}: ${difference.what}; shrunk to ${file}`);
  }
}

function parentsOf(forest: DynamicForest | StaticForest): Map<number, number> {
  return new Map(forest.labels().map((label) => [label, forest.parentOf(label)]));
}

describe('DynamicForest', () => {
  it.each([
    { labelsMax: 4, operations: 25, unique: false },
    { labelsMax: 8, operations: 30, unique: false },
    { labelsMax: 8, operations: 30, unique: true },
  ])(`is the static optimum after every operation of ${SEEDS} histories: %j`, (shape) => {
    expectParity(shape, SEEDS);
  });

  it('is the static optimum after every operation of longer histories', () => {
    expectParity({ labelsMax: 40, operations: 150, unique: true }, Math.ceil(SEEDS / 100));
  });

  it.each(readdirSync(REGRESSIONS).filter((file) => file.endsWith('.json')))('replays %s', (file) => {
    const history = JSON.parse(readFileSync(join(REGRESSIONS, file), 'utf8')) as History;
    expect(firstDifference(history)).toBeNull();
  });

  it('takes every branch in those histories', () => {
    const taken = { searches: 0, settledNodes: 0, reattachments: 0, repairs: 0 };
    for (let seed = 1; seed <= 100; seed++) {
      const { operations, options } = randomHistory(seed, { labelsMax: 8, operations: 30, unique: true });
      const forest = new DynamicForest(options);
      for (const operation of operations) apply(forest, operation);
      for (const kind of ['searches', 'settledNodes', 'reattachments', 'repairs'] as const)
        taken[kind] += forest.work[kind];
    }
    expect(Math.min(...Object.values(taken))).toBeGreaterThan(10);
  });

  it('depends on the graph alone, not on the order in which it came', () => {
    const random = seededRandom(SEED);
    const costs = (tail: number, head: number): number =>
      (1 + (mixed32(tail, head, 1) % 9)) * 2 ** 34 + mixed32(tail, head, 2);
    const labels = Array.from({ length: 60 }, (_, i) => i + 1);
    const isPair = (a: number, b: number): boolean => mixed32(Math.min(a, b), Math.max(a, b), 3) % 5 === 0;
    const add = (forest: DynamicForest, label: number): void => {
      const neighbours = forest
        .labels()
        .filter((other) => isPair(label, other))
        .map((other): Neighbour => ({
          label: other,
          costIn: costs(other, label),
          costOut: costs(label, other),
        }));
      forest.addNode(label, 8 * 2 ** 34 + mixed32(0, label, 2), neighbours);
    };
    const forests = Array.from({ length: 8 }, () => {
      const forest = new DynamicForest();
      const order = random.shuffle(labels);
      for (const label of order) add(forest, label);
      for (const label of order.slice(0, 20)) forest.removeNode(label);
      for (const label of random.shuffle(order.slice(0, 20))) add(forest, label);
      return Object.fromEntries(parentsOf(forest));
    });
    for (const forest of forests) expect(forest).toEqual(forests[0]);
  });

  it('keeps up with a hub of many children, its departure included', () => {
    const stream = new ModelStream({ models: 600, seed: SEED, giant: 0.8, candidates: 12 });
    const oracle = new StaticForest();
    const forest = new DynamicForest();
    for (let model = 1; model <= stream.models; model++) {
      const { label, rootCost, neighbours } = stream.arrive(model);
      oracle.addNode(label, rootCost, neighbours);
      forest.addNode(label, rootCost, neighbours);
    }
    expect(parentsOf(forest)).toEqual(parentsOf(oracle));
    const hub = forest
      .labels()
      .reduce((a, b) => (forest.childrenOf(b).length > forest.childrenOf(a).length ? b : a));
    expect(forest.childrenOf(hub).length).toBeGreaterThan(200);
    oracle.removeNode(hub);
    forest.removeNode(hub);
    expect(parentsOf(forest)).toEqual(parentsOf(oracle));
    expect(forest.audit().violations).toEqual([]);
  });

  it('computes potentials anew when they leave the exact range, and keeps the forest', () => {
    const forest = new DynamicForest();
    forest.addNode(1, 50, []);
    forest.addNode(2, 60, [{ label: 1, costIn: 30, costOut: 40 }]);
    forest.takeChanges();
    const state = forest.state();
    // One shift for a whole component keeps the certificate.
    const drifted = { ...state, potentials: state.potentials.map((potential) => potential + 500) };
    const repaired = DynamicForest.from(drifted, { potentialMax: 60 });
    expect(repaired.work.repairs).toBe(1);
    expect(Math.max(...repaired.state().potentials)).toBeLessThanOrEqual(60);
    expect(repaired.audit().violations).toEqual([]);
    expect(parentsOf(repaired)).toEqual(parentsOf(forest));
  });

  it('finds its own damage', () => {
    const forest = new DynamicForest();
    forest.addNode(1, 10, []);
    forest.addNode(2, 10, [{ label: 1, costIn: 4, costOut: 4 }]);
    forest.takeChanges();
    const { labels, potentials, ...rest } = forest.state();
    const damaged = DynamicForest.from({ ...rest, labels, potentials: potentials.map((value) => value + 5) });
    expect(damaged.audit([1]).violations).toEqual([]);
    const skewed = DynamicForest.from({
      ...rest,
      labels,
      potentials: Float64Array.of(potentials[0]!, potentials[1]! + 50),
    });
    expect(skewed.audit([2]).violations).toContainEqual(
      expect.objectContaining({ kind: 'cheaper-edge', label: 2 }),
    );
  });

  it('refuses a label beyond its bound before it allocates', () => {
    expect(() => new DynamicForest().addNode(2 ** 31, 1, [])).toThrow(/2147483648 found/);
  });
});
