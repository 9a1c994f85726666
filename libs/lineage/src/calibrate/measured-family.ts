import { weighPair } from '../evidence/compare-pair';
import type { Constants } from '../evidence/constants';
import { areKin } from '../evidence/kinship';
import type { PairMeasures } from '../evidence/pair-measures';
import { CandidatePairs } from '../recover/candidate-pairs';
import { optimalParents } from '../recover/optimal-parents';
import { parentProbabilities } from '../recover/parent-probabilities';

/** A pair of relatives, kin or not, by their places in the family's list, `a` before `b`. */
export interface MeasuredPair {
  readonly a: number;
  readonly b: number;
  readonly measures: PairMeasures;
}

/**
 * Models whose true trees are known, with every pair of relatives measured once. What constants are fitted on: measures do not
 * depend on the constants that are fitted, so that other constants cost no other reading of weights.
 */
export interface MeasuredFamily {
  readonly name: string;
  /** Families of one group are left out together when what was fitted is checked. */
  readonly group: string;
  /** Parents by place: none for a root, several for a merge, any of which is right. */
  readonly models: readonly { readonly model: string; readonly parents: readonly number[] }[];
  readonly pairs: readonly MeasuredPair[];
}

/** The answer for one model under given constants. */
export interface MeasuredAnswer {
  readonly isRoot: boolean;
  /** The right parent, or rightly a root. */
  readonly right: boolean;
  /** One of the true edges of the model was found, whichever way round. */
  readonly undirected: boolean;
}

export interface ConfidentAnswer extends MeasuredAnswer {
  readonly confidence: number;
  /** Probability that was given to the truth. */
  readonly trueProbability: number;
}

/** Recovers a family from its measures, as `recoverForest` does from observations; merges are not looked for. */
export function recoverMeasured(family: MeasuredFamily, constants: Constants): MeasuredAnswer[] {
  const parents = optimalParents(candidatesOf(family, constants), () => true);
  return family.models.map((_, label) => answerOf(family, parents, label));
}

/** The same with probabilities, which cost more than the forest. */
export function recoverConfidently(family: MeasuredFamily, constants: Constants): ConfidentAnswer[] {
  const candidates = candidatesOf(family, constants);
  const parents = optimalParents(candidates, () => true);
  const forest = { isAllowed: () => true, parentOf: (label: number) => parents[label]! };
  return family.models.map(({ parents: truth }, label) => {
    const probabilities = parentProbabilities(candidates, label, forest);
    const answers: readonly (number | null)[] = truth.length === 0 ? [null] : truth;
    return {
      ...answerOf(family, parents, label),
      confidence: probabilities.of(parents[label]!),
      trueProbability: answers.reduce<number>((sum, answer) => sum + probabilities.of(answer), 0),
    };
  });
}

function answerOf(
  { models }: MeasuredFamily,
  parents: readonly (number | null)[],
  label: number,
): MeasuredAnswer {
  const truth = models[label]!.parents;
  const parent = parents[label]!;
  const isRoot = truth.length === 0;
  const right = isRoot ? parent === null : parent !== null && truth.includes(parent);
  return { isRoot, right, undirected: right || truth.some((up) => parents[up] === label) };
}

/** Kin of the family and what they weigh. */
export function candidatesOf(family: MeasuredFamily, constants: Constants): CandidatePairs {
  const kin = family.pairs
    .filter(({ measures }) => isKin(measures, constants))
    .map(({ a, b, measures }) => ({ a, b, figures: weighPair({ ...measures, kinship: 'kin' }, constants) }));
  const named = family.models.map(({ model }) => ({ model, contentHash: model }));
  return new CandidatePairs(named, kin, constants);
}

/** The kinship rule on measures that are there already. */
export function isKin(measures: PairMeasures, constants: Constants): boolean {
  const { trainedCorrelation, leastSineSquare } = measures;
  return areKin(trainedCorrelation, leastSineSquare, measures, constants);
}
