import type { PairFigures } from './compare-pair';
import { type Constants, DEFAULT_CONSTANTS } from './constants';
import type { Evidence } from './describe';
import { lowRankChange } from './low-rank';
import type { Merge } from './merge';
import type { Observation } from './observation';

/** How a child was made. The first four are the Hub's own words. */
export type Relation = 'finetune' | 'adapter' | 'quantized' | 'merge' | 'duplicate' | 'cast';

export interface RelationFinding {
  readonly relation: Relation;
  /** Evidence beyond that of the pair, for the relation itself. */
  readonly evidence: readonly Evidence[];
}

const only = (relation: Relation, evidence: readonly Evidence[] = []): RelationFinding => ({
  relation,
  evidence,
});

/** The relation of an edge parent → child, from the figures of that edge and, for its rank, both observations. */
export function relationOf(
  parent: Observation,
  child: Observation,
  figures: PairFigures,
  constants: Constants = DEFAULT_CONSTANTS,
): RelationFinding {
  if (child.adapter === true) return only('adapter');
  if (figures.sameContent) return only('duplicate');
  if (figures.sameNumbers) return only(relationOfSameNumbers(parent, child, figures));
  if (figures.lattice > 0 && figures.distinct < 0) return only('quantized');
  const change = lowRankChange(parent, child, constants);
  if (change === null) return only('finetune');
  const sentence = `The change has rank ${change.rank} of ${change.fullRank} in the ${change.changed} tensors that it touches: a low-rank adapter was merged in.`;
  return only(constants.lowRankRelation, [{ kind: 'low-rank', figure: change.rank, logOdds: 0, sentence }]);
}

/** The backbone is one; what lies outside of it may still have been trained, which its token embedding shows. */
function relationOfSameNumbers(parent: Observation, child: Observation, figures: PairFigures): Relation {
  if (figures.embeddingGrowth !== 0 || figures.sharedRows < figures.comparedRows) return 'finetune';
  const formats = (model: Observation): string => model.tensors.map((t) => t.rounding).join();
  return formats(parent) === formats(child) ? 'duplicate' : 'cast';
}

/** The relation of a model that was found to be a merge; `names` are those of the candidates it was tested against. */
export function relationOfMerge(merge: Merge, names: readonly string[]): RelationFinding {
  const parts = merge.ingredients.map(
    ({ candidate, weight }) => `${weight.toFixed(2)} of ${names[candidate]}`,
  );
  const unexplained = Number((100 * merge.residual).toPrecision(2));
  const sentence = `The weights are ${parts.join(' plus ')}, all but ${unexplained} % of the squared difference.`;
  return only('merge', [{ kind: 'merge', figure: merge.residual, logOdds: 0, sentence }]);
}
