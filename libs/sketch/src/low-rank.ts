import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { Figures } from './figures';
import { boundedFloat32 } from './figures';
import { LOW_RANK_SIDE, SKETCH_VERSION } from './format';
import type { SampleDtype } from './sample-dtype';
import { formatOf } from './sample-dtype';
import { mix, seedOf } from './seed';

/**
 * A slab W projected from both sides, P = Sᵀ W R / √(rows · width), S and R random signs with 24 columns. P is linear in W, so the
 * block of a difference is the difference of the blocks, and the rank of a LoRA update shows in it, up to 24.
 */
export interface LowRankBlock {
  readonly name: string;
  /** Rows of the slab that went in: the rank cannot exceed them. */
  readonly rows: number;
  /** Variance that rounding alone puts on one entry of `values`. */
  readonly noise: number;
  /** 24 × 24, row-major. */
  readonly values: Float32Array;
}

/** Rows beyond these add cost, and nothing to a rank that is read up to 24. */
const ROWS_MAX = 64;

/** Projects the first rows of a slab; non-finite numbers count as zero. `noise` is left to the caller, who knows the dtype. */
export function projectSlab(
  name: string,
  values: Float64Array,
  width: number,
  rowBegin: number,
): { rows: number; values: Float32Array } {
  const side = LOW_RANK_SIDE;
  const rows = Math.min(ROWS_MAX, values.length / width);
  const signs = columnSigns(seedOf('low-rank columns', SKETCH_VERSION, name), width);
  const rowSeed = seedOf('low-rank rows', SKETCH_VERSION, name);
  const projected = new Float64Array(side * side);
  const products = new Float64Array(side);
  for (let row = 0; row < rows; row++) {
    const rowSigns = mix(rowSeed, rowBegin + row);
    const numbers = values.subarray(row * width, (row + 1) * width);
    for (let right = 0; right < side; right++) products[right] = dot(numbers, signs[right]!);
    for (let left = 0; left < side; left++) {
      const sign = signOf(rowSigns, left);
      for (let right = 0; right < side; right++) projected[left * side + right]! += sign * products[right]!;
    }
  }
  const scale = 1 / Math.sqrt(rows * width);
  return { rows, values: Float32Array.from(projected, (value) => boundedFloat32(value * scale)) };
}

/** Rounding to the source type and to the block's own float32, both uniform within half a unit in the last place. */
export function roundingNoise({ mean, variance }: Figures, dtype: SampleDtype): number {
  const meanSquare = variance + mean * mean;
  return Math.min(Number.MAX_VALUE, (meanSquare * (formatOf(dtype).rounding ** 2 + 2 ** -48)) / 3);
}

export interface LowRankDifference {
  /** Median over the matrices that moved; 0 where none did. At most 24, which stands for "24 or more". */
  readonly rank: number;
  /** Whether `rank` is clearly below what the blocks could show: the update is of low rank. */
  readonly isLow: boolean;
  readonly matrices: readonly { readonly name: string; readonly rank: number; readonly rankMax: number }[];
}

/**
 * Numerical rank of the update between two models, from the low-rank blocks of their sketches: per matrix, the singular values of
 * the difference that stand above the rounding of both (for 24 × 24 independent entries of variance v the largest singular
 * value is ≈ 2·√(24·v)).
 */
export function lowRankOfDifference(
  a: readonly LowRankBlock[],
  b: readonly LowRankBlock[],
): LowRankDifference {
  const others = new Map(b.map((block) => [block.name, block]));
  const matrices = a.flatMap((block) => {
    const other = others.get(block.name);
    return other === undefined
      ? []
      : [{ name: block.name, rank: rankOf(block, other), rankMax: Math.min(block.rows, LOW_RANK_SIDE) }];
  });
  const moved = matrices
    .filter(({ rank }) => rank > 0)
    .sort((x, y) => x.rank - y.rank || (x.name < y.name ? -1 : 1));
  const median = moved[moved.length >> 1];
  return {
    rank: median?.rank ?? 0,
    isLow: median !== undefined && median.rank <= (2 * median.rankMax) / 3,
    matrices,
  };
}

/** Singular values above what rounding alone would give; exactly equal blocks need no decomposition. */
function rankOf(a: LowRankBlock, b: LowRankBlock): number {
  const side = LOW_RANK_SIDE;
  const difference = Float64Array.from(a.values, (value, at) => value - b.values[at]!);
  if (difference.every((value) => value === 0)) return 0;
  const matrix = Matrix.from1DArray(side, side, difference);
  const { diagonal } = new SingularValueDecomposition(matrix, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  });
  const floor = 2 * Math.sqrt(side * (a.noise + b.noise));
  return diagonal.filter((value) => value > floor).length;
}

/** Bit k of a hash as a sign. */
function signOf(hash: number, k: number): number {
  return 1 - 2 * ((hash >>> k) & 1);
}

/** 24 vectors of ±1: bit k of a column's hash is its sign in vector k. */
function columnSigns(seed: number, width: number): Float64Array[] {
  const signs = Array.from({ length: LOW_RANK_SIDE }, () => new Float64Array(width));
  for (let column = 0; column < width; column++) {
    const hash = mix(seed, column);
    for (let k = 0; k < LOW_RANK_SIDE; k++) signs[k]![column] = signOf(hash, k);
  }
  return signs;
}

/** Four sums at a time: one alone waits for its own last addition. */
function dot(values: Float64Array, signs: Float64Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = values.length & ~3;
  for (let i = 0; i < end; i += 4) {
    s0 += values[i]! * signs[i]!;
    s1 += values[i + 1]! * signs[i + 1]!;
    s2 += values[i + 2]! * signs[i + 2]!;
    s3 += values[i + 3]! * signs[i + 3]!;
  }
  for (let i = end; i < values.length; i++) s0 += values[i]! * signs[i]!;
  const sum = s0 + s1 + s2 + s3;
  return Number.isFinite(sum) ? sum : finiteDot(values, signs);
}

/** For the rare row that holds NaN or infinity. */
function finiteDot(values: Float64Array, signs: Float64Array): number {
  return values.reduce((sum, value, at) => (Number.isFinite(value) ? sum + value * signs[at]! : sum), 0);
}
