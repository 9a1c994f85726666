// Typed-array reads carry `!`: node numbers are below the reserved length.
import type { CertifiedTree } from './certified-tree';
import { capacityFor, grownInt32 } from './grow';
import { Stamps } from './stamps';

/**
 * Paths in the tree, by climbing from both ends in turn until one meets the other's marks: O(path length), with no
 * depth or order to keep up to date. (Model trees are shallow. For chains beyond some 10⁴, link-cut trees would give
 * O(log n).) A tree edge is named by its head.
 */
export class TreePaths {
  /** Filled by `collect`, valid until its next call. */
  heads: Int32Array = new Int32Array(1024);
  readonly #seen: Stamps;

  constructor(
    private readonly tree: CertifiedTree,
    length: number,
  ) {
    this.#seen = new Stamps(length);
  }

  reserve(length: number): void {
    this.#seen.reserve(length);
  }

  /** Writes the heads of the tree edges between u and v to `heads`; their number. */
  collect(u: number, v: number): number {
    const meeting = this.#meeting(u, v);
    return this.#climb(v, meeting, this.#climb(u, meeting, 0));
  }

  /** The dearest reduced tree edge between u and v; −∞ if they are one node. */
  maximum(u: number, v: number): number {
    const { parent, reduced } = this.tree;
    const meeting = this.#meeting(u, v);
    let maximum = -Infinity;
    for (let at = u; at !== meeting; at = parent[at]!) if (reduced[at]! > maximum) maximum = reduced[at]!;
    for (let at = v; at !== meeting; at = parent[at]!) if (reduced[at]! > maximum) maximum = reduced[at]!;
    return maximum;
  }

  #climb(from: number, to: number, count: number): number {
    const { parent } = this.tree;
    for (let at = from; at !== to; at = parent[at]!) {
      if (count === this.heads.length) this.heads = grownInt32(this.heads, capacityFor(count + 1, count));
      this.heads[count++] = at;
    }
    return count;
  }

  /** The lowest common ancestor. */
  #meeting(u: number, v: number): number {
    if (u === 0 || v === 0) return 0;
    if (u === v) return u;
    const { parent } = this.tree;
    const fromU = this.#seen.fresh(2);
    const fromV = fromU + 1;
    const { marks } = this.#seen;
    marks[u] = fromU;
    marks[v] = fromV;
    for (;;) {
      if (u !== 0) {
        u = parent[u]!;
        if (marks[u] === fromV) return u;
        marks[u] = fromU;
      }
      if (v !== 0) {
        v = parent[v]!;
        if (marks[v] === fromU) return v;
        marks[v] = fromV;
      }
    }
  }
}
