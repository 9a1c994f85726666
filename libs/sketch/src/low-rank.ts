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

// Looked up once: property lookups on globals show in loops.
const { isFinite } = Number;

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
    const numbers = values.subarray(row * width, (row + 1) * width);
    multiply(numbers, signs, products);
    if (!products.every(isFinite))
      multiply(
        numbers.map((value) => (isFinite(value) ? value : 0)),
        signs,
        products,
      );
    const rowSigns = mix(rowSeed, rowBegin + row);
    for (let left = 0; left < side; left++) {
      const sign = 1 - 2 * ((rowSigns >>> left) & 1);
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

/** Signs of every column in 24 vectors, eight vectors to an array: bit k of the byte is set where the sign is minus. */
function columnSigns(seed: number, width: number): Uint8Array[] {
  const signs = Array.from({ length: LOW_RANK_SIDE / 8 }, () => new Uint8Array(width));
  for (let column = 0; column < width; column++) {
    const hash = mix(seed, column);
    for (let eight = 0; eight < signs.length; eight++) signs[eight]![column] = (hash >>> (8 * eight)) & 255;
  }
  return signs;
}

/**
 * Products of a row with the sign vectors, eight at a time: numbers are first summed by their byte of signs, then the 256 sums
 * are folded in halves, once for each bit. That is one addition a number where eight products would take eight.
 */
function multiply(numbers: Float64Array, signs: readonly Uint8Array[], products: Float64Array): void {
  const sums = new Float64Array(256);
  for (const [eight, bytes] of signs.entries()) {
    sums.fill(0);
    for (let i = 0; i < numbers.length; i++) sums[bytes[i]!]! += numbers[i]!;
    for (let bit = 7, half = 128; bit >= 0; bit--, half >>= 1) {
      let product = 0;
      for (let i = 0; i < half; i++) {
        const plus = sums[i]!;
        const minus = sums[i + half]!;
        product += plus - minus;
        sums[i] = plus + minus;
      }
      products[8 * eight + bit] = product;
    }
  }
}
