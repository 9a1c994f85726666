import {
  recoverForest,
  recoverMother,
  type MotherDistance,
  type NamedObservation,
  type Recovered,
} from '@stemma/lineage';
import type { Stages } from '../cli/stages';
import { UsageError } from '../cli/usage-error';

/** Recovers one graph. `known` is what somebody would have to know of it beforehand; a method may not care. */
export type Recover = (models: readonly NamedObservation[], known: Known) => Recovered;

export interface Known {
  /** Null where nobody knows. */
  readonly trees: number | null;
}

/** `truth`: what is known of the graph. */
export type Trees = number | 'truth' | 'estimated';

/** The paper's method, as it was asked for. */
export function motherMethod(stage: Stages, distance: MotherDistance, trees: Trees): Recover {
  return (models, known) => {
    const untold = typeof stage === 'string' ? undefined : models.find(({ model }) => !stage.has(model));
    if (untold !== undefined) throw new UsageError(`The file of stages has none for ${untold.model}.`);
    return recoverMother(models, { stage, distance, trees: treesOf(trees, known) ?? 'estimated' });
  };
}

/**
 * Our method. It finds the number of trees by itself; told one, it cuts the least likely edges until there are as many. It never
 * joins what is not kin: fewer trees than there are families cannot be had, which `onTrees` hears of.
 */
export function stemmaMethod(trees: Trees, onTrees: (asked: number, found: number) => void): Recover {
  return (models, known) => {
    const asked = treesOf(trees, known);
    const recovered = recoverForest(models, asked === null ? {} : { trees: asked });
    const found = recovered.models.filter(({ parent }) => parent === null).length;
    if (asked !== null && asked !== found) onTrees(asked, found);
    return recovered;
  };
}

/** Null: to be estimated. */
function treesOf(trees: Trees, known: Known): number | null {
  if (trees === 'estimated') return null;
  return trees === 'truth' ? known.trees : trees;
}
