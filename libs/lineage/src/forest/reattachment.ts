// Typed-array reads carry `!`: node and edge numbers come from the graph.
import { NO_EDGE } from './candidate-graph';
import type { ForestParts } from './forest-parts';
import { SlackWindow } from './slack-window';

const EDGES_PER_NODE = 64;

/**
 * The usual case of a tree edge that leaves, without a search: the subtree below it stays as it is and its top takes the
 * cheapest edge from outside. Only edges across the cut, and edges into the top, feel that; if some potential of the top
 * satisfies them all, the certificate holds and the forest is optimal.
 */
export class Reattachment {
  /** Total since construction, for metrics. */
  succeeded = 0;

  readonly #parts: ForestParts;
  readonly #nodesMax: number;

  /** Attempted for subtrees of at most `nodesMax` nodes and `EDGES_PER_NODE` times as many edges. */
  constructor(parts: ForestParts, nodesMax: number) {
    this.#parts = parts;
    this.#nodesMax = nodesMax;
  }

  /** Hangs the head of the tree edge `leaving` elsewhere; false, and nothing changed, where that takes a search. */
  attempt(leaving: number): boolean {
    const { graph, tree, subtree } = this.#parts;
    const top = graph.headOf(leaving);
    if (!subtree.list(top, this.#nodesMax, EDGES_PER_NODE * this.#nodesMax)) return false;
    const entering = this.#cheapestFromOutside(top, leaving);
    const window = new SlackWindow();
    this.#boundByEdgesIntoTop(window, top, entering, leaving);
    if (!this.#boundByCut(window, top, entering)) return false;
    tree.switchTo(entering);
    tree.setPotential(top, graph.costOf(entering) - window.choose());
    this.succeeded++;
    return true;
  }

  #cheapestFromOutside(top: number, leaving: number): number {
    const { cost, head, next, firstIn, rootCost } = this.#parts.graph;
    let cheapest = ~top;
    let lowest = rootCost[top]!;
    for (let edge = firstIn[top]!; edge !== NO_EDGE; edge = next[edge]!) {
      if (edge === leaving || cost[edge]! >= lowest || this.#parts.subtree.has(head[edge ^ 1]!)) continue;
      cheapest = edge;
      lowest = cost[edge]!;
    }
    return cheapest;
  }

  /** These shift with the potential of the top, so they bound it from one side. */
  #boundByEdgesIntoTop(window: SlackWindow, top: number, entering: number, leaving: number): void {
    const { graph, paths, subtree } = this.#parts;
    const parent = graph.tailOf(entering);
    const lowest = graph.costOf(entering);
    if (entering !== ~top) window.atLeast(paths.maximum(parent, 0) - (graph.rootCost[top]! - lowest));
    for (let edge = graph.firstIn[top]!; edge !== NO_EDGE; edge = graph.next[edge]!) {
      const cost = graph.cost[edge]!;
      if (edge === entering || edge === leaving || cost === Infinity) continue;
      const tail = graph.tailOf(edge);
      window.atLeast(paths.maximum(tail, subtree.has(tail) ? top : parent) - (cost - lowest));
    }
  }

  /** The other edges between the subtree and the rest; false where one is violated whatever the potential. */
  #boundByCut(window: SlackWindow, top: number, entering: number): boolean {
    const { graph, subtree } = this.#parts;
    const { firstIn, next, head } = graph;
    const parent = graph.tailOf(entering);
    for (const node of subtree.nodes) {
      const isTop = node === top;
      if (!isTop && !this.#boundByEdge(window, ~node, 0, parent)) return false;
      for (let edge = firstIn[node]!; edge !== NO_EDGE; edge = next[edge]!) {
        const outer = head[edge ^ 1]!;
        if (subtree.has(outer)) continue;
        if (!isTop && !this.#boundByEdge(window, edge, outer, parent)) return false;
        if (!this.#boundByEdge(window, edge ^ 1, outer, parent)) return false;
      }
      if (window.isEmpty()) return false;
    }
    return true;
  }

  /**
   * A cut edge between `outer` and a node of the subtree closes a cycle through the new tree edge. (What it passes
   * inside the subtree, it passed before.)
   */
  #boundByEdge(window: SlackWindow, edge: number, outer: number, parent: number): boolean {
    const { graph, tree, paths } = this.#parts;
    const cost = graph.costOf(edge);
    if (cost === Infinity) return true;
    const reduced = cost - tree.potential[graph.headOf(edge)]!;
    window.atMost(reduced);
    return reduced >= paths.maximum(parent, outer);
  }
}
