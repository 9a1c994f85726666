import { minimumArborescence } from '../forest/arborescence';
import type { CandidatePairs } from './candidate-pairs';
import type { RecoveredEdges } from './parent-probabilities';

/** The parent of every model in the minimum arborescence under the virtual root; null for roots. */
export function optimalParents(
  candidates: CandidatePairs,
  isAllowed: RecoveredEdges['isAllowed'],
): (number | null)[] {
  const edges = candidates.pairs.flatMap((pair) => {
    const { forward, backward } = candidates.costs(pair);
    return [
      { parent: pair.a, child: pair.b, cost: forward },
      { parent: pair.b, child: pair.a, cost: backward },
    ].filter(({ parent, child }) => isAllowed(parent, child));
  });
  const { parents } = minimumArborescence({
    nodes: candidates.models.length,
    tails: Int32Array.from(edges, ({ parent }) => parent + 1),
    heads: Int32Array.from(edges, ({ child }) => child + 1),
    costs: Float64Array.from(edges, ({ cost }) => cost),
    rootCosts: Float64Array.from([0, ...candidates.models.map((_, label) => candidates.rootCost(label))]),
  });
  return Array.from(parents.subarray(1), (parent) => (parent === 0 ? null : parent - 1));
}
