import { rounded } from './number-format';

/**
 * What the evidence is computed from: some coordinates of a model's weights. A sketch gives one and whole weights give one,
 * with the same meaning, so that every figure has one definition (DESIGN 3.3). Values that are not finite are allowed
 * everywhere here and are ignored by whoever reads them.
 */

/** Numbers as a sketch keeps them (32 bits) or as whole weights are decoded (64 bits). */
export type Numbers = Float64Array | Float32Array;

/** Mean and central moments, not standardised, of all of a tensor's numbers that were read. */
export interface TensorMoments {
  readonly mean: number;
  readonly variance: number;
  readonly thirdMoment: number;
  readonly fourthMoment: number;
}

/** A tensor of the backbone as a matrix `[out, in·k·k]`, seen at `rows × columns` of its coordinates. */
export interface TensorObservation extends Partial<TensorMoments> {
  /** Canonical name (DESIGN 3.1): two observations are compared tensor by tensor under this name. */
  readonly name: string;
  /** Parameters of the whole tensor: its weight in every mean over tensors. */
  readonly count: number;
  /** Length of a whole row, of which `columns` coordinates are given. */
  readonly width: number;
  /** Unit roundoff of the source's number format: 2^-24 float32, 2^-11 float16, 2^-8 bfloat16. */
  readonly rounding: number;
  readonly rows: number;
  readonly columns: number;
  /** `rows × columns` numbers, row by row, at the same coordinates in every model of an architecture. */
  readonly values: Numbers;
  /** Per given row, the mean square over the **whole** row: direction needs it (DESIGN 3.5). */
  readonly rowMeanSquares: Numbers;
  /** Whether `values` is the whole tensor. */
  readonly complete: boolean;
  /** Sum of squares and number of all that was read in other rows than the given ones; rows with a number that is not finite
   * are left out. Good to 1e-9 of itself: direction rests on it. */
  readonly restSquares?: number | undefined;
  readonly restCount?: number | undefined;
}

/** Rows of the token embedding. Two models are compared at the token ids that both have. */
export interface EmbeddingObservation {
  readonly vocabulary: number;
  readonly width: number;
  readonly rounding: number;
  readonly rowIds: Uint32Array | Int32Array;
  readonly columns: number;
  /** `rowIds.length × columns` numbers, row by row. */
  readonly values: Numbers;
  readonly rowMeanSquares: Numbers;
}

/** A two-sided projection of a part of one tensor, linear in the weights: the rank of a change shows in its difference. */
export interface LowRankBlock {
  /** Canonical name of the tensor. */
  readonly name: string;
  /** Rows of the weights that were projected: the rank of a change cannot exceed them. */
  readonly rows: number;
  /** Variance that the rounding of the source puts on every entry. */
  readonly noise: number;
  /** A square block, row by row. */
  readonly values: Numbers;
}

/** One model, as far as it was read. */
export interface Observation {
  readonly architecture: string;
  /** Where the weights were read, if not everywhere: only observations of equal coordinates can be compared. */
  readonly coordinates?: string | undefined;
  /** Identity of the weights: equal hashes mean the same bytes. Also what ties are broken by (DESIGN 3.6). */
  readonly contentHash: string;
  readonly tensors: readonly TensorObservation[];
  readonly embedding: EmbeddingObservation | null;
  /** How the source spells its number format, for sentences. */
  readonly dtype: string;
  readonly lowRank?: readonly LowRankBlock[] | undefined;
  /** The file holds low-rank factors alone, without the weights they are added to. */
  readonly adapter?: boolean | undefined;
}

/** Two tensors of one name that were read at the same coordinates. */
export interface TensorPair {
  readonly a: TensorObservation;
  readonly b: TensorObservation;
  /**
   * Their values in the coarser of both number formats, so that a mere cast has distance zero and a light training of a
   * cast model is not hidden under the rounding noise between formats.
   */
  readonly coarseA: Numbers;
  readonly coarseB: Numbers;
}

const sameCoordinates = (a: TensorObservation, b: TensorObservation): boolean =>
  a.rows === b.rows && a.columns === b.columns && a.width === b.width && a.complete === b.complete;

/**
 * The tensors that can be compared coordinate by coordinate, in an order that does not depend on which model comes first
 * (sums must come out bit for bit the same in both directions).
 */
export function pairTensors(a: Observation, b: Observation): TensorPair[] {
  if (a.coordinates !== b.coordinates) return [];
  const inOrder =
    a.tensors.length === b.tensors.length && a.tensors.every((t, i) => t.name === b.tensors[i]?.name);
  const byName = inOrder ? null : new Map(b.tensors.map((t) => [t.name, t]));
  const pairs: TensorPair[] = [];
  for (const [i, tensor] of a.tensors.entries()) {
    const other = byName === null ? b.tensors[i] : byName.get(tensor.name);
    if (other !== undefined && sameCoordinates(tensor, other)) pairs.push(pairOf(tensor, other));
  }
  if (byName !== null) pairs.sort((p, q) => (p.a.name < q.a.name ? -1 : p.a.name > q.a.name ? 1 : 0));
  return pairs;
}

function pairOf(a: TensorObservation, b: TensorObservation): TensorPair {
  const [coarseA, coarseB] = [a.values, b.values];
  if (a.rounding === b.rounding) return { a, b, coarseA, coarseB };
  // Rounded when it is asked for: not all that looks at pairs does.
  const round = (values: Numbers): Numbers => rounded(values, Math.max(a.rounding, b.rounding));
  return a.rounding < b.rounding
    ? {
        a,
        b,
        coarseB,
        get coarseA() {
          return round(a.values);
        },
      }
    : {
        a,
        b,
        coarseA,
        get coarseB() {
          return round(b.values);
        },
      };
}

/** Mean square of every row of a whole matrix. */
export function rowMeanSquares(values: Numbers, rows: number, columns: number): Float64Array {
  const means = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i]! * values[i]!;
    means[row] = sum / columns;
  }
  return means;
}

/** A whole matrix as an observation: every coordinate given. */
export function observeMatrix(matrix: {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: Numbers;
  readonly rounding: number;
}): TensorObservation {
  return {
    ...matrix,
    count: matrix.rows * matrix.columns,
    width: matrix.columns,
    rowMeanSquares: rowMeanSquares(matrix.values, matrix.rows, matrix.columns),
    complete: true,
  };
}

/** A whole token embedding (`vocabulary × width`, row by row) as an observation. */
export function observeEmbedding(
  vocabulary: number,
  width: number,
  values: Numbers,
  rounding: number,
): EmbeddingObservation {
  return {
    vocabulary,
    width,
    rounding,
    rowIds: Uint32Array.from({ length: vocabulary }, (_, id) => id),
    columns: width,
    values,
    rowMeanSquares: rowMeanSquares(values, vocabulary, width),
  };
}
