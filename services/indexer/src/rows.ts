import type { PairFigures } from '@stemma/lineage';
import type { CandidatePair, Change, Pair, ParentRow } from '@stemma/store';
import type { Assessment } from './assess';
import type { IndexParts } from './index-parts';

/** The figures of a pair that memory and store keep. */
export type ComparedFigures = Omit<CandidatePair, 'a' | 'b' | 'proximity'>;

/** The figures that decide. The sentences are made again for edges of the forest alone. */
export function comparedFigures(figures: PairFigures): ComparedFigures {
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
  return { ...measured, logOdds, kinship, variant };
}

/** A pair as memory and store keep it. */
export function candidateRow({ a, b, distance: proximity }: Pair, figures: ComparedFigures): CandidatePair {
  return { a, b, proximity, ...figures };
}

/**
 * The places that changes have announced, as the store keeps them: what was said last of every model, and when. A parent of
 * which a new revision came is the same to whoever is told names, but the row points to the revision.
 */
export function parentRows(
  assessments: readonly Assessment[],
  { index, announced }: Pick<IndexParts, 'index' | 'announced'>,
  numbered: readonly Change[],
): ParentRow[] {
  const changed = new Set(numbered.map(({ model }) => model));
  return assessments.flatMap(({ label, parent, evidence, runnersUp }) => {
    const { repo } = index.model(label);
    const said = announced.get(repo);
    if (said === undefined || (!changed.has(repo) && said.parentLabel === parent)) return [];
    announced.set(repo, { ...said, label, parentLabel: parent });
    const { relation, verdict, confidence, seq } = said;
    return [{ label, parent, relation, verdict, confidence, evidence, runnersUp, seq }];
  });
}
