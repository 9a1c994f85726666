import { BELOW, OUTSIDE, parentMarginals, type MarginalRegion, type RegionEdge } from './marginals';
import { exactMarginals } from './marginals.testing';
import { seededRandom } from './random.testing';

const SEED = Number(process.env.SEED ?? 1);

/** Costs that are whole multiples of ln 2, so that all weights are powers of ½ and the reference can be exact. */
function randomRegion(seed: number, nats: number): { halvings: MarginalRegion; region: MarginalRegion } {
  const random = seededRandom(seed);
  const nodes = 2 + random.below(4);
  const halvingsMax = Math.ceil(nats / Math.LN2);
  const rootCosts = Array.from({ length: nodes }, () => random.below(halvingsMax + 1));
  const edges: RegionEdge[] = [];
  for (let tail = 0; tail < nodes; tail++)
    for (let head = 0; head < nodes; head++)
      if (tail !== head && random.chance(0.7))
        edges.push({ tail, head, cost: random.below(halvingsMax + 1) });
  const halvings = { nodes, rootCosts, edges };
  const inNats = (cost: number): number => cost * Math.LN2;
  return {
    halvings,
    region: {
      nodes,
      rootCosts: rootCosts.map(inNats),
      edges: edges.map((edge) => ({ ...edge, cost: inNats(edge.cost) })),
    },
  };
}

function relativeError(found: number, exact: number): number {
  return exact < 1e-50 ? found : Math.abs(found - exact) / exact;
}

describe('parentMarginals', () => {
  it('shares three equally cheap forests of two nodes evenly', () => {
    const edges = [{ tail: 1, head: 0, cost: 0 }, { tail: 0, head: 1, cost: 0 }]; // prettier-ignore
    const { root, candidates } = parentMarginals({ nodes: 2, rootCosts: [0, 0], edges });
    expect(root).toBeCloseTo(2 / 3, 15);
    expect(candidates[1]).toBeCloseTo(1 / 3, 15);
  });

  it('does not take the own child for a parent, as a softmax over the entering edges would', () => {
    // 1 is the parent of 0, 2 is its child; both pairs cost the same in both directions, only 1 is a likely root.
    const pairs = [[0, 1], [0, 2]]; // prettier-ignore
    const edges = pairs.flatMap(([a, b]) => [
      { tail: a!, head: b!, cost: 1 },
      { tail: b!, head: a!, cost: 1 },
    ]);
    const { candidates } = parentMarginals({ nodes: 3, rootCosts: [30, 20, 30], edges });
    expect(candidates[1]).toBeGreaterThan(0.999);
    expect(candidates[2]).toBeLessThan(0.001);
  });

  it('says that a node without candidates is a root', () => {
    expect(parentMarginals({ nodes: 1, rootCosts: [700], edges: [] }).root).toBe(1);
  });

  it.each([6, 40, 100, 300, 2000])('agrees with exact enumeration for costs of up to %d nats', (nats) => {
    let worst = 0;
    for (let seed = SEED; seed < SEED + 200; seed++) {
      const { halvings, region } = randomRegion(seed, nats);
      const exact = exactMarginals(halvings);
      const { root, candidates } = parentMarginals(region);
      worst = Math.max(worst, relativeError(root, exact[0]!));
      for (let node = 1; node < region.nodes; node++)
        worst = Math.max(worst, relativeError(candidates[node]!, exact[node]!));
    }
    expect(worst).toBeLessThan(1e-14 * (nats + 10));
  });

  it('sums to 1 over a region of 40 nodes with a root far away', () => {
    const random = seededRandom(SEED);
    const edges: RegionEdge[] = [];
    for (let tail = 0; tail < 40; tail++)
      for (let head = 0; head < 40; head++)
        if (tail !== head) edges.push({ tail, head, cost: 300 * random.next() });
    const { root, candidates } = parentMarginals({
      nodes: 40,
      rootCosts: new Float64Array(40).fill(400),
      edges,
    });
    expect(candidates.reduce((sum, probability) => sum + probability, root)).toBeCloseTo(1, 12);
  });

  it('reads an edge from outside as one from the root, and one from below as one from the node', () => {
    const inner = [{ tail: 1, head: 0, cost: 2 }, { tail: 0, head: 1, cost: 3 }, { tail: 2, head: 0, cost: 1 }]; // prettier-ignore
    const cut = parentMarginals({
      nodes: 3,
      rootCosts: [9, 9, 9],
      edges: [...inner, { tail: OUTSIDE, head: 1, cost: 4 }, { tail: BELOW, head: 2, cost: 5 }],
    });
    const cheaperRoot = -Math.log(Math.exp(-9) + Math.exp(-4));
    const whole = parentMarginals({
      nodes: 3,
      rootCosts: [9, cheaperRoot, 9],
      edges: [...inner, { tail: 0, head: 2, cost: 5 }],
    });
    expect(cut.root).toBeCloseTo(whole.root, 14);
    expect(cut.candidates[1]).toBeCloseTo(whole.candidates[1]!, 14);
    expect(cut.candidates[2]).toBeCloseTo(whole.candidates[2]!, 14);
  });

  it.each<[string, Partial<MarginalRegion>, RegExp]>([
    ['an infinite root cost', { rootCosts: [0, Infinity] }, /finite root cost/],
    ['a missing root cost', { rootCosts: [0] }, /2 root costs/],
    ['a loop', { edges: [{ tail: 1, head: 1, cost: 0 }] }, /1→1/],
    ['an edge into node 0 from outside', { edges: [{ tail: OUTSIDE, head: 0, cost: 0 }] }, /-1→0/],
    ['an unknown node', { edges: [{ tail: 2, head: 0, cost: 0 }] }, /2→0/],
    ['a cost that is no number', { edges: [{ tail: 1, head: 0, cost: NaN }] }, /NaN/],
  ])('refuses %s', (_, broken, message) => {
    expect(() => parentMarginals({ nodes: 2, rootCosts: [0, 0], edges: [], ...broken })).toThrow(message);
  });
});
