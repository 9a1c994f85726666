// Typed-array reads carry `!`: node and edge numbers come from the graph.
import assert from 'node:assert/strict';

import { NO_EDGE } from './candidate-graph';
import type { ForestParts } from './forest-parts';
import { Frontier } from './frontier';

/** Stands for "the edge that gets dearer is not needed any more"; the virtual root is never the head of an edge. */
const GOAL = 0;

/**
 * Restores the certificate of `CertifiedTree` after one edge got cheaper or dearer, by the shortest exchange of tree edges.
 *
 * **Exchange graph.** Its nodes are heads z, read "z has lost its tree edge". An arc z → z' stands for a non-tree edge g
 * into z with z' on the tree path between g's ends: z takes g, which makes z' lose its tree edge. Its weight
 * reduced(g) − reduced(z') is not negative while the certificate holds.
 *
 * - An edge e₀ into v₀ *enters* (its reduced cost is `violation` below the dearest edge of its tree path): sources are
 *   the heads on that path, at distance dearest − reduced(z); the goal is v₀, since e₀ replaces its tree edge.
 * - The tree edge of v₀ *leaves* or gets dearer by delta: the source is v₀; the goal is reached by an arc whose path
 *   contains v₀, that is, the cycle closes.
 *
 * If the shortest way to the goal is shorter than the violation (or delta), its arcs are carried out; else the tree stays.
 * One way is enough: as a function of e₀'s cost the optimum is piecewise linear with a single break, and at the break
 * both trees are optimal for the same potentials. Among shortest ways one with fewest arcs is needed, otherwise the
 * exchanged edges need not form a tree (matroid intersection): hence keys (distance, hops).
 *
 * **Potentials.** Say the search ends at radius X = min(way, violation), forward radius F, backward radius X − F. A
 * node settled forward at distance d < F gets F − d more potential, one settled backward at d < X − F gets X − F − d
 * less. No node gets both, as its two distances sum to X at least. An arc h → z' keeps its weight non-negative: within
 * one direction by the triangle inequality, across them because d(h) + weight + d'(z') ≥ X.
 *
 * **Two directions.** Forward expands z by its entering edges, backward by the edges that cross the cut around its
 * subtree. From the side of a leaf, a hub is one arc away from everything; from the side of the goal it is not. So the
 * side with less work so far goes next, and a backward step dearer than twice the forward work is put off.
 *
 * O(Σ over settled forward nodes of degree · path length + Σ over settled backward nodes of subtree · degree): the
 * nodes nearer than the violation. In the worst case that is the whole component, and by necessity, since one edge can
 * change Ω(n) parents (Dahlmeier and Hershkowitz 2025).
 */
export class ExchangeSearch {
  /** Totals since construction, for metrics. */
  searches = 0;
  settledNodes = 0;

  readonly #forward: Frontier;
  readonly #backward: Frontier;

  /** The search under way: the edge that enters or gets dearer, its head, the node to reach. */
  #edge = NO_EDGE;
  #head = 0;
  #goal = GOAL;
  /** The shortest way found, or the bound that it has to beat; (distance, hops, where the directions met). */
  #best = 0;
  #bestHops = 0;
  #meeting = 0;
  #found = false;

  readonly #parts: ForestParts;
  readonly #backwardWorkMin: number;

  /** A backward step may scan `backwardWorkMin` edges even where that is more than twice the forward work. */
  constructor(parts: ForestParts, length: number, backwardWorkMin: number) {
    this.#parts = parts;
    this.#backwardWorkMin = backwardWorkMin;
    this.#forward = new Frontier(length);
    this.#backward = new Frontier(length);
  }

  reserve(length: number): void {
    this.#forward.reserve(length);
    this.#backward.reserve(length);
  }

  /** The non-tree edge `edge` violates the certificate. Afterwards it holds again. */
  enter(edge: number): void {
    const { graph, tree, paths } = this.#parts;
    const head = graph.headOf(edge);
    const pathLength = paths.collect(graph.tailOf(edge), head);
    let dearest = -Infinity;
    for (let i = 0; i < pathLength; i++) dearest = Math.max(dearest, tree.reduced[paths.heads[i]!]!);
    const violation = dearest - (graph.costOf(edge) - tree.potential[head]!);
    assert(violation > 0, `edge ${edge}: a violated certificate expected, ${violation} found`);

    this.#begin(edge, head, violation);
    this.#backward.relax(this.#goal, 0, 0, NO_EDGE, this.#goal);
    for (let i = 0; i < pathLength; i++) {
      const source = paths.heads[i]!;
      const distance = dearest - tree.reduced[source]!;
      if (distance < violation) this.#reachForward(source, distance, 0, edge);
    }
    this.#run();
    this.#shiftPotentials();
    if (!this.#found) return;
    this.#exchange();
    // The edge is now cheaper than it had to be; half of that becomes slack on either side of it.
    tree.raise(head, -Math.floor((violation - this.#best) / 2));
  }

  /**
   * The tree edge `edge` gets dearer by `delta`; Infinity: it leaves. Afterwards either another edge has taken its place
   * (true), or the certificate holds once the new cost is written (false).
   */
  leave(edge: number, delta: number): boolean {
    const head = this.#parts.graph.headOf(edge);
    this.#begin(edge, head, delta);
    this.#goal = GOAL;
    this.#forward.relax(head, 0, 0, NO_EDGE, head);
    this.#backward.relax(GOAL, 0, 0, NO_EDGE, GOAL);
    this.#run();
    assert(this.#best < Infinity, `node ${head}: another edge into its subtree expected, none found`);
    this.#shiftPotentials();
    if (this.#found) this.#exchange();
    return this.#found;
  }

  #begin(edge: number, head: number, bound: number): void {
    this.searches++;
    this.#edge = edge;
    this.#head = head;
    this.#goal = head;
    this.#best = bound;
    this.#bestHops = 0;
    this.#found = false;
    this.#forward.clear();
    this.#backward.clear();
  }

  #run(): void {
    const { subtree } = this.#parts;
    let forwardWork = 0;
    let backwardWork = 0;
    let backwardAfter = 0;
    while (!this.#isFinished()) {
      if (forwardWork <= backwardWork || forwardWork < backwardAfter) {
        forwardWork += this.#expandForward();
        continue;
      }
      const top = this.#backward.topNode();
      const workMax = Math.max(this.#backwardWorkMin, 2 * forwardWork);
      const listed = subtree.list(top === GOAL ? this.#head : top, Infinity, workMax);
      backwardWork += subtree.work;
      if (listed) this.#expandBackward();
      else backwardAfter = forwardWork + subtree.work;
    }
    this.settledNodes += this.#forward.settled.length + this.#backward.settled.length;
  }

  /** Whether no way shorter than the best one is left: the two least labels together are no shorter. */
  #isFinished(): boolean {
    this.#forward.prune();
    this.#backward.prune();
    const shortest = this.#forward.topDistance() + this.#backward.topDistance();
    if (shortest !== this.#best) return shortest > this.#best;
    return !this.#found || this.#forward.topHops() + this.#backward.topHops() >= this.#bestHops;
  }

  /** Settles the least forward label: the node takes one of its entering edges. The work done. */
  #expandForward(): number {
    const { firstIn, next, degree } = this.#parts.graph;
    const node = this.#forward.topNode();
    const distance = this.#forward.topDistance();
    const hops = this.#forward.topHops() + 1;
    this.#forward.settleTop();
    this.#followForward(node, ~node, distance, hops);
    for (let edge = firstIn[node]!; edge !== NO_EDGE; edge = next[edge]!)
      this.#followForward(node, edge, distance, hops);
    return degree[node]! + 1;
  }

  #followForward(node: number, edge: number, distance: number, hops: number): void {
    const { graph, tree, paths } = this.#parts;
    if (edge === tree.edge[node] || edge === this.#edge) return;
    const reached = distance + graph.costOf(edge) - tree.potential[node]!;
    if (reached === Infinity) return;
    const closing = this.#goal === GOAL ? this.#head : NO_EDGE;
    const pathLength = paths.collect(graph.tailOf(edge), node);
    for (let i = 0; i < pathLength; i++) {
      const lost = paths.heads[i]!;
      if (lost === node && lost !== closing) continue;
      const length = reached - tree.reduced[lost]!;
      if (length <= this.#best) this.#reachForward(lost === closing ? GOAL : lost, length, hops, edge);
    }
  }

  /** Settles the least backward label, whose subtree is listed: which heads could make it lose its tree edge? */
  #expandBackward(): void {
    const { subtree } = this.#parts;
    const { firstIn, next, head } = this.#parts.graph;
    const settled = this.#backward.topNode();
    const distance = this.#backward.topDistance();
    const hops = this.#backward.topHops() + 1;
    this.#backward.settleTop();
    const top = settled === GOAL ? this.#head : settled;
    const base = distance - this.#parts.tree.reduced[top]!;
    for (const node of subtree.nodes) {
      // An arc from a node to itself would only give it another edge; it counts where it closes the cycle.
      const enters = node !== top || settled === GOAL;
      if (enters) this.#reachBackward(node, ~node, base, hops, settled);
      for (let edge = firstIn[node]!; edge !== NO_EDGE; edge = next[edge]!) {
        const tail = head[edge ^ 1]!;
        if (subtree.has(tail)) continue;
        if (enters) this.#reachBackward(node, edge, base, hops, settled);
        this.#reachBackward(tail, edge ^ 1, base, hops, settled);
      }
    }
  }

  #reachForward(node: number, distance: number, hops: number, via: number): void {
    if (this.#forward.relax(node, distance, hops, via, NO_EDGE)) this.#meet(node);
  }

  #reachBackward(node: number, edge: number, base: number, hops: number, from: number): void {
    const { graph, tree } = this.#parts;
    if (edge === tree.edge[node] || edge === this.#edge) return;
    const distance = base + graph.costOf(edge) - tree.potential[node]!;
    if (distance > this.#best || distance === Infinity) return;
    if (this.#backward.relax(node, distance, hops, edge, from)) this.#meet(node);
  }

  #meet(node: number): void {
    const forward = this.#forward;
    const backward = this.#backward;
    if (!forward.hasLabel(node) || !backward.hasLabel(node)) return;
    const distance = forward.distance[node]! + backward.distance[node]!;
    const hops = forward.hops[node]! + backward.hops[node]!;
    if (distance > this.#best) return;
    // At the bound itself nothing is gained: keep the tree.
    if (distance === this.#best && (!this.#found || hops >= this.#bestHops)) return;
    this.#best = distance;
    this.#bestHops = hops;
    this.#meeting = node;
    this.#found = true;
  }

  #shiftPotentials(): void {
    const radius = this.#best;
    const forwardRadius = Math.min(this.#forward.topDistance(), radius);
    const backwardRadius = radius - forwardRadius;
    for (const node of this.#forward.settled) {
      const amount = forwardRadius - this.#forward.distance[node]!;
      if (amount > 0) this.#parts.tree.raise(node, amount);
    }
    for (const node of this.#backward.settled) {
      const amount = backwardRadius - this.#backward.distance[node]!;
      if (amount > 0 && node !== GOAL) this.#parts.tree.raise(node, -amount);
    }
  }

  /** Carries the shortest way out: from where the directions met back to the entering edge, and on to the goal. */
  #exchange(): void {
    const { graph, tree } = this.#parts;
    for (let node = this.#meeting; ;) {
      const edge = this.#forward.via[node]!;
      if (edge === NO_EDGE) break;
      const taker = graph.headOf(edge);
      tree.switchTo(edge);
      if (edge === this.#edge) break;
      node = taker;
    }
    for (let node = this.#meeting; node !== this.#goal; node = this.#backward.from[node]!)
      tree.switchTo(this.#backward.via[node]!);
  }
}
