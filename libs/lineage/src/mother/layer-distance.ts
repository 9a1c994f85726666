// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import { roundingTolerance } from '../evidence/low-rank';
import { singularValuesAbove } from '../evidence/singular-values';
import { type Observation, pairTensors, type TensorPair } from '../evidence/observation';
import { ATTENTION, LAYER_TYPES, type LayerType, layerTypeOf } from './layer-type';

/**
 * The paper's three distances [M], on whole weights:
 * `v1`: over all layers the largest difference of one entry, each matrix scaled to 0..1 by its own smallest and largest;
 * `iclr`: over square attention matrices the mean of the root mean square difference;
 * `lora`: over value matrices the sum of the ranks of the difference.
 */
export type MotherDistance = 'v1' | 'iclr' | 'lora';

export interface DistanceOptions {
  readonly distance: MotherDistance;
  /** Which layers count; the paper's choice for the distance by default, which for `iclr` are the square ones of attention. */
  readonly layers?: readonly LayerType[] | undefined;
  /**
   * Singular values up to this are zero in the `lora` distance. `rounding`: the largest that rounding of both files
   * may give; weights in half precision make every naive rank full.
   */
  readonly rankTolerance?: number | 'rounding' | undefined;
}

const DEFAULT_LAYERS: Record<MotherDistance, readonly LayerType[]> = {
  v1: LAYER_TYPES,
  iclr: ATTENTION,
  lora: ['value'],
};

/** Distance of two models of one architecture; null where they share no number in layers of the chosen kinds. */
export function motherDistance(a: Observation, b: Observation, options: DistanceOptions): number | null {
  const layers = options.layers ?? DEFAULT_LAYERS[options.distance];
  const squareOnly = options.layers === undefined && options.distance === 'iclr';
  const pairs = pairTensors(a, b).filter(
    ({ a: tensor }) => layers.includes(layerTypeOf(tensor)) && (!squareOnly || tensor.rows === tensor.width),
  );
  if (!pairs.some(shareNumbers)) return null;
  switch (options.distance) {
    case 'v1':
      return pairs.reduce((largest, pair) => Math.max(largest, largestScaledDifference(pair)), 0);
    case 'iclr':
      return pairs.reduce((sum, pair) => sum + rootMeanSquareDifference(pair), 0) / pairs.length;
    case 'lora':
      return pairs.reduce(
        (sum, pair) => sum + rankOfDifference(pair, options.rankTolerance ?? 'rounding'),
        0,
      );
  }
}

/** Whether some coordinate is finite in both. */
function shareNumbers({ a, b }: TensorPair): boolean {
  for (let i = 0; i < a.values.length; i++) {
    if (Number.isFinite(a.values[i]! - b.values[i]!)) return true;
  }
  return false;
}

function largestScaledDifference({ a, b }: TensorPair): number {
  const scaleA = rangeOf(a.values);
  const scaleB = rangeOf(b.values);
  let largest = 0;
  for (let i = 0; i < a.values.length; i++) {
    const p = (a.values[i]! - scaleA.min) * scaleA.perUnit;
    const q = (b.values[i]! - scaleB.min) * scaleB.perUnit;
    const difference = Math.abs(p - q);
    if (difference > largest && difference < Infinity) largest = difference;
  }
  return largest;
}

/** Smallest finite value and one over the range; a constant has no range and is scaled to 0. */
function rangeOf(values: Iterable<number>): { min: number; perUnit: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return max > min ? { min, perUnit: 1 / (max - min) } : { min: 0, perUnit: 0 };
}

function rootMeanSquareDifference({ a, b }: TensorPair): number {
  let squares = 0;
  let n = 0;
  for (let i = 0; i < a.values.length; i++) {
    const difference = a.values[i]! - b.values[i]!;
    if (!Number.isFinite(difference)) continue;
    squares += difference * difference;
    n++;
  }
  return Math.sqrt(squares / Math.max(1, n));
}

function rankOfDifference({ a, b }: TensorPair, tolerance: number | 'rounding'): number {
  const difference = Float64Array.from(a.values, (v, i) => {
    const change = v - b.values[i]!;
    return Number.isFinite(change) ? change : 0;
  });
  return singularValuesAbove(
    difference,
    a.rows,
    a.columns,
    tolerance === 'rounding' ? roundingTolerance(a, b, a.rows, a.columns) : tolerance,
  );
}
