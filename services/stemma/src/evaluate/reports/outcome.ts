import {
  comparePair,
  DEFAULT_CONSTANTS,
  evaluateGraph,
  motherDistance,
  recoverForest,
  recoverMother,
  type Constants,
  type Figures,
  type MotherOptions,
  type NamedObservation,
  type Recovered,
  type Stage,
  type TrueModel,
} from '@stemma/lineage';
import { rememberPairs } from '../remember-pairs';
import { weightsOf, type Family } from './families';

/** How one recovery of a graph did. */
export interface Outcome extends Figures {
  /** Mean over models of the probability that was given to the true answer: falls before any answer turns wrong. */
  readonly trueAnswer: number;
  /** Roots found, right or wrong. */
  readonly trees: number;
}

export function judge(truth: readonly TrueModel[], recovered: Recovered): Outcome {
  const { directed, undirected, rootsFound, directionGivenPair, ari, treesFound, ece } = evaluateGraph(
    'graph',
    truth,
    recovered,
  ).graphs.graph!;
  const found = new Map(recovered.models.map((entry) => [entry.model, entry]));
  const given = truth.map(({ model, parents }) => {
    const { parent, confidence, runnersUp } = found.get(model)!;
    return [{ model: parent, confidence }, ...runnersUp]
      .filter((answer) => isTrue(answer.model, parents))
      .reduce((sum, answer) => sum + answer.confidence, 0);
  });
  return {
    directed,
    undirected,
    rootsFound,
    directionGivenPair,
    ari,
    treesFound,
    ece,
    trueAnswer: given.reduce((sum, share) => sum + share, 0) / given.length,
    trees: recovered.models.filter(({ parent }) => parent === null).length,
  };
}

const isTrue = (answer: string | null, parents: readonly string[]): boolean =>
  answer === null ? parents.length === 0 : parents.includes(answer);

export interface OursOptions {
  readonly constants?: Partial<Constants>;
  /** Pairs are compared again and again with the same constants. */
  readonly compare?: typeof comparePair;
}

export const ours = (models: readonly NamedObservation[], options: OursOptions = {}): Recovered =>
  recoverForest(models, {
    constants: { ...DEFAULT_CONSTANTS, ...options.constants },
    compare: options.compare,
  });

/** Compares every pair of models once, with the default constants. */
export const comparedOnce = (): typeof comparePair => rememberPairs((a, b) => comparePair(a, b));

export const theirs = (
  models: readonly NamedObservation[],
  options: Partial<MotherOptions> & Pick<MotherOptions, 'stage' | 'trees'>,
): Recovered => recoverMother(models, { distance: 'iclr', ...options });

export const measuredOnce = (): typeof motherDistance => rememberPairs(motherDistance);

/** The stage under which a score points the right way on more of the true edges of a family. */
export function rightStageOf(
  family: Family,
  options: Pick<MotherOptions, 'score' | 'scoreLayers'> = {},
): Stage {
  const share = (stage: Stage): number => {
    const recovered = theirs(weightsOf(family), { ...options, stage, trees: 1, measure: () => 1 });
    return judge(family.truth, recovered).directionGivenPair;
  };
  return share('generalization') > share('specialization') ? 'generalization' : 'specialization';
}

export const treesOf = (truth: readonly TrueModel[]): number => new Set(truth.map(({ tree }) => tree)).size;
