import type { Architecture, BackboneTensor } from './architecture';
import type { ByteRange } from './byte-requests';
import { joinTouching, mergeRanges, totalBytes } from './byte-requests';
import { itemBytesOf } from './dtype';
import type { RowRun } from './embedding-runs';
import { embeddingRuns } from './embedding-runs';
import type { Rejected } from './rejection';
import { rejected } from './rejection';
import type { Tensor } from './safetensors';
import { chooseSlabs } from './slab-choice';

/** Rows of one backbone matrix and the bytes that hold them. */
export interface PlannedSlab extends ByteRange, RowRun {
  readonly canonicalName: string;
  readonly rows: number;
  readonly columns: number;
  readonly tensor: Tensor;
}

/** Sampled rows of the token embedding; `ranges` are the bytes of `runs`, one for one. */
export interface PlannedEmbedding {
  readonly tensor: Tensor;
  readonly vocabulary: number;
  readonly width: number;
  readonly runs: readonly RowRun[];
  readonly ranges: readonly ByteRange[];
}

export interface ReadPlan {
  readonly type: 'plan';
  /** What to ask for: sorted, not overlapping, each within `requestBytesMax`. */
  readonly requests: readonly ByteRange[];
  /** Sum over the requests. */
  readonly bytes: number;
  /** Sorted by canonical name. */
  readonly slabs: readonly PlannedSlab[];
  readonly embedding: PlannedEmbedding | null;
}

export interface ReadPlanOptions {
  /** Bytes of weights read for one model. Models are comparable only where they were read with one and the same budget. */
  readonly readBytesMax: number;
  readonly tensorsMax: number;
  readonly slabRowsMin: number;
  readonly embeddingRowsMax: number;
  readonly requestBytesMax: number;
  readonly gapBytesMax: number;
}

export const defaultReadPlanOptions: ReadPlanOptions = {
  readBytesMax: 16 * 2 ** 20,
  tensorsMax: 128,
  slabRowsMin: 32,
  embeddingRowsMax: 1_024,
  requestBytesMax: 16 * 2 ** 20,
  gapBytesMax: 256 * 2 ** 10,
};

/** Reads every backbone number and the whole embedding: for batch work on files at hand. */
export const wholeReads: ReadPlanOptions = {
  ...defaultReadPlanOptions,
  readBytesMax: 2 ** 48,
  tensorsMax: 65_536,
  embeddingRowsMax: 2 ** 32,
};

/**
 * The budget is split into fixed shares, embedding or not: heads, vocabularies and header sizes differ between relatives, and must
 * not move the coordinates of the backbone. The sixteenth that is left pays for headers and closed gaps.
 */
const BACKBONE_SHARE = 11 / 16;
const EMBEDDING_SHARE = 4 / 16;

/**
 * Plans the reading of one model from its headers alone (DESIGN 3.2). The coordinates (which matrices, which rows, which token ids)
 * are a function of the architecture and the options, never of the dtype or of how the bytes are laid out in files:
 * differences of samples are samples of the difference. The bytes are then those of this model.
 *
 * Rejects rows so wide that not one fits the budget, and a float64 copy whose rows do not (everything else fits by construction).
 */
export function planReads(
  architecture: Architecture,
  overrides: Partial<ReadPlanOptions> = {},
): ReadPlan | Rejected {
  const options = { ...defaultReadPlanOptions, ...overrides };
  const slabs = planSlabs(architecture.backbone, options);
  if (slabs.length === 0) {
    const columns = architecture.backbone.reduce(
      (least, tensor) => Math.min(least, tensor.columns),
      Infinity,
    );
    return rejected(
      'rows-too-wide',
      `One row of the narrowest matrix has ${columns} numbers, more than the budget of ${options.readBytesMax} bytes allows.`,
    );
  }
  const embedding = planEmbedding(architecture, options);
  const ranges = [...slabs, ...(embedding?.ranges ?? [])];
  const needed = totalBytes(joinTouching(ranges));
  if (needed > options.readBytesMax) {
    return rejected(
      'over-budget',
      `The sampled rows take ${needed} bytes in this dtype; at most ${options.readBytesMax} are read.`,
    );
  }
  const requests = mergeRanges(ranges, { ...options, bytesMax: options.readBytesMax });
  return { type: 'plan', requests, bytes: totalBytes(requests), slabs, embedding };
}

/** Coordinates first (blind to dtype and layout), bytes after. */
function planSlabs(backbone: readonly BackboneTensor[], options: ReadPlanOptions): PlannedSlab[] {
  const bytesMax = Math.floor(options.readBytesMax * BACKBONE_SHARE);
  return chooseSlabs(backbone, { ...options, bytesMax })
    .map(({ matrix, rowBegin, rowEnd }) => ({
      ...matrix,
      rowBegin,
      rowEnd,
      ...rowRange(matrix.tensor, matrix.columns, { rowBegin, rowEnd }),
    }))
    .sort((a, b) => (a.canonicalName < b.canonicalName ? -1 : 1));
}

/** Null too where the rows are so wide that not one fits the embedding's share: the backbone is still worth reading. */
function planEmbedding({ embedding }: Architecture, options: ReadPlanOptions): PlannedEmbedding | null {
  if (embedding === null) return null;
  const bytesMax = Math.floor(options.readBytesMax * EMBEDDING_SHARE);
  const runs = embeddingRuns(embedding.vocabulary, embedding.width, {
    bytesMax,
    rowsMax: options.embeddingRowsMax,
  });
  if (runs.length === 0) return null;
  return { ...embedding, runs, ranges: runs.map((run) => rowRange(embedding.tensor, embedding.width, run)) };
}

/** Bytes of whole rows: tensors are row-major, and a row is a whole number of bytes in every type that weights have. */
function rowRange({ file, begin, dtype }: Tensor, width: number, { rowBegin, rowEnd }: RowRun): ByteRange {
  const rowBytes = width * itemBytesOf(dtype);
  return { file, begin: begin + rowBegin * rowBytes, end: begin + rowEnd * rowBytes };
}
