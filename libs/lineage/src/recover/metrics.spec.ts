import {
  adjustedRandIndex,
  calibrationError,
  chanceOf,
  evaluateGraph,
  joinEvaluations,
  type TrueModel,
} from './metrics';
import type { Recovered } from './recovered';

const truthOf = (
  parents: Readonly<Record<string, string | readonly string[] | null>>,
  tree = 't',
): TrueModel[] =>
  Object.entries(parents).map(([model, parent]) => ({
    model,
    tree,
    parents: parent === null ? [] : [parent].flat(),
  }));

function answer(parents: Readonly<Record<string, string | null>>, confidence = 1, right = true): Recovered {
  return {
    models: Object.entries(parents).map(([model, parent]) => ({
      model,
      parent,
      relation: null,
      verdict: parent === null ? 'root' : 'asserted',
      confidence,
      evidence: [],
      runnersUp: [],
    })),
    direction: () => (right ? 1 : -1),
  };
}

/** The paper's trees: a root, four children, four grandchildren each. */
const VTHR = truthOf(
  Object.fromEntries([
    ['r', null],
    ...[0, 1, 2, 3].flatMap((i) => [[`c${i}`, 'r'], ...[0, 1, 2, 3].map((j) => [`g${i}${j}`, `c${i}`])]),
  ]) as Record<string, string | null>,
);

const measure = (truth: readonly TrueModel[], recovered: Recovered) =>
  evaluateGraph('g', truth, recovered).graphs.g!;

describe('the figures', () => {
  const truth = truthOf({ r: null, a: 'r', b: 'r', c: 'a' });

  it('are perfect for the truth', () => {
    const found = measure(truth, answer({ r: null, a: 'r', b: 'r', c: 'a' }));
    expect(found).toMatchObject({
      directed: 1,
      undirected: 1,
      rootsFound: 1,
      directionGivenPair: 1,
      ari: 1,
      treesFound: 1,
      ece: 0,
    });
  });

  it('tell a tree with the wrong root from a wrong tree', () => {
    // a as the root: r→a is turned around, the other two edges stand.
    const found = measure(truth, answer({ a: null, r: 'a', b: 'r', c: 'a' }, 1, false));
    expect(found).toMatchObject({
      directed: 2 / 3,
      undirected: 1,
      rootsFound: 0,
      directionGivenPair: 0,
      treesFound: 1,
    });
    expect(measure(truth, answer({ r: null, a: 'r', b: 'a', c: 'b' }))).toMatchObject({
      directed: 1 / 3,
      undirected: 1 / 3,
    });
  });

  it('count any of several parents as right', () => {
    const merged = truthOf({ x: null, y: null, m: ['x', 'y'] });
    expect(measure(merged, answer({ x: null, y: null, m: 'y' }))).toMatchObject({
      directed: 1,
      undirected: 1,
    });
  });

  it('see trees that were torn and trees that were joined', () => {
    const two = [...truthOf({ r: null, a: 'r' }, 't'), ...truthOf({ s: null, b: 's' }, 'u')];
    expect(measure(two, answer({ r: null, a: 'r', s: null, b: 's' }))).toMatchObject({
      treesFound: 1,
      ari: 1,
    });
    expect(measure(two, answer({ r: null, a: null, s: null, b: 's' }))).toMatchObject({ treesFound: 0.5 });
    const joined = evaluateGraph('g', two, answer({ r: null, a: 'r', s: 'r', b: 's' }));
    expect(joined.graphs.g).toMatchObject({ treesFound: 0, ari: 0, rootsFound: 0.5 });
    expect(joined.trees.t).toMatchObject({ treesFound: 0, directed: 1 });
  });

  it('give half a point for a direction that is not known', () => {
    const recovered = { ...answer({ r: null, a: 'r', b: 'r', c: 'a' }), direction: () => 0 };
    expect(measure(truth, recovered).directionGivenPair).toBe(0.5);
  });

  it('report every true edge with its answer', () => {
    const { edges } = evaluateGraph('g', truth, answer({ r: null, a: 'r', b: 'a', c: 'a' }, 0.7));
    expect(edges.map(({ child }) => child)).toEqual(['a', 'b', 'c']);
    expect(edges[1]).toEqual({ child: 'b', parent: 'a', truth: ['r'], confidence: 0.7, evidence: [] });
  });

  it('insist on an answer for every model, and on a forest', () => {
    expect(() => measure(truth, answer({ r: null }))).toThrow(/none found for a/);
    expect(() => measure(truthOf({ a: null, b: null }), answer({ a: 'b', b: 'a' }))).toThrow(/cycle/);
  });

  it('join graphs', () => {
    const one = evaluateGraph('g', truth, answer({ r: null, a: 'r', b: 'r', c: 'a' }));
    const other = evaluateGraph('h', truthOf({ x: null }, 'v'), answer({ x: null }));
    const joined = joinEvaluations([one, other]);
    expect(Object.keys(joined.graphs)).toEqual(['g', 'h']);
    expect(Object.keys(joined.trees)).toEqual(['t', 'v']);
    expect(joined.edges).toHaveLength(3);
  });
});

describe('chance', () => {
  it('is 0.914 for a random root in the true undirected tree of the paper', () => {
    const chance = chanceOf(VTHR, 1);
    expect(chance.directed).toBeCloseTo((1 + 4 * 0.95 + 16 * 0.9) / 21, 12);
    expect(chance.directed).toBeCloseTo(0.914, 3);
    expect(chance.undirected).toBeCloseTo(2 / 21, 12);
    expect(chance.rootsFound).toBeCloseTo(1 / 21, 12);
    expect(chance).toMatchObject({ directionGivenPair: 0.5, ari: 1, treesFound: 1 });
  });

  it('is the mean over edges of several trees', () => {
    // A pair of models: half right with a random root. A chain of three: 2, 1 or 1 of 2... 4/3 of 2 edges.
    const trees = [...truthOf({ r: null, a: 'r' }, 't'), ...truthOf({ x: null, y: 'x', z: 'y' }, 'u')];
    expect(chanceOf(trees, 1).directed).toBeCloseTo((0.5 + (2 + 1 + 0) / 3) / 3, 12);
    expect(chanceOf(trees, 1)).toMatchObject({ ari: 0, treesFound: 0 });
  });

  it('of the calibration error is that of confidences drawn at random', () => {
    expect(chanceOf(VTHR, 1).ece).toBe(0.5);
    expect(chanceOf(VTHR, 0.5).ece).toBe(0.25);
    const uniform = Array.from({ length: 10_000 }, (_, i) => ({
      confidence: (i + 0.5) / 10_000,
      right: i % 4 !== 0,
    }));
    expect(calibrationError(uniform)).toBeCloseTo(chanceOf(VTHR, 0.75).ece, 2);
  });
});

describe('the adjusted Rand index', () => {
  it('is 1 for equal clusterings under other names, and 0 in the mean for unrelated ones', () => {
    expect(adjustedRandIndex(['a', 'a', 'b', 'b'], ['x', 'x', 'y', 'y'])).toBe(1);
    // Pairs together in both: none; expected 2·2/6.
    expect(adjustedRandIndex(['a', 'a', 'b', 'b'], ['x', 'y', 'x', 'y'])).toBeCloseTo(
      (0 - 4 / 6) / (2 - 4 / 6),
      12,
    );
    expect(adjustedRandIndex(['a', 'a', 'a'], ['x', 'x', 'x'])).toBe(1);
    expect(adjustedRandIndex(['a'], ['x'])).toBe(1);
  });
});

describe('the calibration error', () => {
  it('is the gap between confidence and accuracy, bin by bin', () => {
    const answers = [
      { confidence: 0.9, right: true },
      { confidence: 0.9, right: false },
      { confidence: 0.25, right: false },
    ];
    // Bin of 0.9: two answers, gap 0.4 each in the mean; bin of 0.2: one answer, gap 0.25.
    expect(calibrationError(answers)).toBeCloseTo((2 * 0.4 + 0.25) / 3, 12);
    expect(calibrationError([])).toBe(0);
    expect(calibrationError([{ confidence: 1, right: true }])).toBe(0);
  });
});
