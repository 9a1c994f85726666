const MEBIBYTE = 2 ** 20;

/** Bounds on hostile input, each checked before anything of that size is allocated (DESIGN 4.6). */
export interface WeightsLimits {
  /** Bytes of one file's JSON header. The format itself allows 100 MB and no more. */
  readonly headerBytesMax: number;
  /** Tensors of one model, over all its files. */
  readonly tensorsMax: number;
  readonly dimensionsMax: number;
  readonly shardsMax: number;
  /** Bytes of a shard index (`model.safetensors.index.json`). */
  readonly indexBytesMax: number;
}

/** What the safetensors format itself sets as the longest header. */
export const FORMAT_HEADER_BYTES_MAX = 100_000_000;

export const defaultLimits: WeightsLimits = {
  headerBytesMax: 16 * MEBIBYTE,
  tensorsMax: 65_536,
  dimensionsMax: 8,
  shardsMax: 1_024,
  indexBytesMax: 16 * MEBIBYTE,
};
