/** Two nodes, a < b. */
export interface NodePair {
  readonly a: number;
  readonly b: number;
}

/** Nodes are smaller than this, so that a pair of them is one exact number. */
export const NODES_MAX = 2 ** 26;

/** Called when a reason for the pair of two nodes comes (+1) or goes (-1). */
export type RecordReason = (u: number, v: number, change: 1 | -1) => void;

/**
 * What an operation did to the reasons that pairs have. A pair exists as long as it has a reason, and only changes
 * are noted, so nothing is kept for the millions of pairs that an operation does not touch.
 */
export class PairJournal {
  readonly #changes = new Map<number, number>();

  record: RecordReason = (u, v, change) => {
    const pair = u < v ? u * NODES_MAX + v : v * NODES_MAX + u;
    const sum = (this.#changes.get(pair) ?? 0) + change;
    if (sum === 0) this.#changes.delete(pair);
    else this.#changes.set(pair, sum);
  };

  /** Pairs that have gained reasons so far. */
  gained(): NodePair[] {
    return Array.from(this.#changes)
      .filter(([, change]) => change > 0)
      .map(([pair]) => nodesOf(pair));
  }

  /** Forgets what was noted. */
  clear(): void {
    this.#changes.clear();
  }

  /** The pairs that came and went since the last drain, given how many reasons a pair has now. */
  drain(reasons: (u: number, v: number) => number): { added: NodePair[]; removed: NodePair[] } {
    const added: NodePair[] = [];
    const removed: NodePair[] = [];
    for (const [key, change] of this.#changes) {
      const pair = nodesOf(key);
      const now = reasons(pair.a, pair.b);
      const before = now - change;
      if (now > 0 && before === 0) added.push(pair);
      if (now === 0 && before > 0) removed.push(pair);
    }
    this.#changes.clear();
    return { added, removed };
  }
}

function nodesOf(pair: number): NodePair {
  return { a: Math.floor(pair / NODES_MAX), b: pair % NODES_MAX };
}
