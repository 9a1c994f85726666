import { readFileSync } from 'node:fs';
import path from 'node:path';
import { comparePair } from './compare-pair';
import { DEFAULT_CONSTANTS } from './constants';
import { lnScaledNormal } from './decay-prior';
import { compareTensors, treeDistance } from './distance';
import { observeSampled, type TestPlan, ZOO } from './evidence.testing';
import { growthRowsOf } from './growth-rows';
import type { Observation } from './observation';
import { pairTables } from './table-pair';
import { parentMarginals } from '../forest/marginals';
import { recoverForest } from '../recover/recover-forest';

/** Figures of the reference implementation (libs/lineage/eval/reference.py), at coordinates that the file gives. */
interface Golden {
  readonly plans: Readonly<Record<string, TestPlan>>;
  readonly pairs: readonly GoldenPair[];
  readonly marginals: { readonly cost: number[][]; readonly root: number[]; readonly P: number[][] };
  readonly trees: Readonly<Record<string, GoldenTree>>;
  readonly logNdtr: Readonly<Record<string, number>>;
}

interface GoldenPair {
  readonly a: string;
  readonly b: string;
  readonly plan: string;
  readonly figures: {
    readonly D: number;
    readonly d2: number;
    readonly theta: number;
    readonly correlation: number;
    readonly z: number;
    readonly L: number;
    readonly slope: number;
    readonly shrink: number;
    readonly rows: number;
    readonly f: number;
    readonly kinship: string;
  };
  readonly steps: { readonly rowsUsed: number; readonly restsUsed: number };
}

interface GoldenTree {
  readonly models: readonly string[];
  readonly parent: readonly (string | null)[];
  readonly confidence: readonly number[];
}

const golden = JSON.parse(readFileSync(path.join(__dirname, 'golden/pairs.json'), 'utf8')) as Golden;

/** Equal to nine digits, or to 10^-9 where the figure is small. */
function expectSame(actual: number, expected: number, tolerance = 1e-9): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}

/** Rows that turned by 10^-6 leave ten digits of 1 − cos² in a double, and their likelihood ratio a little less. */
const RATIO_TOLERANCE = 2e-9;

const observed = new Map<string, Observation>();

function observe(file: string, plan: string): Observation {
  const known = observed.get(file) ?? observeSampled(path.join(ZOO, file), golden.plans[plan]!);
  observed.set(file, known);
  return known;
}

/** Whole files are decoded here, which takes its time on a busy machine. */
jest.setTimeout(120_000);

describe('the golden figures of pairs', () => {
  it.each(golden.pairs.map((pair) => [pair.a, pair.b, pair] as const))('%s and %s', (_a, _b, pair) => {
    const a = observe(pair.a, pair.plan);
    const b = observe(pair.b, pair.plan);
    const found = comparePair(a, b);
    const { figures, steps } = pair;

    expect(found.kinship).toBe(figures.kinship);
    // Of strangers no distance is said, though there is one.
    const { raw, coarse } = pairTables(a, b)!;
    const distance = treeDistance(coarse, compareTensors(coarse), DEFAULT_CONSTANTS);
    expectSame(distance, figures.D);
    expect(found.distance).toBe(figures.kinship === 'stranger' ? 0 : distance);
    expectSame(found.squaredDistance, figures.d2);
    expectSame(found.leastSineSquare, figures.theta);
    expectSame(found.correlation, figures.correlation);
    expectSame(found.z, figures.z);
    expectSame(found.growth, figures.L, RATIO_TOLERANCE);
    expectSame(found.slope, figures.slope);
    expectSame(found.shrinkRatio, figures.shrink);
    expectSame(found.embeddingGrowth, figures.rows);
    expectSame(found.logOdds, figures.f, RATIO_TOLERANCE);
    const rows = growthRowsOf(raw, DEFAULT_CONSTANTS);
    expect(rows.turn.length).toBe(steps.rowsUsed + steps.restsUsed);
  });
});

/** The reference looks at whole trees, this library at a model and its candidates: one and the same where all are kin of all. */
function allKin(models: readonly Observation[]): boolean {
  return models.every((a, i) => models.slice(i + 1).every((b) => comparePair(a, b).kinship === 'kin'));
}

describe('the golden trees', () => {
  // The reference counts the crowd without steps.
  const constants = { ...DEFAULT_CONSTANTS, crowdStep: 0 };

  it.each(Object.entries(golden.trees))('%s', (tree, expected) => {
    const isMiniLm = tree === 'minilm';
    const folder = isMiniLm ? 'pretrained/minilm' : `models/${tree}`;
    const models = expected.models.map((model) => ({
      model,
      observation: observe(`${folder}/${model}.safetensors`, isMiniLm ? 'minilm' : 'vit'),
    }));
    const found = recoverForest(models, { constants, merges: false }).models;
    expect(found.map(({ parent }) => parent)).toEqual(expected.parent);
    const tolerance = allKin(models.map(({ observation }) => observation)) ? 1e-9 : 0.01;
    found.forEach(({ confidence }, i) => expectSame(confidence, expected.confidence[i]!, tolerance));
  });
});

it('the golden marginals', () => {
  const { cost, root, P } = golden.marginals;
  for (let node = 0; node < root.length; node++) {
    const order = [node, ...root.keys()].filter((label, i) => i === 0 || label !== node);
    const edges = order.flatMap((from, tail) =>
      order.flatMap((to, head) => (from === to ? [] : [{ tail, head, cost: cost[from]![to]! }])),
    );
    const rootCosts = order.map((label) => root[label]!);
    const found = parentMarginals({ nodes: order.length, rootCosts, edges });
    expectSame(found.root, P[root.length]![node]!);
    order.forEach((label, i) => expectSame(found.candidates[i]!, P[label]![node]!));
  }
});

it('the golden logarithms of the normal distribution function', () => {
  for (const [z, expected] of Object.entries(golden.logNdtr)) {
    expectSame(lnScaledNormal(Number(z)) - Number(z) ** 2 / 2, expected);
  }
});
