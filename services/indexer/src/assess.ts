import {
  parentProbabilities,
  type Candidates,
  type Evidence,
  type PairWeights,
  type Relation,
  type Verdict,
} from '@stemma/lineage';
import type { EdgeBook } from './edge-book';
import type { LineageIndex } from './lineage-index';
import type { Observations } from './observations';

/** Where a model stands and how sure that is. Parents are labels. */
export interface Assessment {
  readonly label: number;
  readonly parent: number | null;
  readonly relation: Relation | null;
  readonly verdict: Verdict;
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  readonly runnersUp: readonly { readonly parent: number | null; readonly confidence: number }[];
}

/** Assesses labels against the forest as it stands. Reads the sketches at both ends of edges it has not seen yet, no others. */
export async function assess(
  index: LineageIndex,
  labels: readonly number[],
  observations: Observations,
  edges: EdgeBook,
): Promise<Assessment[]> {
  const originals = labels.filter((label) => index.representative(label) === label);
  await edges.prepare(
    originals.map((child) => ({ parent: index.parentOf(child), child })),
    observations,
    index.constants,
  );
  const candidates = candidatesOf(index);
  return labels.map((label) => {
    const original = index.representative(label);
    return original === label
      ? assessOriginal(index, label, candidates, edges)
      : assessCopy(index, label, original);
  });
}

function assessOriginal(
  index: LineageIndex,
  label: number,
  candidates: Candidates,
  edges: EdgeBook,
): Assessment {
  const parent = index.parentOf(label);
  const forest = { isAllowed: () => true, parentOf: (child: number) => index.parentOf(child) };
  const probabilities = parentProbabilities(candidates, label, forest);
  const confidence = probabilities.of(parent);
  const runnersUp = probabilities
    .others(parent)
    .map(({ parent: other, probability }) => ({ parent: other, confidence: probability }));
  const placed = { label, parent, confidence, runnersUp };
  if (parent === null) return { ...placed, relation: null, verdict: 'root', evidence: [] };
  const { variant, relation, evidence } = edges.get(parent, label);
  const verdict = variant ? 'variant' : confidence >= index.constants.assertMin ? 'asserted' : 'uncertain';
  return { ...placed, relation, verdict, evidence };
}

/** Two files of the same bytes: which came first, weights cannot tell. */
function assessCopy(index: LineageIndex, label: number, original: number): Assessment {
  const name = index.model(original).repo;
  const sentence = `The weights are identical to those of ${name}, which was published earlier; the weights cannot tell which is the copy.`;
  const evidence: Evidence[] = [{ kind: 'duplicate', figure: 1, logOdds: 0, sentence }];
  return {
    label,
    parent: original,
    relation: 'duplicate',
    verdict: 'asserted',
    confidence: 1,
    evidence,
    runnersUp: [],
  };
}

/** Ties go by content, so that nothing depends on the order of arrival. */
function candidatesOf(index: LineageIndex): Candidates {
  const distance = (a: number, b: number): number => index.pairs.get(a, b)?.distance ?? Infinity;
  const content = (label: number): string => index.model(label).contentHash;
  return {
    constants: index.constants,
    neighbours: (label) =>
      index.pairs
        .kinOf(label)
        .sort((x, y) => distance(label, x) - distance(label, y) || (content(x) < content(y) ? -1 : 1)),
    figures: (parent, child) => weightsOf(index, parent, child),
    pooled: (label) => index.pooled(label),
  };
}

function weightsOf(index: LineageIndex, parent: number, child: number): PairWeights | null {
  const pair = index.pairs.get(parent, child);
  if (pair === undefined || pair.a === parent) return pair ?? null;
  return { ...pair, logOdds: 0 - pair.logOdds };
}
