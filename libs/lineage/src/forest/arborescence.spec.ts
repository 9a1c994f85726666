import { minimumArborescence, type Arborescence, type ArborescenceProblem } from './arborescence';
import { auditCertificate } from './certificate';
import { cheapestByEnumeration, certifiedArborescence, totalCost } from './arborescence.testing';
import { seededRandom } from './random.testing';

const GRAPHS = Number(process.env.SEEDS ?? 2000);
const SEED = Number(process.env.SEED ?? 1);

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

  /** Seeds of graphs on which `isRight` does not hold. */
  const wrongSeeds = (
    unit: number,
    isRight: (graph: ArborescenceProblem, tree: Arborescence) => boolean,
  ): number[] =>
    Array.from({ length: GRAPHS }, (_, index) => SEED + index).filter((seed) => {
      const graph = randomProblem(seed, unit);
      return !isRight(graph, minimumArborescence(graph));
    });

  it(`costs what the cheapest of all arborescences costs, on ${GRAPHS} graphs full of ties`, () => {
    const wrong = wrongSeeds(
      1,
      (graph, tree) => totalCost(graph, tree.edgeOf) === cheapestByEnumeration(graph).cost,
    );
    expect(wrong).toEqual([]);
  });

  it(`is the cheapest of all arborescences, edge by edge, on ${GRAPHS} graphs without ties`, () => {
    const wrong = wrongSeeds(2 ** 30, (graph, tree) => {
      const { edgeOf } = cheapestByEnumeration(graph);
      return tree.edgeOf.every((edge, node) => node === 0 || edge === edgeOf[node]);
    });
    expect(wrong).toEqual([]);
  });

  it.each([1, 2 ** 30])('proves every answer by its potentials (cost unit %d)', (unit) => {
    const wrong = wrongSeeds(unit, (graph, tree) => {
      const { forest, labels } = certifiedArborescence(graph, tree);
      return auditCertificate(forest, labels, graph.nodes).violations.length === 0;
    });
    expect(wrong).toEqual([]);
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
