import { minimumArborescence, type ArborescenceProblem } from './arborescence';
import { auditCertificate } from './certificate';
import { cheapestByEnumeration, certifiedArborescence, totalCost } from './arborescence.testing';
import { seededRandom } from './random.testing';

const GRAPHS = 4_000;

function problem(
  nodes: number,
  edges: [tail: number, head: number, cost: number][],
  rootCosts: number[],
): ArborescenceProblem {
  return {
    nodes,
    tails: Int32Array.from(edges, ([tail]) => tail),
    heads: Int32Array.from(edges, ([, head]) => head),
    costs: Float64Array.from(edges, ([, , cost]) => cost),
    rootCosts: Float64Array.from([0, ...rootCosts]),
  };
}

/** Up to six nodes with loops, parallel edges, absent edges and, when `unit` is 1, ties everywhere. */
function randomProblem(seed: number, unit: number): ArborescenceProblem {
  const random = seededRandom(seed);
  const nodes = 1 + random.below(6);
  const cost = (levels: number): number => random.below(levels) * unit + (unit > 1 ? random.below(unit) : 0);
  const edges = Array.from({ length: random.below(16) }, (): [number, number, number] => [
    1 + random.below(nodes),
    1 + random.below(nodes),
    random.chance(0.05) ? Infinity : cost(6) - 2 * unit,
  ]);
  const rootLevels = random.chance(0.5) ? 8 : 30;
  return problem(
    nodes,
    edges,
    Array.from({ length: nodes }, () => cost(rootLevels)),
  );
}

describe('minimumArborescence', () => {
  it('hangs every node on its cheapest edge where that makes no cycle', () => {
    const tree = minimumArborescence(problem(3, [[1, 2, 3], [2, 3, 4], [1, 3, 9]], [10, 10, 10])); // prettier-ignore
    expect(Array.from(tree.parents)).toEqual([0, 0, 1, 2]);
    expect(Array.from(tree.edgeOf.slice(1))).toEqual([-1, 0, 1]);
  });

  it('breaks a cycle of cheapest edges where that is cheapest', () => {
    const cycle: [number, number, number][] = [[1, 2, 1], [2, 3, 1], [3, 1, 1]]; // prettier-ignore
    expect(Array.from(minimumArborescence(problem(3, cycle, [9, 8, 9])).parents)).toEqual([0, 3, 0, 2]);
  });

  it('makes two trees where a root is cheaper than an edge', () => {
    expect(Array.from(minimumArborescence(problem(2, [[1, 2, 5]], [4, 4])).parents)).toEqual([0, 0, 0]);
  });

  it('gives the empty forest for no nodes', () => {
    expect(minimumArborescence(problem(0, [], [])).parents).toHaveLength(1);
  });

  it('takes plain doubles as costs', () => {
    const edges: [number, number, number][] = [[1, 2, 0.25], [2, 1, 0.125]]; // prettier-ignore
    expect(Array.from(minimumArborescence(problem(2, edges, [1.5, 1.75])).parents)).toEqual([0, 0, 1]);
  });

  it.each([
    ['an end outside the nodes', problem(1, [[1, 2, 1]], [1]), /1→2/],
    ['a cost that is no number', problem(2, [[1, 2, NaN]], [1, 1]), /NaN/],
    ['a node without a way from the root', problem(1, [], [Infinity]), /finite root cost/],
  ])('refuses %s', (_, broken, message) => {
    expect(() => minimumArborescence(broken)).toThrow(message);
  });

  it(`costs what the cheapest of all arborescences costs, on ${GRAPHS} graphs full of ties`, () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const graph = randomProblem(seed, 1);
      const tree = minimumArborescence(graph);
      expect([seed, totalCost(graph, tree.edgeOf)]).toEqual([seed, cheapestByEnumeration(graph).cost]);
    }
  });

  it(`is the cheapest of all arborescences, edge by edge, on ${GRAPHS} graphs without ties`, () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const graph = randomProblem(seed, 2 ** 30);
      const tree = minimumArborescence(graph);
      expect([seed, ...tree.edgeOf.slice(1)]).toEqual([
        seed,
        ...cheapestByEnumeration(graph).edgeOf.slice(1),
      ]);
    }
  });

  it('proves every answer by its potentials', () => {
    for (let seed = 1; seed <= GRAPHS; seed++) {
      const graph = randomProblem(seed, seed % 2 === 0 ? 1 : 2 ** 30);
      const { forest, labels } = certifiedArborescence(graph, minimumArborescence(graph));
      expect([seed, auditCertificate(forest, labels, graph.nodes).violations]).toEqual([seed, []]);
    }
  });
});

describe('auditCertificate', () => {
  const graph = problem(3, [[1, 2, 3], [2, 3, 4], [1, 3, 9]], [10, 10, 10]); // prettier-ignore

  it('finds an edge that would make the tree cheaper', () => {
    const optimal = minimumArborescence(graph);
    const worse = { ...optimal, parents: Int32Array.of(0, 0, 1, 1), edgeOf: Int32Array.of(-1, -1, 0, 2) };
    const { forest, labels } = certifiedArborescence(graph, worse);
    expect(auditCertificate(forest, labels, 3).violations).toContainEqual(
      expect.objectContaining({ kind: 'cheaper-edge', label: 3 }),
    );
  });

  it('finds a cycle', () => {
    const optimal = minimumArborescence(graph);
    const { forest } = certifiedArborescence(graph, { ...optimal, parents: Int32Array.of(0, 3, 1, 2) });
    expect(auditCertificate(forest, [1], 3).violations).toContainEqual(
      expect.objectContaining({ kind: 'cycle' }),
    );
  });

  it('finds a parent without an edge', () => {
    const optimal = minimumArborescence(graph);
    const { forest } = certifiedArborescence(graph, { ...optimal, parents: Int32Array.of(0, 0, 3, 1) });
    expect(auditCertificate(forest, [2], 3).violations).toContainEqual(
      expect.objectContaining({ kind: 'no-tree-edge' }),
    );
  });
});
