// Typed-array reads carry `!`: indices are node, edge or supernode numbers checked on entry.
import assert from 'node:assert/strict';

import { EMPTY, LeftistHeaps } from './leftist-heaps';

/** In `edgeOf`: the node hangs on the virtual root. */
export const ROOT_EDGE = -1;

/** A directed graph on the nodes 1..nodes, with an edge from the virtual root 0 into every node. */
export interface ArborescenceProblem {
  readonly nodes: number;
  /** Edge e goes from `tails[e]` to `heads[e]`; both are within 1..nodes. Parallel edges and loops may occur. */
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  /** `Infinity`: the edge is not there. */
  readonly costs: Float64Array;
  /** `rootCosts[v]`, finite, is the cost of 0→v; element 0 is not read. */
  readonly rootCosts: Float64Array;
}

/** All three arrays are indexed by node; element 0 is unused. */
export interface Arborescence {
  /** The parent of each node, 0 for the virtual root. */
  readonly parents: Int32Array;
  /** The edge that each node hangs on, `ROOT_EDGE` for its edge from the virtual root. */
  readonly edgeOf: Int32Array;
  /** Certificate of optimality: see `minimumArborescence`. */
  readonly potentials: Float64Array;
}

/**
 * The arborescence of least total cost that spans all nodes from the virtual root 0.
 *
 * Edmonds' algorithm as Tarjan (1977) organises it: grow a path backwards along cheapest entering edges; when it bites
 * itself, contract the cycle into a supernode and go on; when it reaches the root or finished ground, start anew. One
 * mergeable heap per supernode holds its entering edges, reduced by what was already paid for entering. Expansion as
 * Camerini, Fratta and Maffioli (1979). O(E log V) time, 25 bytes an edge.
 *
 * `potentials[v]` is the sum of Edmonds' dual variables y(S) over the sets S that contain v (y(S) = reduced cost of
 * the edge chosen for S). With reduced(u→v) = cost(u→v) − potentials[v], every edge costs at least the dearest reduced
 * tree edge on the tree path between its ends (root edges included), that is, the tree is a minimum *undirected*
 * spanning tree of the reduced costs. That proves it optimal, since every arborescence enters each node once and so
 * costs Σ potentials + its reduced cost. Why it holds: a tree edge is tight, so its reduced cost is −Σ y over the sets
 * around both of its ends; any other edge costs at least that much; and the tree path between two nodes stays inside
 * the smallest set around both, since the tree enters each set once.
 *
 * Exact for integers while sums stay below 2⁵³; with other doubles optimal up to rounding. Where several trees have
 * the least cost the order of the edges decides between them, so feed edges in a canonical order, or make costs unique.
 */
export function minimumArborescence(problem: ArborescenceProblem): Arborescence {
  assertProblem(problem);
  const contraction = new Contraction(problem);
  for (let node = 1; node <= problem.nodes; node++) contraction.growPathFrom(node);
  return contraction.expand();
}

function assertProblem({ nodes, tails, heads, costs, rootCosts }: ArborescenceProblem): void {
  const edges = tails.length;
  assert(
    heads.length === edges && costs.length === edges,
    `${edges} tails, heads and costs expected, ${heads.length} heads and ${costs.length} costs found`,
  );
  assert(rootCosts.length === nodes + 1, `${nodes + 1} root costs expected, ${rootCosts.length} found`);
  const isNode = (node: number): boolean => node >= 1 && node <= nodes;
  for (let edge = 0; edge < edges; edge++) {
    const known = isNode(tails[edge]!) && isNode(heads[edge]!) && costs[edge]! > -Infinity;
    if (!known)
      assert.fail(
        `edge ${edge}: ends in 1..${nodes} and a cost expected, ${tails[edge]}→${heads[edge]} at ${costs[edge]} found`,
      );
  }
  for (let node = 1; node <= nodes; node++)
    if (!Number.isFinite(rootCosts[node]))
      assert.fail(`node ${node}: a finite root cost expected, ${rootCosts[node]} found`);
}

const enum State {
  Untouched,
  OnPath,
  Finished,
}

/**
 * The contraction hierarchy. Supernodes 1..nodes are the nodes, later numbers the contracted cycles, so that a
 * supernode's number is always below that of the one it is contracted into (`outer`).
 * Heap items: item e is edge e, item edges + v the root edge of v.
 */
class Contraction {
  readonly #problem: ArborescenceProblem;
  readonly #edges: number;
  readonly #heaps: LeftistHeaps;
  /** Per supernode: its heap of entering edges, the item chosen for it, and that item's reduced cost when chosen. */
  readonly #entering: Int32Array;
  readonly #chosen: Int32Array;
  readonly #dual: Float64Array;
  /** Per supernode: the supernode around it (0: none), and its own parts as a linked list. */
  readonly #outer: Int32Array;
  readonly #firstPart: Int32Array;
  readonly #nextPart: Int32Array;
  /** Union-find towards the outermost supernode. */
  readonly #towardsOutermost: Int32Array;
  readonly #state: Uint8Array;
  #supernodes: number;

  constructor(problem: ArborescenceProblem) {
    const { nodes, tails } = problem;
    const supernodesMax = 2 * nodes + 1;
    this.#problem = problem;
    this.#edges = tails.length;
    this.#heaps = new LeftistHeaps(this.#edges + nodes + 1);
    this.#entering = new Int32Array(supernodesMax).fill(EMPTY);
    this.#chosen = new Int32Array(supernodesMax).fill(EMPTY);
    this.#dual = new Float64Array(supernodesMax);
    this.#outer = new Int32Array(supernodesMax);
    this.#firstPart = new Int32Array(supernodesMax);
    this.#nextPart = new Int32Array(supernodesMax);
    this.#towardsOutermost = Int32Array.from({ length: supernodesMax }, (_, supernode) => supernode);
    this.#state = new Uint8Array(supernodesMax);
    this.#supernodes = nodes;
    this.#fillHeaps();
  }

  /** Merges each node's entering edges pairwise, first in first out: linear in their number. */
  #fillHeaps(): void {
    const { nodes, costs, rootCosts } = this.#problem;
    const { starts, edges } = groupByHead(this.#problem);
    const queue: number[] = [];
    for (let node = 1; node <= nodes; node++) {
      queue.length = 0;
      queue.push(this.#heaps.single(this.#edges + node, rootCosts[node]!));
      for (let i = starts[node]!; i < starts[node + 1]!; i++)
        queue.push(this.#heaps.single(edges[i]!, costs[edges[i]!]!));
      let done = 0;
      while (queue.length - done > 1) queue.push(this.#heaps.merge(queue[done++]!, queue[done++]!));
      this.#entering[node] = queue[done]!;
    }
  }

  /** Grows a path backwards from `node` until it reaches the root or a supernode that already hangs on it. */
  growPathFrom(node: number): void {
    let current = this.#outermost(node);
    if (this.#state[current] === State.Finished) return;
    const path: number[] = [];
    for (;;) {
      this.#state[current] = State.OnPath;
      path.push(current);
      const tail = this.#chooseEntering(current);
      const before = tail === 0 ? 0 : this.#outermost(tail);
      if (before === 0 || this.#state[before] === State.Finished) break;
      current = this.#state[before] === State.OnPath ? this.#contract(path, before) : before;
    }
    for (const supernode of path) this.#state[supernode] = State.Finished;
  }

  /** Takes the cheapest edge that enters a supernode from outside, and charges it to all the others. Its tail. */
  #chooseEntering(supernode: number): number {
    const heaps = this.#heaps;
    let heap = this.#entering[supernode]!;
    for (;;) {
      const item = heap;
      if (item === EMPTY) assert.fail(`supernode ${supernode}: an entering edge expected, none found`);
      heap = heaps.withoutTop(item);
      const tail = this.#tailOf(item);
      if (tail !== 0 && this.#outermost(tail) === supernode) continue;
      const dual = heaps.keys[item]!;
      this.#chosen[supernode] = item;
      this.#dual[supernode] = dual;
      heaps.addToAll(heap, -dual);
      this.#entering[supernode] = heap;
      return tail;
    }
  }

  /** Contracts the end of the path, back to `first`, into a new supernode. */
  #contract(path: number[], first: number): number {
    const around = ++this.#supernodes;
    let heap = EMPTY;
    for (;;) {
      const part = path.pop();
      if (part === undefined) assert.fail(`supernode ${first} expected on the path, not found`);
      this.#outer[part] = around;
      this.#towardsOutermost[part] = around;
      this.#nextPart[part] = this.#firstPart[around]!;
      this.#firstPart[around] = part;
      heap = this.#heaps.merge(heap, this.#entering[part]!);
      if (part === first) break;
    }
    this.#entering[around] = heap;
    return around;
  }

  /**
   * From outermost to innermost: the chosen edge of a supernode enters it at some node v; all supernodes from there
   * down to v are entered by that edge, their siblings keep the edge that was chosen within the cycle.
   */
  expand(): Arborescence {
    const { nodes } = this.#problem;
    const parents = new Int32Array(nodes + 1);
    const edgeOf = new Int32Array(nodes + 1).fill(ROOT_EDGE);
    const open: number[] = [];
    for (let supernode = this.#supernodes; supernode >= 1; supernode--)
      if (this.#outer[supernode] === 0) open.push(supernode);
    for (let supernode = open.pop(); supernode !== undefined; supernode = open.pop()) {
      const item = this.#chosen[supernode]!;
      const head = this.#headOf(item);
      parents[head] = this.#tailOf(item);
      edgeOf[head] = item < this.#edges ? item : ROOT_EDGE;
      for (let inner = head; inner !== supernode; inner = this.#outer[inner]!)
        for (let part = this.#firstPart[this.#outer[inner]!]!; part !== 0; part = this.#nextPart[part]!)
          if (part !== inner) open.push(part);
    }
    return { parents, edgeOf, potentials: this.#potentials() };
  }

  /** The dual variables summed from the outermost supernode down to each node. */
  #potentials(): Float64Array {
    const sums = new Float64Array(this.#supernodes + 1);
    for (let supernode = this.#supernodes; supernode >= 1; supernode--)
      sums[supernode] = sums[this.#outer[supernode]!]! + this.#dual[supernode]!;
    return sums.slice(0, this.#problem.nodes + 1);
  }

  #outermost(supernode: number): number {
    const towards = this.#towardsOutermost;
    while (towards[supernode] !== supernode) {
      towards[supernode] = towards[towards[supernode]!]!;
      supernode = towards[supernode]!;
    }
    return supernode;
  }

  #tailOf(item: number): number {
    return item < this.#edges ? this.#problem.tails[item]! : 0;
  }

  #headOf(item: number): number {
    return item < this.#edges ? this.#problem.heads[item]! : item - this.#edges;
  }
}

/** Edges of finite cost, sorted by head: those into v are `edges[starts[v]]` to `edges[starts[v + 1] - 1]`. */
function groupByHead({ nodes, heads, costs }: ArborescenceProblem): {
  starts: Int32Array;
  edges: Int32Array;
} {
  const starts = new Int32Array(nodes + 2);
  for (let edge = 0; edge < heads.length; edge++) if (costs[edge]! < Infinity) starts[heads[edge]! + 1]!++;
  for (let node = 1; node <= nodes + 1; node++) starts[node]! += starts[node - 1]!;
  const edges = new Int32Array(starts[nodes + 1]!);
  const next = starts.slice();
  for (let edge = 0; edge < heads.length; edge++)
    if (costs[edge]! < Infinity) edges[next[heads[edge]!]!++] = edge;
  return { starts, edges };
}
