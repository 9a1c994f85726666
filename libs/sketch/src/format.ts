/** Bounds of a sketch (DESIGN 3.3): what the codec accepts, and what sketching uses unless told otherwise. */
export interface SketchOptions {
  /** Sampled rows of one tensor. */
  readonly rowsPerTensorMax: number;
  /** Sampled rows of all tensors together. */
  readonly rowsMax: number;
  /** Sampled numbers of all tensors together. */
  readonly coordinatesMax: number;
  readonly embeddingRowsMax: number;
  /** Sampled numbers of one embedding row. */
  readonly embeddingColumns: number;
  /** Matrices in the low-rank block. */
  readonly lowRankMax: number;
}

export const defaultSketchOptions: SketchOptions = {
  rowsPerTensorMax: 64,
  rowsMax: 4_096,
  coordinatesMax: 16_384,
  embeddingRowsMax: 1_024,
  embeddingColumns: 8,
  lowRankMax: 16,
};

/** Goes up whenever bytes, coordinates or projections change: sketches of different versions are never compared. */
export const SKETCH_VERSION = 1;

export const FINGERPRINT_SIZE = 128;
/** Side of a projected matrix in the low-rank block. */
export const LOW_RANK_SIDE = 24;
/** Each tensor then has 32 rows or more of the `rowsMax`. */
export const TENSORS_MAX = 128;
/** Bytes of a tensor's name in UTF-8; longer ones are shortened by `sketchName`. */
export const NAME_BYTES_MAX = 72;
/** File hashes kept; `contentHash` covers all files, however many. */
export const FILE_HASHES_MAX = 32;

/** Largest encoded sketch where every number of the model has at most 16 bits. */
export const SKETCH_BYTES_MAX_16 = 128 * 1024;
/** Largest encoded sketch of all. */
export const SKETCH_BYTES_MAX = 192 * 1024;
