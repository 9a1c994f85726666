import type { NeighboursContext } from './candidate-graph';
import { ExactNeighbours } from './exact-neighbours';
import { HnswNeighbours } from './hnsw-neighbours';
import type { Neighbours } from './neighbours';

/** Models of one architecture that are still scanned one by one, about 6 ms for each question (DESIGN 4.4). */
export const EXACT_MODELS_MAX = 200_000;

/** The index for an architecture with so many models at the start: exact while a scan is affordable. */
export function neighboursFor(
  models: number,
  exactModelsMax = EXACT_MODELS_MAX,
): (context: NeighboursContext) => Neighbours {
  return (context) => (models <= exactModelsMax ? new ExactNeighbours(context) : new HnswNeighbours(context));
}
