import { compress, type Constants } from './constants';
import type { NotComparable, PairMeasures } from './pair-measures';

export type EvidenceKind =
  | 'distance'
  | 'kinship'
  | 'growth'
  | 'embedding-growth'
  | 'common-shrink'
  | 'shared-rows'
  | 'zeros'
  | 'lattice'
  | 'cast'
  | 'kurtosis'
  | 'low-rank'
  | 'merge'
  | 'duplicate'
  | 'variant'
  | 'not-comparable';

/** One reason for or against the edge first → second. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly figure: number;
  /** In nats; positive speaks for the first model being the parent of the second, 0 says nothing about direction. */
  readonly logOdds: number;
  /** For a person, about "the parent" (the first model) and "the child" (the second) as the edge has them. */
  readonly sentence: string;
}

const NOT_COMPARABLE: Record<NotComparable, string> = {
  'other-architecture': 'The models have different architectures, so their weights cannot be compared.',
  'no-common-coordinates':
    'No tensor was read at the same places in both models, so their weights cannot be compared.',
  'nothing-finite': 'No number is finite in both models, so their weights cannot be compared.',
};

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
const plain = (figure: number): string => String(Number(figure.toPrecision(3)));

/** The kinds of evidence that tell a direction. */
const DIRECTIONAL = [
  'growth',
  'embedding-growth',
  'common-shrink',
  'kurtosis',
  'zeros',
  'lattice',
  'cast',
] as const satisfies readonly EvidenceKind[];

/**
 * Log-odds of the directional evidence, in the order of its kinds; all antisymmetric. What training leaves on the weights says
 * nothing about conversions, whose marks it would outvote: pruning cuts rows short exactly as if the pruned model had been
 * trained backwards.
 */
export function directionalOdds(measures: PairMeasures, constants: Constants): readonly number[] {
  const { conversionWeight, castLogOdds } = constants;
  const f = (weight: number, ratio: number): number => weight * compress(ratio, constants.compression);
  const isTraining = !isConversion(measures, constants);
  return [
    isTraining ? f(constants.growthWeight, measures.growth) : 0,
    isTraining ? f(constants.embeddingWeight, measures.embeddingGrowth) : 0,
    isTraining ? f(constants.shrinkWeight, measures.shrinkRatio) : 0,
    isTraining ? constants.kurtosisWeight * measures.kurtosisRise : 0,
    f(conversionWeight, measures.zeros),
    f(conversionWeight, measures.lattice),
    conversionWeight * castLogOdds * measures.cast,
  ];
}

function isConversion(
  { zeros, lattice, sameNumbers }: PairMeasures,
  { conversionRatioMin, conversionWeight }: Constants,
): boolean {
  if (conversionWeight === 0) return false;
  return sameNumbers || Math.abs(zeros) >= conversionRatioMin || Math.abs(lattice) >= conversionRatioMin;
}

/** Neither is the other's parent: growth fits a common ancestor by far better. */
export function isVariant(measures: PairMeasures, constants: Constants): boolean {
  return (
    measures.kinship !== 'stranger' &&
    Math.abs(measures.slope) < constants.variantSlopeMax &&
    measures.variantGain > constants.variantGainMin
  );
}

type Draft = Omit<Evidence, 'logOdds'>;

/** The evidence for the edge first → second, in a fixed order: what the models are to each other, then the direction. */
export function describe(measures: PairMeasures, constants: Constants): Evidence[] {
  if (measures.notComparable !== null) {
    const sentence = NOT_COMPARABLE[measures.notComparable];
    return [{ kind: 'not-comparable', figure: 0, logOdds: 0, sentence }];
  }
  const odds = directionalOdds(measures, constants);
  const oddsOf = (kind: EvidenceKind): number => odds[DIRECTIONAL.findIndex((each) => each === kind)] ?? 0;
  const drafts = [
    ...describeNearness(measures),
    ...(isVariant(measures, constants) ? [describeVariant(measures)] : []),
    ...describeGrowth(measures),
    ...describeMarks(measures),
  ];
  return drafts.map((draft) => ({ ...draft, logOdds: oddsOf(draft.kind) }));
}

function describeNearness(m: PairMeasures): Draft[] {
  const drafts: Draft[] = [describeKinship(m)];
  drafts.push({
    kind: 'distance',
    figure: m.distance,
    sentence: `Up to a common factor the weights differ by ${percent(Math.sqrt(m.squaredDistance))} of their size (tree distance ${plain(m.distance)}).`,
  });
  if (m.sameNumbers) {
    const sentence = m.sameContent
      ? 'Both carry the same weights, byte for byte.'
      : 'All compared weights are the same numbers.';
    drafts.push({ kind: 'duplicate', figure: m.sameContent ? 1 : 0, sentence });
  }
  if (m.sharedRows > 0) {
    const sentence = `${m.sharedRows} of ${m.comparedRows} token-embedding rows are the same up to one common factor.`;
    drafts.push({ kind: 'shared-rows', figure: m.sharedRows / m.comparedRows, sentence });
  }
  return drafts;
}

function describeKinship(m: PairMeasures): Draft {
  const figures = `correlation ${m.correlation.toFixed(4)}, ${m.z.toFixed(0)} standard errors from strangers`;
  const sentence = {
    kin: `The weights are kin (${figures}).`,
    possible: `The models may be relatives, but too distant ones to be joined (${figures}).`,
    stranger: `The weights have nothing in common (${figures}).`,
  }[m.kinship];
  return { kind: 'kinship', figure: m.correlation, sentence };
}

function describeVariant(m: PairMeasures): Draft {
  const sentence = `Both look like descendants of a common ancestor that is not in the index (growth slope ${m.slope.toFixed(2)}).`;
  return { kind: 'variant', figure: m.variantGain, sentence };
}

function describeGrowth(m: PairMeasures): Draft[] {
  const drafts: Draft[] = [];
  if (m.growth !== 0) {
    const figures = `(log-likelihood ratio ${plain(m.growth)} over ${m.rows} rows, slope ${m.slope.toFixed(2)})`;
    const sentence =
      m.growth > 0
        ? `The more a row was turned the more the child's is longer, as training leaves it ${figures}.`
        : `The more a row was turned the more the parent's is longer, which speaks for the reverse ${figures}.`;
    drafts.push({ kind: 'growth', figure: m.growth, sentence });
  }
  if (m.embeddingGrowth !== 0) {
    const figures = `(log-likelihood ratio ${plain(m.embeddingGrowth)})`;
    const sentence =
      m.embeddingGrowth > 0
        ? `The token-embedding rows have changed as training from this parent changes them ${figures}.`
        : `The token-embedding rows have changed as training in the reverse direction would change them ${figures}.`;
    drafts.push({ kind: 'embedding-growth', figure: m.embeddingGrowth, sentence });
  }
  if (m.commonShrink !== 0) {
    const smaller = m.commonShrink < 0 ? 'child' : 'parent';
    const shrink = percent(1 - Math.exp(-Math.abs(m.commonShrink) / 2));
    const end =
      m.commonShrink < 0
        ? 'as weight decay leaves it'
        : 'which weight decay does to a child, not to a parent';
    const sentence = `Token-embedding rows that no training turned are all ${shrink} shorter in the ${smaller}, ${end}.`;
    drafts.push({ kind: 'common-shrink', figure: m.commonShrink, sentence });
  }
  return drafts;
}

/** Marks that a conversion leaves on the weights. */
function describeMarks(m: PairMeasures): Draft[] {
  const drafts: Draft[] = [];
  if (m.zeros !== 0) {
    const pruned = m.zeros > 0 ? 'child' : 'parent';
    const sentence = `${percent(Math.abs(m.zeroShare))} of the weights are exactly zero in the ${pruned} alone, which were cut out of the other.`;
    drafts.push({ kind: 'zeros', figure: m.zeroShare, sentence });
  }
  if (m.lattice !== 0) {
    const coarser = m.distinct < 0 ? 'child' : 'parent';
    const share = percent(Math.exp(-Math.abs(m.distinct)));
    const end =
      m.lattice > 0 === m.distinct < 0 ? 'by rounding the other' : 'and the other was trained from there';
    const sentence = `A row of the ${coarser} has only ${share} as many distinct values: it lies on a lattice, ${end}.`;
    drafts.push({ kind: 'lattice', figure: m.distinct, sentence });
  }
  if (m.cast !== 0) {
    const narrower = m.cast > 0 ? 'child' : 'parent';
    const sentence = `The ${narrower} is exactly the other, rounded to a narrower number format.`;
    drafts.push({ kind: 'cast', figure: m.cast, sentence });
  }
  if (m.kurtosisRise !== 0) {
    const change = m.kurtosisRise > 0 ? 'rises' : 'falls';
    const sentence = `The kurtosis of the weights ${change} by ${plain(Math.abs(m.kurtosisRise))}, which tells a direction only if the training stage is known.`;
    drafts.push({ kind: 'kurtosis', figure: m.kurtosisRise, sentence });
  }
  return drafts;
}
