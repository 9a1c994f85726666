// Typed-array reads carry `!`: node numbers are below the reserved length.
import { NO_EDGE, type CandidateGraph } from './candidate-graph';
import { ABSENT, type ChangeLog } from './change-log';
import { grownFloat64, grownInt32 } from './grow';

/** End of a list of children. */
export const NO_CHILD = -1;

/**
 * The forest together with the proof that it is optimal.
 *
 * One number a node, its *potential*, turns costs into reduced costs: reduced(u→v) = cost(u→v) − potential[v].
 *
 * **Certificate**: no edge u→v has a reduced cost below that of any tree edge on the tree path between u and v; that is,
 * the forest is a minimum undirected spanning tree of the reduced costs. Then it is a minimum arborescence: an
 * arborescence has one edge into each node, so its cost is Σ potential + its reduced cost, and the second is least for a
 * minimum spanning tree. Every operation on the forest ends with the certificate holding again; in between, tree and
 * potentials are in the hands of `ExchangeSearch`, `EdgeOperations` and `NodeOperations`.
 *
 * (Potentials with that property exist for every minimum arborescence: Frank's weight splitting, 1981; the sums of
 * Edmonds' duals are one choice, see `minimumArborescence`.)
 */
export class CertifiedTree {
  /** Parent, 0 for a root; meaningless for nodes that are not in the graph. */
  parent: Int32Array;
  /** The edge from the parent. */
  edge: Int32Array;
  potential: Float64Array;
  /** The reduced cost of the edge from the parent. */
  reduced: Float64Array;
  firstChild: Int32Array;
  nextSibling: Int32Array;
  #previousSibling: Int32Array;

  /** Nodes whose potential has left the exact range at some time since this was last cleared. */
  readonly drifted = new Set<number>();

  constructor(
    private readonly graph: CandidateGraph,
    private readonly changes: ChangeLog,
    readonly potentialMax: number,
  ) {
    const length = graph.nodeCapacity;
    this.parent = new Int32Array(length);
    this.edge = new Int32Array(length).fill(NO_EDGE);
    this.potential = new Float64Array(length);
    this.reduced = new Float64Array(length);
    this.firstChild = new Int32Array(length).fill(NO_CHILD);
    this.nextSibling = new Int32Array(length).fill(NO_CHILD);
    this.#previousSibling = new Int32Array(length).fill(NO_CHILD);
  }

  reserve(length: number): void {
    if (length <= this.parent.length) return;
    this.parent = grownInt32(this.parent, length);
    this.edge = grownInt32(this.edge, length, NO_EDGE);
    this.potential = grownFloat64(this.potential, length);
    this.reduced = grownFloat64(this.reduced, length);
    this.firstChild = grownInt32(this.firstChild, length, NO_CHILD);
    this.nextSibling = grownInt32(this.nextSibling, length, NO_CHILD);
    this.#previousSibling = grownInt32(this.#previousSibling, length, NO_CHILD);
  }

  /** Hangs a node that is not in the tree on `edge`, as a leaf. */
  plant(node: number, edge: number): void {
    this.changes.note(node, ABSENT);
    this.edge[node] = edge;
    this.#attach(node, this.graph.tailOf(edge));
  }

  /** Takes a leaf out of the tree. */
  uproot(node: number): void {
    this.changes.note(node, this.parent[node]!);
    this.#detach(node);
    this.edge[node] = NO_EDGE;
  }

  /** Hangs a node on another of its edges. Between several switches the parents may for a moment form a cycle. */
  switchTo(edge: number): void {
    const node = this.graph.headOf(edge);
    this.changes.note(node, this.parent[node]!);
    this.#detach(node);
    this.edge[node] = edge;
    this.#attach(node, this.graph.tailOf(edge));
    this.refresh(node);
  }

  /** Adds to a node's potential: all edges into it get cheaper by `amount`, its tree edge included. */
  raise(node: number, amount: number): void {
    this.setPotential(node, this.potential[node]! + amount);
  }

  setPotential(node: number, potential: number): void {
    this.potential[node] = potential;
    if (Math.abs(potential) > this.potentialMax) this.drifted.add(node);
    this.refresh(node);
  }

  /** To be called when the cost of a node's tree edge has changed. */
  refresh(node: number): void {
    this.reduced[node] = this.graph.costOf(this.edge[node]!) - this.potential[node]!;
  }

  /** Whether the node is where its parent's list of children says it is. */
  isListed(node: number): boolean {
    const previous = this.#previousSibling[node]!;
    const here = previous === NO_CHILD ? this.firstChild[this.parent[node]!] : this.nextSibling[previous];
    return here === node;
  }

  #attach(node: number, parent: number): void {
    const first = this.firstChild[parent]!;
    this.parent[node] = parent;
    this.nextSibling[node] = first;
    this.#previousSibling[node] = NO_CHILD;
    if (first !== NO_CHILD) this.#previousSibling[first] = node;
    this.firstChild[parent] = node;
  }

  #detach(node: number): void {
    const previous = this.#previousSibling[node]!;
    const next = this.nextSibling[node]!;
    if (previous === NO_CHILD) this.firstChild[this.parent[node]!] = next;
    else this.nextSibling[previous] = next;
    if (next !== NO_CHILD) this.#previousSibling[next] = previous;
  }
}
