import assert from 'node:assert/strict';
import type { Evidence, Relation } from '@stemma/lineage';
import type { Comparer } from './comparer';

/** What is said of an edge: a function of the two models, so it is looked for once. */
export interface EdgeFinding {
  readonly relation: Relation;
  readonly variant: boolean;
  readonly evidence: readonly Evidence[];
}

interface Edge {
  readonly parent: number | null;
  readonly child: number;
}

/** Relation and evidence of the edges of the forest. */
export class EdgeBook {
  readonly #findings = new Map<string, EdgeFinding>();

  constructor(private readonly findingsMax = 100_000) {}

  get(parent: number, child: number): EdgeFinding {
    const finding = this.#findings.get(keyOf(parent, child));
    assert(finding !== undefined, `the edge from ${parent} to ${child} was not prepared`);
    return finding;
  }

  /** Looks for what is not known yet of these edges, so that {@link get} has it. */
  async prepare(edges: readonly Edge[], comparer: Comparer): Promise<void> {
    if (this.#findings.size > this.findingsMax) this.#findings.clear();
    const unseen = edges.flatMap(({ parent, child }) =>
      parent === null || this.#findings.has(keyOf(parent, child)) ? [] : [{ parent, child }],
    );
    const findings = await comparer.relate(unseen);
    unseen.forEach(({ parent, child }, at) => this.#findings.set(keyOf(parent, child), findings[at]!));
  }
}

const keyOf = (parent: number, child: number): string => `${parent}>${child}`;
