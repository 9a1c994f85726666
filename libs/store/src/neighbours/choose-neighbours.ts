import type { NeighboursContext } from './candidate-graph';
import { HnswNeighbours } from './hnsw-neighbours';

/** Models of one architecture that are still scanned one by one, about 6 ms for each question (DESIGN 4.4). */
export const EXACT_MODELS_MAX = 200_000;

/** Models that an arrival moves into hnswlib once there are too many for a scan: about 1 ms each. */
const SETTLED_MAX = 16;

/**
 * The index of an architecture of whatever size, for `CandidateGraphOptions.neighbours`: exact up to so many models,
 * and hnswlib's above (`HnswNeighbours` says what that gives up). It changes over little by little, as models arrive.
 */
export function neighboursFor(exactMax = EXACT_MODELS_MAX): (context: NeighboursContext) => HnswNeighbours {
  return (context) => new HnswNeighbours({ ...context, exactMax, settledMax: SETTLED_MAX });
}
