import type { Evidence } from '../evidence/describe';
import type { Observation } from '../evidence/observation';
import type { Relation } from '../evidence/relation';

/** A model to place, under the name that the result calls it by. Names must differ; they also break ties. */
export interface NamedObservation {
  readonly model: string;
  readonly observation: Observation;
}

/**
 * root: no parent among the models. asserted: the parent stands. uncertain: it is the best answer, below the confidence
 * asked for. variant: kin, but growth says that the common ancestor is missing.
 */
export type Verdict = 'root' | 'asserted' | 'uncertain' | 'variant';

export interface RunnerUp {
  /** Null: being a root. */
  readonly model: string | null;
  readonly confidence: number;
}

export interface RecoveredModel {
  readonly model: string;
  readonly parent: string | null;
  /** Null for a root. */
  readonly relation: Relation | null;
  readonly verdict: Verdict;
  /** Probability of `parent` (or of being a root), 0..1. */
  readonly confidence: number;
  /** For the edge parent → model; empty for a root. */
  readonly evidence: readonly Evidence[];
  /** Other answers by falling confidence. */
  readonly runnersUp: readonly RunnerUp[];
}

/** What both methods return: one entry a model, in the order given. */
export interface Recovered {
  readonly models: readonly RecoveredModel[];
  /**
   * What the pair's own evidence says about its direction, whatever the forest made of it: positive for
   * `parent` → `child`, negative for the reverse, 0 where it does not know.
   */
  readonly direction: (parent: string, child: string) => number;
}
