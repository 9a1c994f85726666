// Typed-array reads carry `!`: node numbers are below the reserved length.
import type { CandidateGraph } from './candidate-graph';
import { NO_CHILD, type CertifiedTree } from './certified-tree';
import { Stamps } from './stamps';

/** The nodes at and below one node, listed breadth first within a budget. */
export class Subtree {
  /** The node itself first. */
  readonly nodes: number[] = [];
  /** Entering edges of the listed nodes plus one for each node: what a walk over them will cost. */
  work = 0;
  readonly #inside: Stamps;
  #stamp = 0;

  constructor(
    private readonly graph: CandidateGraph,
    private readonly tree: CertifiedTree,
    length: number,
  ) {
    this.#inside = new Stamps(length);
  }

  reserve(length: number): void {
    this.#inside.reserve(length);
  }

  /** Lists the subtree of `top`; false, with an incomplete list, once it is over a bound. */
  list(top: number, nodesMax: number, workMax: number): boolean {
    const { nodes } = this;
    const { firstChild, nextSibling } = this.tree;
    this.#stamp = this.#inside.fresh(1);
    this.work = 0;
    nodes.length = 0;
    this.#add(top);
    for (let i = 0; i < nodes.length; i++) {
      this.work += this.graph.degree[nodes[i]!]! + 1;
      if (this.work > workMax) return false;
      for (let child = firstChild[nodes[i]!]!; child !== NO_CHILD; child = nextSibling[child]!) {
        if (nodes.length === nodesMax) return false;
        this.#add(child);
      }
    }
    return true;
  }

  has(node: number): boolean {
    return this.#inside.marks[node] === this.#stamp;
  }

  #add(node: number): void {
    this.#inside.marks[node] = this.#stamp;
    this.nodes.push(node);
  }
}
