// Typed-array reads carry `!`: node and edge numbers come from the graph.
import assert from 'node:assert/strict';

import { NO_EDGE } from './candidate-graph';
import { NO_CHILD } from './certified-tree';
import type { EdgeOperations } from './edge-operations';
import type { Neighbour } from './forest';
import type { ForestParts } from './forest-parts';
import { SlackWindow } from './slack-window';

/** Arrivals and departures of nodes; each keeps the certificate of `CertifiedTree`. */
export class NodeOperations {
  readonly #parts: ForestParts;
  readonly #edges: EdgeOperations;

  constructor(parts: ForestParts, edges: EdgeOperations) {
    this.#parts = parts;
    this.#edges = edges;
  }

  /**
   * A node that nothing hangs on belongs on its cheapest entering edge; its potential is free within a window. Then its
   * leaving edges enter one by one. O(pairs · path length) where none of them undercuts its path.
   */
  add(node: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    const { graph, tree } = this.#parts;
    const parent = cheapestNeighbour(neighbours, rootCost);
    const window = this.#slackOf(neighbours, parent, rootCost);
    graph.addNode(node, rootCost);
    const entering = neighbours.map(({ label, costIn }) => graph.addPair(label, node, costIn, Infinity));
    tree.plant(node, parent === null ? ~node : entering[neighbours.indexOf(parent)]!);
    tree.setPotential(node, (parent?.costIn ?? rootCost) - window.choose());
    neighbours.forEach(({ costOut }, i) => this.#edges.setCost(entering[i]! ^ 1, costOut));
  }

  #slackOf(neighbours: readonly Neighbour[], parent: Neighbour | null, rootCost: number): SlackWindow {
    const { tree, paths } = this.#parts;
    const window = new SlackWindow();
    const hangsOn = parent?.label ?? 0;
    const lowest = parent?.costIn ?? rootCost;
    if (parent !== null) window.atLeast(paths.maximum(hangsOn, 0) - (rootCost - lowest));
    for (const neighbour of neighbours) {
      const { label, costIn, costOut } = neighbour;
      if (neighbour !== parent && costIn !== Infinity)
        window.atLeast(paths.maximum(hangsOn, label) - (costIn - lowest));
      if (costOut !== Infinity) window.atMost(costOut - tree.potential[label]!);
    }
    return window;
  }

  /** Once no edge leaves the node it is a leaf, and a leaf goes without a trace. */
  remove(node: number): void {
    const { graph, tree } = this.#parts;
    const entering = this.#edgesInto(node);
    // First what is not in the tree, which costs nothing and keeps later searches from going through this node.
    for (const edge of entering) {
      if (!this.#edges.isTreeEdge(edge)) graph.setCost(edge, Infinity);
      if (!this.#edges.isTreeEdge(edge ^ 1)) graph.setCost(edge ^ 1, Infinity);
    }
    for (const edge of entering) this.#edges.setCost(edge ^ 1, Infinity);
    assert(
      tree.firstChild[node] === NO_CHILD,
      `node ${node}: no child expected, ${tree.firstChild[node]} found`,
    );
    tree.uproot(node);
    for (const edge of entering) graph.removePair(edge);
    graph.removeNode(node);
  }

  /** Sets another root cost and other pairs on a node that stays where it can. */
  replace(node: number, rootCost: number, neighbours: readonly Neighbour[]): void {
    const { graph } = this.#parts;
    const edges = this.#edges;
    const stale = new Map(this.#edgesInto(node).map((edge) => [graph.tailOf(edge), edge]));
    // New ways first, so that what leaves afterwards finds its replacement.
    for (const { label, costIn, costOut } of neighbours) {
      const edge = stale.get(label) ?? graph.addPair(label, node, Infinity, Infinity);
      edges.setCost(edge, costIn);
      edges.setCost(edge ^ 1, costOut);
      stale.delete(label);
    }
    edges.setCost(~node, rootCost);
    for (const edge of stale.values()) edges.removePair(edge);
  }

  #edgesInto(node: number): number[] {
    const edges: number[] = [];
    for (let edge = this.#parts.graph.firstIn[node]!; edge !== NO_EDGE; edge = this.#parts.graph.next[edge]!)
      edges.push(edge);
    return edges;
  }
}

/** The neighbour that is cheapest as a parent, the smaller label on a tie; null where the root is as cheap. */
function cheapestNeighbour(neighbours: readonly Neighbour[], rootCost: number): Neighbour | null {
  let cheapest: Neighbour | null = null;
  let lowest = rootCost;
  for (const neighbour of neighbours) {
    const tie = cheapest !== null && neighbour.costIn === lowest && neighbour.label < cheapest.label;
    if (neighbour.costIn >= lowest && !tie) continue;
    cheapest = neighbour;
    lowest = neighbour.costIn;
  }
  return cheapest;
}
