import type { PairFigures } from '@stemma/lineage';
import type { CandidatePair, Pair, ParentRow } from '@stemma/store';
import type { Assessment } from './assess';

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

/** A model's place as the store keeps it; `seq` is the change that announced it. */
export function parentRow(assessment: Assessment, seq: number): ParentRow {
  const { label, parent, relation, verdict, confidence, evidence, runnersUp } = assessment;
  return { label, parent, relation, verdict, confidence, evidence, runnersUp, seq };
}
