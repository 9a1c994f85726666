import { CandidatePairs } from './candidate-pairs';
import { optimalParents } from './optimal-parents';
import type { RecoveredEdges } from './parent-probabilities';

/** Below every edge: at this price each model is a root. In nats. */
const TAU_MIN = -30_000;
/** Halvings of the range of prices; the last tells costs apart that differ by a millionth of a nat. */
const HALVINGS_MAX = 36;

/**
 * The candidates with the price of a root (τ) at which the minimum arborescence has as many trees as asked for: the cheaper
 * a root, the more there are, one at a time. Parting begins where least is lost. Fewer trees than groups of kin cannot be had at any price,
 * nor more than models: the nearest number is what is found then.
 */
export function withTrees(
  candidates: CandidatePairs,
  isAllowed: RecoveredEdges['isAllowed'],
  trees: number,
): CandidatePairs {
  const priced = (tau: number): CandidatePairs =>
    new CandidatePairs(candidates.models, candidates.pairs, { ...candidates.constants, tau });
  const treesOf = (of: CandidatePairs): number =>
    optimalParents(of, isAllowed).filter((parent) => parent === null).length;
  if (trees <= treesOf(candidates)) return candidates;
  if (trees >= candidates.models.length) return priced(TAU_MIN);
  let [low, high] = [TAU_MIN, candidates.constants.tau];
  for (let i = 0; i < HALVINGS_MAX; i++) {
    const middle = (low + high) / 2;
    const found = treesOf(priced(middle));
    if (found === trees) return priced(middle);
    if (found > trees) low = middle;
    else high = middle;
  }
  return priced(high);
}
