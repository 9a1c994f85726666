import assert from 'node:assert/strict';

import { minimumArborescence, type Arborescence } from './arborescence';
import { auditCertificate, type AuditReport } from './certificate';
import { VIRTUAL_ROOT, type Forest, type Neighbour, type ParentChange } from './forest';
import { assertCost, assertNode } from './preconditions';

interface Node {
  rootCost: number;
  /** Cost of the edge from each neighbour; `Infinity` where the pair goes the other way only. */
  readonly entering: Map<number, number>;
}

interface Solution {
  readonly parents: ReadonlyMap<number, number>;
  readonly potentials: ReadonlyMap<number, number>;
  /** Ascending. */
  readonly children: ReadonlyMap<number, readonly number[]>;
}

/**
 * The forest solved from nothing whenever it is asked after a change: O(E log V). The plain reading of the contract, and
 * the oracle of `DynamicForest`. Nodes and edges are fed in order of their labels, so that even among equally cheap
 * forests the answer is a function of the graph.
 */
export class StaticForest implements Forest {
  readonly #nodes = new Map<number, Node>();
  #solution: Solution | null = null;
  #reported: ReadonlyMap<number, number> = new Map();

  get size(): number {
    return this.#nodes.size;
  }

  has(label: number): boolean {
    return this.#nodes.has(label);
  }

  hasPair(a: number, b: number): boolean {
    return this.#nodes.get(a)?.entering.has(b) ?? false;
  }

  addNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    if (!Number.isInteger(label) || label < 1 || this.has(label))
      assert.fail(`a new label of at least 1 expected, ${label} found`);
    assertNode(this, label, rootCost, neighbours);
    this.#nodes.set(label, { rootCost, entering: new Map() });
    for (const neighbour of neighbours)
      this.#write(neighbour.label, label, neighbour.costIn, neighbour.costOut);
    this.#solution = null;
  }

  removeNode(label: number): void {
    for (const other of this.#node(label).entering.keys()) this.#node(other).entering.delete(label);
    this.#nodes.delete(label);
    this.#solution = null;
  }

  replaceNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    this.#node(label);
    assertNode(this, label, rootCost, neighbours);
    this.removeNode(label);
    this.addNode(label, rootCost, neighbours);
  }

  addPair(a: number, b: number, costAB: number, costBA: number): void {
    this.#node(a);
    assertNode(this, a, 0, [{ label: b, costIn: costBA, costOut: costAB }]);
    if (this.hasPair(a, b)) assert.fail(`no pair ${a}–${b} expected, one found`);
    this.#write(a, b, costAB, costBA);
  }

  setPair(a: number, b: number, costAB: number, costBA: number): void {
    this.#assertPair(a, b);
    assertCost(costAB, a, b);
    assertCost(costBA, b, a);
    this.#write(a, b, costAB, costBA);
  }

  removePair(a: number, b: number): void {
    this.#assertPair(a, b);
    this.#node(a).entering.delete(b);
    this.#node(b).entering.delete(a);
    this.#solution = null;
  }

  setRootCost(label: number, cost: number): void {
    assertCost(cost, VIRTUAL_ROOT, label);
    this.#node(label).rootCost = cost;
    this.#solution = null;
  }

  parentOf(label: number): number {
    this.#node(label);
    return this.#solved().parents.get(label) ?? VIRTUAL_ROOT;
  }

  childrenOf(label: number): number[] {
    if (label !== VIRTUAL_ROOT) this.#node(label);
    return [...(this.#solved().children.get(label) ?? [])];
  }

  neighboursOf(label: number): Neighbour[] {
    return Array.from(this.#node(label).entering, ([other, costIn]) => {
      const costOut = this.#node(other).entering.get(label) ?? Infinity;
      return { label: other, costIn, costOut };
    }).sort((a, b) => a.label - b.label);
  }

  costOf(tail: number, head: number): number {
    const node = this.#node(head);
    return tail === VIRTUAL_ROOT ? node.rootCost : (node.entering.get(tail) ?? Infinity);
  }

  labels(): number[] {
    return [...this.#nodes.keys()].sort((a, b) => a - b);
  }

  takeChanges(): ParentChange[] {
    const { parents } = this.#solved();
    const reported = this.#reported;
    const touched = new Set([...reported.keys(), ...parents.keys()]);
    this.#reported = parents;
    return [...touched]
      .sort((a, b) => a - b)
      .map((label) => ({ label, before: reported.get(label) ?? null, after: parents.get(label) ?? null }))
      .filter(({ before, after }) => before !== after);
  }

  audit(labels: Iterable<number> = this.labels()): AuditReport {
    const { parents, potentials } = this.#solved();
    const parentOf = (label: number): number => parents.get(label) ?? NaN;
    const view = {
      parentOf,
      treeCostOf: (label: number) => this.costOf(parentOf(label), label),
      potentialOf: (label: number) => potentials.get(label) ?? NaN,
      forEachEntering: (label: number, visit: (tail: number, cost: number) => void) => {
        visit(VIRTUAL_ROOT, this.#node(label).rootCost);
        for (const [tail, cost] of this.#node(label).entering) if (cost < Infinity) visit(tail, cost);
      },
    };
    return auditCertificate(view, labels, this.size);
  }

  #write(a: number, b: number, costAB: number, costBA: number): void {
    this.#node(b).entering.set(a, costAB);
    this.#node(a).entering.set(b, costBA);
    this.#solution = null;
  }

  #node(label: number): Node {
    const node = this.#nodes.get(label);
    if (node === undefined) assert.fail(`a label in the forest expected, ${label} found`);
    return node;
  }

  #assertPair(a: number, b: number): void {
    if (!this.hasPair(a, b)) assert.fail(`a pair ${a}–${b} expected, none found`);
  }

  #solved(): Solution {
    this.#solution ??= solve(this);
    return this.#solution;
  }
}

function solve(forest: StaticForest): Solution {
  const labels = forest.labels();
  const numberOf = new Map(labels.map((label, index) => [label, index + 1]));
  const tails: number[] = [];
  const heads: number[] = [];
  const costs: number[] = [];
  for (const head of labels)
    for (const { label: tail, costIn } of forest.neighboursOf(head)) {
      tails.push(numberOf.get(tail) ?? NaN);
      heads.push(numberOf.get(head) ?? NaN);
      costs.push(costIn);
    }
  const arborescence = minimumArborescence({
    nodes: labels.length,
    tails: new Int32Array(tails),
    heads: new Int32Array(heads),
    costs: new Float64Array(costs),
    rootCosts: new Float64Array([0, ...labels.map((label) => forest.costOf(VIRTUAL_ROOT, label))]),
  });
  return relabelled(arborescence, labels);
}

/** Node i of the arborescence is `labels[i - 1]`. */
function relabelled({ parents, potentials }: Arborescence, labels: readonly number[]): Solution {
  const solution = {
    parents: new Map<number, number>(),
    potentials: new Map<number, number>(),
    children: new Map<number, number[]>(),
  };
  labels.forEach((label, index) => {
    const parent = labels[(parents[index + 1] ?? 0) - 1] ?? VIRTUAL_ROOT;
    solution.parents.set(label, parent);
    solution.potentials.set(label, potentials[index + 1] ?? NaN);
    const siblings = solution.children.get(parent);
    if (siblings === undefined) solution.children.set(parent, [label]);
    else siblings.push(label);
  });
  return solution;
}
