import type { Evidence, Relation, Verdict } from '@stemma/lineage';
import { confidenceIn } from './confidence';
import type { Comparer } from './comparer';
import type { EdgeBook } from './edge-book';
import type { LineageIndex } from './lineage-index';

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
  comparer: Comparer,
  edges: EdgeBook,
): Promise<Assessment[]> {
  const originals = labels.filter((label) => index.representative(label) === label && index.isShown(label));
  await edges.prepare(
    originals.map((child) => ({ parent: index.parentOf(child), child })),
    comparer,
  );
  const placed = new Set(originals);
  return labels.map((label) => {
    if (placed.has(label)) return assessOriginal(index, label, edges);
    return index.model(label).tombstone
      ? withoutPlace(label)
      : assessCopy(index, label, index.representative(label));
  });
}

/** A deleted model from which nothing living descends. */
function withoutPlace(label: number): Assessment {
  const nothing = { parent: null, relation: null, evidence: [], runnersUp: [] };
  return { label, ...nothing, verdict: 'root', confidence: 1 };
}

function assessOriginal(index: LineageIndex, label: number, edges: EdgeBook): Assessment {
  const parent = index.parentOf(label);
  const answers = confidenceIn(index, label);
  const confidence = answers.of(parent);
  const runnersUp = answers.others(parent);
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
