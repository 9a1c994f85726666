import assert from 'node:assert/strict';
import { type Constants, DEFAULT_CONSTANTS } from './constants';
import type { PairFigures } from './compare-pair';

/** Bound on every cost: sums along tree paths then stay exact in a double. */
export const PAIR_COST_MAX = 2 ** 45;

const STEPS_PER_NAT = 2 ** 10;
const TIES = 2 ** 20;

/** The figures of a pair that cost: all that has to be kept of it. */
export type PairWeights = Pick<PairFigures, 'distance' | 'logOdds'>;

/** Costs of both directions of a candidate pair. */
export interface EdgeCosts {
  /** Of the first model as the parent of the second. */
  readonly forward: number;
  readonly backward: number;
}

/**
 * The same costs in nats, as they count. What is symmetric (the distance) decides the undirected tree, what is
 * antisymmetric its orientation, and one optimum weighs both.
 */
export function edgeNats(figures: PairWeights, constants: Constants = DEFAULT_CONSTANTS): EdgeCosts {
  const symmetric = constants.alpha * figures.distance;
  const directed = figures.logOdds / 2;
  return { forward: symmetric - directed, backward: symmetric + directed };
}

/**
 * The cost in nats of an edge that the confidence is computed from: distance and direction with weights that were fitted to their
 * noise. At full weight (α = 1,000) every answer would look certain.
 *
 * @param logOdds positive: for the edge
 */
export function confidenceNats(
  distance: number,
  logOdds: number,
  { confidenceAlpha, confidenceDirection }: Constants = DEFAULT_CONSTANTS,
): number {
  return confidenceAlpha * distance - (confidenceDirection * logOdds) / 2;
}

/** The root edge's cost in nats on the same scale. */
export function rootConfidenceNats(pooled: number, constants: Constants = DEFAULT_CONSTANTS): number {
  const { alpha, tau, kappa, confidenceAlpha, confidenceDirection } = constants;
  return (confidenceAlpha / alpha) * tau - kappa * confidenceDirection * pooled;
}

/**
 * c(a→b) and c(b→a) as integers held in doubles. `idA` and `idB` are what ties are broken by: stable
 * strings that tell the models apart (content hash and name), never an arrival number.
 */
export function edgeCosts(
  figures: PairWeights,
  idA: string,
  idB: string,
  constants: Constants = DEFAULT_CONSTANTS,
): EdgeCosts {
  const { forward, backward } = edgeNats(figures, constants);
  return {
    forward: integerCost(forward, `${idA}\0${idB}`),
    backward: integerCost(backward, `${idB}\0${idA}`),
  };
}

/**
 * Pooled evidence that a model is the root: the mean over its candidate pairs of the log-odds that it is the parent, in
 * whole nats. A mean, so that a popular base and a leaf are judged on one scale; rounded, so that an arrival seldom
 * changes the root costs of its neighbours. 0 without candidates.
 */
export function pooledLogOdds(logOdds: readonly number[]): number {
  if (logOdds.length === 0) return 0;
  return Math.round(logOdds.reduce((sum, odds) => sum + odds, 0) / logOdds.length);
}

/** c(0→v) from the pooled evidence, as an integer held in a double. */
export function rootCost(pooled: number, id: string, constants: Constants = DEFAULT_CONSTANTS): number {
  return integerCost(constants.tau - constants.kappa * pooled, id);
}

function integerCost(nats: number, tie: string): number {
  const cost = Math.round(nats * STEPS_PER_NAT) * TIES + hash20(tie);
  assert(
    Math.abs(cost) < PAIR_COST_MAX,
    `a cost of less than 2^45 (32,768 nats) expected, ${nats} nats found`,
  );
  return cost;
}

/** FNV-1a over the string's UTF-16 units, mixed and folded to 20 bits. */
function hash20(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return (hash >>> 0) % TIES;
}
