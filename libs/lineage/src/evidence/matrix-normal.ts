// Typed arrays are read with `!` here: every index is bounded by the tables' places.
import type { Constants } from './constants';
import type { TensorComparison } from './distance';
import type { TablePair } from './table-pair';

/** Guards a division by the size of a tensor that is all zeros, far below any square that a float16 can hold. */
const NOTHING = 1e-30;

/** r0: the relative square up to which a tensor counts as not moved. */
export function stepFloor({ p, q }: TablePair, at: number, { distanceFloorMin }: Constants): number {
  return Math.max(distanceFloorMin, Math.max(p.roundings[at]!, q.roundings[at]!) ** 2);
}

/**
 * ln det(M + r0·1) / c for the c × c second moments M of the step from one tensor to the other, at its first c columns.
 *
 * Up to a factor it is the log-likelihood of a step whose rows are independent with one unknown covariance over columns (a
 * matrix-normal step, Dawid 1981). An update is a sum of gradients times inputs, and all trainings of one base see mostly the
 * same few input directions: a plain distance measures how two siblings' updates happen to agree there. The determinant
 * weighs all directions alike, and a step of low rank shows as r0 in the others.
 *
 * The step is b − g·a with the best common factor g, so that weight decay is no distance. Both models are tried as the base
 * and the smaller answer counts: only from the base is what remains as low in rank as the training was.
 */
export function stepLogDeterminant(
  pair: TablePair,
  { at, coordinates, product, same }: TensorComparison,
  constants: Constants,
): number {
  const floor = stepFloor(pair, at, constants);
  if (same) return Math.log(floor);
  const { p, q, kernel } = pair;
  const place = p.places[at]!;
  const [squaresP, squaresQ] = [p.squares[at]!, q.squares[at]!];
  const halfOfRows = Math.max(1, Math.floor(place.rows / 2));
  const columns = Math.min(constants.distanceColumnsMax, place.columns, halfOfRows);
  return kernel.logDeterminant(p, q, place, {
    columns,
    factorP: product / Math.max(NOTHING, squaresP),
    factorQ: product / Math.max(NOTHING, squaresQ),
    perUnit: 1 / Math.max(NOTHING, Math.sqrt((squaresP + squaresQ) / 2 / coordinates)),
    floor,
  });
}
