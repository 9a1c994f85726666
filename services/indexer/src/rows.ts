import type { PairFigures } from '@stemma/lineage';
import type { CandidatePair, Change, Pair, ParentRow } from '@stemma/store';
import type { Assessment } from './assess';
import { announcedConfidence } from './changes';
import type { LineageIndex } from './lineage-index';

/** A pair as memory and store keep it: the figures that decide. The sentences are made again for edges of the forest alone. */
export function candidateRow({ a, b, distance: proximity }: Pair, figures: PairFigures): CandidatePair {
  const {
    distance,
    squaredDistance,
    correlation,
    growth,
    slope,
    embeddingGrowth,
    logOdds,
    kinship,
    variant,
  } = figures;
  const otherLogOdds = figures.zeros + figures.lattice;
  const measured = { distance, squaredDistance, correlation, growth, slope, embeddingGrowth, otherLogOdds };
  return { a, b, proximity, ...measured, logOdds, kinship, variant };
}

/** The places that changes have announced, as the store keeps them: what was said last of every model, and when. */
export function parentRows(
  assessments: readonly Assessment[],
  changes: readonly Change[],
  index: Pick<LineageIndex, 'labelNamed'>,
): ParentRow[] {
  const seqs = new Map(changes.map(({ model, seq }) => [index.labelNamed(model), seq]));
  return assessments.flatMap((assessment) => {
    const { label, parent, relation, verdict, evidence, runnersUp } = assessment;
    const seq = seqs.get(label);
    if (seq === undefined) return [];
    const confidence = announcedConfidence(assessment.confidence);
    return [{ label, parent, relation, verdict, confidence, evidence, runnersUp, seq }];
  });
}
