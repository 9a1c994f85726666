// Typed-array reads carry `!`: labels are checked on entry.
import assert from 'node:assert/strict';

import { auditForest } from './audit';
import { CandidateGraph, NO_EDGE } from './candidate-graph';
import type { AuditReport } from './certificate';
import { CertifiedTree, NO_CHILD } from './certified-tree';
import { ABSENT, ChangeLog } from './change-log';
import { EdgeOperations } from './edge-operations';
import { ExchangeSearch } from './exchange-search';
import { VIRTUAL_ROOT, type Forest, type Neighbour, type ParentChange } from './forest';
import { stateOf, writeState, type ForestState } from './forest-state';
import { capacityFor } from './grow';
import { NodeOperations } from './node-operations';
import { repairPotentials } from './potential-repair';
import { assertCost, assertNode } from './preconditions';
import { Reattachment } from './reattachment';
import { Subtree } from './subtree';
import { TreePaths } from './tree-paths';

export interface DynamicForestOptions {
  /** The largest label that will be accepted, since it decides how much memory is allocated; 2²⁴ by default. */
  readonly labelMax?: number;
  /** Room to allocate at once where the size is known beforehand. */
  readonly nodesExpected?: number;
  readonly pairsExpected?: number;
  /** Potentials beyond this are computed anew; 2⁵⁰ by default, as sums of a few of them must stay below 2⁵³. */
  readonly potentialMax?: number;
  /** Subtrees up to this size, 64 by default, are hung elsewhere without a search where possible. */
  readonly reattachedNodesMax?: number;
  /** Edges that a backward step of a search may always scan; 1,024 by default. */
  readonly backwardWorkMin?: number;
}

const LABEL_MAX = 2 ** 24;

/** Work done since construction. */
export interface ForestWork {
  /** Exchange searches, and the nodes that they settled. */
  readonly searches: number;
  readonly settledNodes: number;
  /** Tree edges replaced without a search. */
  readonly reattachments: number;
  /** Components whose potentials were computed anew. */
  readonly repairs: number;
}

/**
 * The minimum arborescence of a changing graph, exact after every call, at a cost that depends on how much the call
 * upsets and hardly on the size of the forest. `CertifiedTree` has the invariant, `ExchangeSearch` the repair.
 */
export class DynamicForest implements Forest {
  readonly #labelMax: number;
  readonly #graph: CandidateGraph;
  readonly #changes: ChangeLog;
  readonly #tree: CertifiedTree;
  readonly #paths: TreePaths;
  readonly #subtree: Subtree;
  readonly #search: ExchangeSearch;
  readonly #reattachment: Reattachment;
  readonly #edges: EdgeOperations;
  readonly #nodes: NodeOperations;
  #repairs = 0;

  constructor(options: DynamicForestOptions = {}) {
    const length = (options.nodesExpected ?? 0) + 1;
    this.#labelMax = DynamicForest.labelMax(options);
    this.#graph = new CandidateGraph(length, options.pairsExpected ?? 0);
    this.#changes = new ChangeLog(length);
    this.#tree = new CertifiedTree(this.#graph, this.#changes, options.potentialMax ?? 2 ** 50);
    this.#paths = new TreePaths(this.#tree, length);
    this.#subtree = new Subtree(this.#graph, this.#tree, length);
    const parts = { graph: this.#graph, tree: this.#tree, paths: this.#paths, subtree: this.#subtree };
    this.#search = new ExchangeSearch(parts, length, options.backwardWorkMin ?? 1024);
    this.#reattachment = new Reattachment(parts, options.reattachedNodesMax ?? 64);
    this.#edges = new EdgeOperations(parts, this.#search, this.#reattachment);
    this.#nodes = new NodeOperations(parts, this.#edges);
  }

  /** The largest label that a forest with these options accepts. */
  static labelMax(options: DynamicForestOptions): number {
    return options.labelMax ?? LABEL_MAX;
  }

  /** The forest of a state without a fault (`faultOf`). */
  static from(state: ForestState, options: DynamicForestOptions = {}): DynamicForest {
    const nodesExpected = Math.max(options.nodesExpected ?? 0, state.labels.at(-1) ?? 0);
    const pairsExpected = Math.max(options.pairsExpected ?? 0, state.lowers.length);
    const forest = new DynamicForest({ ...options, nodesExpected, pairsExpected });
    writeState(state, forest.#graph, forest.#tree);
    forest.takeChanges();
    forest.#keepExact();
    return forest;
  }

  /** For a snapshot. All changes must have been taken, since the state does not carry them. */
  state(): ForestState {
    assert(this.#changes.isEmpty, 'all changes taken expected, some found pending');
    return stateOf(this.#graph, this.#tree);
  }

  get size(): number {
    return this.#graph.nodeCount;
  }

  get pairCount(): number {
    return this.#graph.pairCount;
  }

  get work(): ForestWork {
    return {
      searches: this.#search.searches,
      settledNodes: this.#search.settledNodes,
      reattachments: this.#reattachment.succeeded,
      repairs: this.#repairs,
    };
  }

  has(label: number): boolean {
    return this.#graph.has(label);
  }

  hasPair(a: number, b: number): boolean {
    return this.has(a) && this.has(b) && this.#graph.find(a, b) !== NO_EDGE;
  }

  addNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    const isLabel = Number.isInteger(label) && label >= 1 && label <= this.#labelMax;
    if (!isLabel || this.has(label))
      assert.fail(`a new label within 1..${this.#labelMax} expected, ${label} found`);
    assertNode(this, label, rootCost, neighbours);
    this.#reserve(label + 1);
    this.#nodes.add(label, rootCost, neighbours);
    this.#keepExact();
  }

  removeNode(label: number): void {
    this.#assertHas(label);
    this.#nodes.remove(label);
    this.#keepExact();
  }

  replaceNode(label: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    this.#assertHas(label);
    assertNode(this, label, rootCost, neighbours);
    this.#nodes.replace(label, rootCost, neighbours);
    this.#keepExact();
  }

  addPair(a: number, b: number, costAB: number, costBA: number): void {
    if (this.hasPair(a, b)) assert.fail(`no pair ${a}–${b} expected, one found`);
    this.#assertHas(a);
    assertNode(this, a, 0, [{ label: b, costIn: costBA, costOut: costAB }]);
    const edge = this.#graph.addPair(a, b, Infinity, Infinity);
    this.#setPair(edge, costAB, costBA);
  }

  setPair(a: number, b: number, costAB: number, costBA: number): void {
    assertCost(costAB, a, b);
    assertCost(costBA, b, a);
    this.#setPair(this.#pair(a, b), costAB, costBA);
  }

  removePair(a: number, b: number): void {
    this.#edges.removePair(this.#pair(a, b));
    this.#keepExact();
  }

  setRootCost(label: number, cost: number): void {
    this.#assertHas(label);
    assertCost(cost, VIRTUAL_ROOT, label);
    this.#edges.setCost(~label, cost);
    this.#keepExact();
  }

  parentOf(label: number): number {
    this.#assertHas(label);
    return this.#tree.parent[label]!;
  }

  childrenOf(label: number): number[] {
    if (label !== VIRTUAL_ROOT) this.#assertHas(label);
    const children: number[] = [];
    const { firstChild, nextSibling } = this.#tree;
    for (let child = firstChild[label]!; child !== NO_CHILD; child = nextSibling[child]!)
      children.push(child);
    return children.sort((a, b) => a - b);
  }

  neighboursOf(label: number): Neighbour[] {
    this.#assertHas(label);
    const { firstIn, next, cost } = this.#graph;
    const neighbours: Neighbour[] = [];
    for (let edge = firstIn[label]!; edge !== NO_EDGE; edge = next[edge]!)
      neighbours.push({ label: this.#graph.tailOf(edge), costIn: cost[edge]!, costOut: cost[edge ^ 1]! });
    return neighbours.sort((a, b) => a.label - b.label);
  }

  costOf(tail: number, head: number): number {
    this.#assertHas(head);
    if (tail === VIRTUAL_ROOT) return this.#graph.costOf(~head);
    const edge = this.has(tail) ? this.#graph.find(tail, head) : NO_EDGE;
    return edge === NO_EDGE ? Infinity : this.#graph.costOf(edge);
  }

  labels(): number[] {
    const labels: number[] = [];
    for (let label = 1; label < this.#graph.nodeCapacity; label++) if (this.has(label)) labels.push(label);
    return labels;
  }

  takeChanges(): ParentChange[] {
    return this.#changes.take((label) => (this.has(label) ? this.#tree.parent[label]! : ABSENT));
  }

  audit(labels: Iterable<number> = this.labels()): AuditReport {
    const audited = Array.from(labels);
    for (const label of audited) this.#assertHas(label);
    return auditForest(this.#graph, this.#tree, audited);
  }

  #setPair(edge: number, costAB: number, costBA: number): void {
    this.#edges.setCost(edge, costAB);
    this.#edges.setCost(edge ^ 1, costBA);
    this.#keepExact();
  }

  #pair(a: number, b: number): number {
    this.#assertHas(a);
    this.#assertHas(b);
    const edge = this.#graph.find(a, b);
    if (edge === NO_EDGE) assert.fail(`a pair ${a}–${b} expected, none found`);
    return edge;
  }

  #reserve(needed: number): void {
    if (needed <= this.#graph.nodeCapacity) return;
    const length = capacityFor(needed, this.#graph.nodeCapacity);
    for (const part of [this.#tree, this.#changes, this.#paths, this.#subtree, this.#search])
      part.reserve(length);
    this.#graph.reserveNodes(length);
  }

  #keepExact(): void {
    const { drifted, potential, potentialMax } = this.#tree;
    if (drifted.size === 0) return;
    for (const node of drifted) {
      // It may have left the forest, or come back into range with the rest of its component.
      if (!this.has(node) || Math.abs(potential[node]!) <= potentialMax) continue;
      repairPotentials(this.#graph, this.#tree, node);
      this.#repairs++;
    }
    drifted.clear();
  }

  #assertHas(label: number): void {
    if (!this.has(label)) assert.fail(`a label in the forest expected, ${label} found`);
  }
}
