import assert from 'node:assert/strict';
import { confidenceNats, type EdgeCosts, edgeCosts, type PairWeights } from '../evidence/cost';
import type { Candidates } from './candidates';
import { directedLogOdds } from './crowd';

/**
 * Costs of both directions of a candidate pair, the crowd around it included; `idA` and `idB` as in `edgeCosts`. They change
 * only with the neighbours of `a` or of `b`.
 */
export function pricePair(candidates: Candidates, a: number, b: number, idA: string, idB: string): EdgeCosts {
  return edgeCosts(weightsOf(candidates, a, b), idA, idB, candidates.constants);
}

/** Cost in nats of the edge parent → child as the confidence counts it. */
export function confidenceCost(candidates: Candidates, parent: number, child: number): number {
  const { distance, logOdds } = weightsOf(candidates, parent, child);
  return confidenceNats(distance, logOdds, candidates.constants);
}

function weightsOf(candidates: Candidates, parent: number, child: number): PairWeights {
  const distance = candidates.distance(parent, child);
  assert(distance !== null, `candidates expected, but ${parent} and ${child} are none`);
  return { distance, logOdds: directedLogOdds(candidates, parent, child) };
}
