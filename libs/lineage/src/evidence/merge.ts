// Typed arrays are read with `!` here: every index is bounded by the values' own length.
import { Matrix, solve } from 'ml-matrix';
import type { Constants } from './constants';
import { type Numbers, type Observation, pairTensors, type TensorObservation } from './observation';
import { factsOf } from './tensor-facts';

export interface MergeIngredient {
  /** Index into the candidates. */
  readonly candidate: number;
  readonly weight: number;
}

/** A model that is a linear combination of others. */
export interface Merge {
  /** At least two, heaviest first. Models that are only subtracted (the base of task vectors) are left out. */
  readonly ingredients: readonly MergeIngredient[];
  /** Share of the squared distance to the nearest candidate that the combination leaves unexplained. */
  readonly residual: number;
}

/** A merge mixes: a combination that overshoots an ingredient would explain an ingredient by its own merge. */
const WEIGHT_MAX = 1.05;

/** Coordinates looked at: thousands for a handful of unknown weights. */
const COORDINATES_MAX = 16_384;

/** Rounding may leave this many times its expected squares. */
const ROUNDING_MARGIN = 2;

/**
 * Is the model a linear combination of two or more of the candidates (model soups, task arithmetic, interpolation)?
 * Least squares on the common coordinates for weights that sum to 1, dropping candidates of no weight until all count.
 * A training's update is orthogonal to those of other trainings, so nothing but a merge leaves so little unexplained.
 * Candidates beyond about ten need not be offered: the nearest kin contain the ingredients.
 */
export function findMerge(
  model: Observation,
  candidates: readonly Observation[],
  constants: Constants,
): Merge | null {
  let chosen = candidates.map((_, i) => i);
  const differences = candidates.map((candidate) => differenceFrom(model, candidate));
  while (chosen.length >= 2) {
    const fit = combine(chosen.map((i) => differences[i]!));
    if (fit === null) return null;
    const kept = chosen.filter((_, i) => Math.abs(fit.weights[i]!) >= constants.mergeWeightMin);
    if (kept.length === chosen.length) return judge(model, chosen, fit, constants);
    chosen = kept;
  }
  return null;
}

interface Combination {
  readonly weights: readonly number[];
  readonly residualSquares: number;
  readonly nearestSquares: number;
}

function judge(model: Observation, chosen: number[], fit: Combination, constants: Constants): Merge | null {
  const { weights, residualSquares, nearestSquares } = fit;
  if (weights.some((weight) => weight > WEIGHT_MAX)) return null;
  const allowed = Math.max(
    constants.mergeResidualMax * nearestSquares,
    ROUNDING_MARGIN * roundingSquares(model),
  );
  // Where rounding is as large as what is to be explained, everything would look explained.
  if (residualSquares > allowed || allowed > nearestSquares / 2) return null;
  const ingredients = chosen
    .map((candidate, i) => ({ candidate, weight: weights[i]! }))
    .filter(({ weight }) => weight > 0)
    .sort((p, q) => q.weight - p.weight || p.candidate - q.candidate);
  return ingredients.length < 2 ? null : { ingredients, residual: residualSquares / nearestSquares };
}

/**
 * Candidate minus model at some coordinates of the model, spread evenly, tensors scaled to one size so that each has a say; what
 * is not common or not finite counts as equal. What of a tensor's change lies along the tensor itself is left out: children that
 * weight decay has shrunk lie on one line with their parent, and extrapolating that line would make it a merge of theirs.
 */
function differenceFrom(model: Observation, candidate: Observation): Float64Array {
  const partners = new Map(pairTensors(model, candidate).map(({ a, b }) => [a.name, b]));
  const step = strideOf(model);
  return Float64Array.from(
    model.tensors.flatMap((tensor) => {
      const values = partners.get(tensor.name)?.values ?? tensor.values;
      return acrossChange(tensor, values, step);
    }),
  );
}

/** The change of every `step`-th number, less its part along the numbers themselves. */
function acrossChange(tensor: TensorObservation, values: Numbers, step: number): number[] {
  const scale = scaleOf(tensor);
  const changes: number[] = [];
  const own: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    const change = (values[i]! - tensor.values[i]!) * scale;
    const isFinite = Number.isFinite(change);
    changes.push(isFinite ? change : 0);
    own.push(isFinite ? tensor.values[i]! * scale : 0);
  }
  const along = dot(changes, own) / Math.max(Number.MIN_VALUE, dot(own, own));
  return changes.map((change, i) => change - along * own[i]!);
}

function strideOf({ tensors }: Observation): number {
  return Math.max(
    1,
    Math.floor(tensors.reduce((sum, { values }) => sum + values.length, 0) / COORDINATES_MAX),
  );
}

const scaleOf = (tensor: TensorObservation): number => {
  const { meanSquare } = factsOf(tensor);
  return meanSquare > 0 ? 1 / Math.sqrt(meanSquare) : 0;
};

/** Expected squares of the model's own rounding at the coordinates of {@link differenceFrom}. */
function roundingSquares(model: Observation): number {
  const step = strideOf(model);
  return model.tensors.reduce((sum, tensor) => {
    const coordinates = Math.ceil(tensor.values.length / step);
    return sum + coordinates * factsOf(tensor).roundingVariance * scaleOf(tensor) ** 2;
  }, 0);
}

/**
 * Weights that sum to 1 and bring Σ wᵢ dᵢ nearest to zero. With the nearest candidate's difference n as the origin this
 * is least squares of −n on the dᵢ − n, solved by singular values since candidates may coincide.
 */
function combine(differences: readonly Float64Array[]): Combination | null {
  const squares = differences.map((d) => dot(d, d));
  const nearest = squares.indexOf(Math.min(...squares));
  const origin = differences[nearest]!;
  const nearestSquares = squares[nearest]!;
  if (nearestSquares === 0) return null;
  const others = differences.flatMap((d, i) => (i === nearest ? [] : [d.map((v, k) => v - origin[k]!)]));
  const products = Matrix.from1DArray(
    others.length,
    others.length,
    others.flatMap((p) => others.map((q) => dot(p, q))),
  );
  const right = Matrix.columnVector(others.map((p) => -dot(p, origin)));
  const solution = solve(products, right, true).to1DArray();
  const weights = differences.map(() => 0);
  differences.forEach((_, i) => {
    if (i !== nearest) weights[i] = solution[i < nearest ? i : i - 1]!;
  });
  weights[nearest] = 1 - solution.reduce((sum, weight) => sum + weight, 0);
  const residual = origin.map((v, k) => others.reduce((sum, p, i) => sum + solution[i]! * p[k]!, v));
  return { weights, residualSquares: dot(residual, residual), nearestSquares };
}

function dot(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i]! * q[i]!;
  return sum;
}
