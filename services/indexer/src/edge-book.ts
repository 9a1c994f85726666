import assert from 'node:assert/strict';
import {
  comparePair,
  mirrorPair,
  relationOf,
  type Constants,
  type Evidence,
  type PairFigures,
  type Relation,
} from '@stemma/lineage';
import type { Observations } from './observations';

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

/** Figures of pairs that were compared just now, by `a:b` with the smaller label first. */
export type ComparedPairs = ReadonlyMap<string, PairFigures>;

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
  async prepare(
    edges: readonly Edge[],
    observations: Observations,
    constants: Constants,
    compared: ComparedPairs,
  ): Promise<void> {
    if (this.#findings.size > this.findingsMax) this.#findings.clear();
    const unseen = edges.flatMap(({ parent, child }) =>
      parent === null || this.#findings.has(keyOf(parent, child)) ? [] : [{ parent, child }],
    );
    await observations.prepareWhole(new Set(unseen.flatMap(({ parent, child }) => [parent, child])));
    for (const { parent, child } of unseen) {
      const [from, to] = [observations.whole(parent), observations.whole(child)];
      const figures = figuresOf(parent, child, compared, constants) ?? comparePair(from, to, constants);
      const { relation, evidence } = relationOf(from, to, figures, constants);
      const finding = { relation, variant: figures.variant, evidence: [...figures.evidence, ...evidence] };
      this.#findings.set(keyOf(parent, child), finding);
    }
  }
}

/** The figures of an edge, where its pair was compared already. */
function figuresOf(
  parent: number,
  child: number,
  compared: ComparedPairs,
  constants: Constants,
): PairFigures | undefined {
  if (parent < child) return compared.get(`${parent}:${child}`);
  const figures = compared.get(`${child}:${parent}`);
  return figures === undefined ? undefined : mirrorPair(figures, constants);
}

const keyOf = (parent: number, child: number): string => `${parent}>${child}`;
