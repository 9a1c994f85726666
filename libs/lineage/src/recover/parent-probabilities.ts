import { rootConfidenceNats } from '../evidence/cost';
import { BELOW, OUTSIDE, parentMarginals, type RegionEdge } from '../forest/marginals';
import type { Candidates } from './candidates';
import { confidenceCost } from './price-pair';

export interface ParentProbability {
  /** Null: being a root. */
  readonly parent: number | null;
  readonly probability: number;
}

/** The answers for one model with their probabilities, most probable first. */
export class ParentProbabilities {
  constructor(private readonly answers: readonly ParentProbability[]) {}

  of(parent: number | null): number {
    return this.answers.find((answer) => answer.parent === parent)?.probability ?? 0;
  }

  /** Other answers that are worth a mention. */
  others(parent: number | null): ParentProbability[] {
    return this.answers
      .filter((answer) => answer.parent !== parent && answer.probability >= PROBABILITY_MIN)
      .slice(0, OTHERS_MAX);
  }
}

const PROBABILITY_MIN = 0.01;
const OTHERS_MAX = 5;

/** A model and this many of its candidates are looked at together; more hardly change a probability. */
const REGION_MAX = 40;

/** The forest that the region is cut out of. */
export interface RecoveredEdges {
  /** Whether the forest may use the edge at all. */
  readonly isAllowed: (parent: number, child: number) => boolean;
  /** Null for a root. */
  readonly parentOf: (label: number) => number | null;
}

/**
 * P(u → label) for every candidate u, over all forests of the label's region weighted by their tempered costs, less what no
 * figures can know (`lapse`).
 */
export function parentProbabilities(
  candidates: Candidates,
  label: number,
  forest: RecoveredEdges,
): ParentProbabilities {
  const region = [label, ...candidates.neighbours(label).slice(0, REGION_MAX - 1)];
  const place = new Map(region.map((member, i) => [member, i]));
  const edges: RegionEdge[] = [];
  for (const head of region) {
    for (const parent of candidates.neighbours(head)) {
      if (!forest.isAllowed(parent, head)) continue;
      const tail = place.get(parent) ?? (descends(parent, label, forest) ? BELOW : OUTSIDE);
      if (head === label && tail < 0) continue;
      edges.push({ tail, head: place.get(head)!, cost: confidenceCost(candidates, parent, head) });
    }
  }
  const rootCosts = region.map((member) =>
    rootConfidenceNats(candidates.pooled(member), candidates.constants),
  );
  const marginals = parentMarginals({ nodes: region.length, rootCosts, edges });
  const trusted = 1 - candidates.constants.lapse;
  const answers: ParentProbability[] = region.map((parent, i) =>
    i === 0
      ? { parent: null, probability: trusted * marginals.root }
      : { parent, probability: trusted * marginals.candidates[i]! },
  );
  answers.sort((p, q) => q.probability - p.probability || (p.parent ?? -1) - (q.parent ?? -1));
  return new ParentProbabilities(answers);
}

function descends(label: number, ancestor: number, { parentOf }: RecoveredEdges): boolean {
  for (let up = parentOf(label); up !== null; up = parentOf(up)) if (up === ancestor) return true;
  return false;
}
