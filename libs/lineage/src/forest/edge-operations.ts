// Typed-array reads carry `!`: node and edge numbers come from the graph.
import assert from 'node:assert/strict';

import type { ExchangeSearch } from './exchange-search';
import type { ForestParts } from './forest-parts';
import type { Reattachment } from './reattachment';

/**
 * Changes of one edge's cost; each keeps the certificate of `CertifiedTree`. What can break it:
 *
 * |          | non-tree edge                    | tree edge                              |
 * |----------|----------------------------------|----------------------------------------|
 * | cheaper  | it may undercut its tree path    | nothing: the path maxima only fall     |
 * | dearer   | nothing                          | others may undercut it                 |
 */
export class EdgeOperations {
  readonly #parts: ForestParts;
  readonly #search: ExchangeSearch;
  readonly #reattachment: Reattachment;

  constructor(parts: ForestParts, search: ExchangeSearch, reattachment: Reattachment) {
    this.#parts = parts;
    this.#search = search;
    this.#reattachment = reattachment;
  }

  isTreeEdge(edge: number): boolean {
    return this.#parts.tree.edge[this.#parts.graph.headOf(edge)] === edge;
  }

  /** Sets the cost of any edge; `Infinity` takes it away. */
  setCost(edge: number, cost: number): void {
    const old = this.#parts.graph.costOf(edge);
    if (cost === old) return;
    if (!this.isTreeEdge(edge)) {
      this.#parts.graph.setCost(edge, cost);
      if (cost < old) this.#restoreAfterEntry(edge);
    } else if (cost < old) this.#cheapenTreeEdge(edge, old, cost);
    else this.#makeTreeEdgeDearer(edge, old, cost);
  }

  /** Takes a whole pair away. */
  removePair(edge: number): void {
    const mate = edge ^ 1;
    const treeEdge = this.isTreeEdge(edge) ? edge : mate;
    // The other direction first, or the search might take it as the replacement.
    this.setCost(treeEdge ^ 1, Infinity);
    this.setCost(treeEdge, Infinity);
    this.#parts.graph.removePair(edge);
  }

  #restoreAfterEntry(edge: number): void {
    const { graph, tree, paths } = this.#parts;
    const head = graph.headOf(edge);
    const reduced = graph.costOf(edge) - tree.potential[head]!;
    if (reduced < paths.maximum(graph.tailOf(edge), head)) this.#search.enter(edge);
  }

  /** Half of the gain goes to the edge, half to its siblings' slack: any split keeps the certificate. */
  #cheapenTreeEdge(edge: number, old: number, cost: number): void {
    this.#parts.graph.setCost(edge, cost);
    this.#parts.tree.raise(this.#parts.graph.headOf(edge), -Math.floor((old - cost) / 2));
  }

  #makeTreeEdgeDearer(edge: number, old: number, cost: number): void {
    if (cost === Infinity) this.#replaceTreeEdge(edge);
    else this.#search.leave(edge, cost - old);
    this.#parts.graph.setCost(edge, cost);
    if (this.isTreeEdge(edge)) this.#parts.tree.refresh(this.#parts.graph.headOf(edge));
  }

  #replaceTreeEdge(edge: number): void {
    if (!this.#reattachment.attempt(edge)) this.#search.leave(edge, Infinity);
    assert(!this.isTreeEdge(edge), `edge ${edge} expected out of the tree, found in it`);
  }
}
