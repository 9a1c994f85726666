/** Pure: what is kept of a model's weights, its bytes, and what evidence reads from it (DESIGN 3.3). */
export { decodeForComparing, decodeObservation, decodeSketch, encodeSketch, sketchBytesMax } from './codec';
export type { DecodedSketch, RejectedSketch, SketchForComparing, SketchRejection } from './codec';
export type { EmbeddingRows, EmbeddingSketch } from './embedding-sketch';
export type { Figures } from './figures';
export { fingerprintDistance } from './fingerprint';
export {
  defaultSketchOptions,
  FINGERPRINT_SIZE,
  SKETCH_BYTES_MAX,
  SKETCH_BYTES_MAX_16,
  SKETCH_VERSION,
} from './format';
export type { SketchOptions } from './format';
export { lowRankOfDifference } from './low-rank';
export type { LowRankBlock, LowRankDifference } from './low-rank';
export { observeWeights, toObservation } from './observation';
export type {
  ComparableObservation,
  EmbeddingObservation,
  Observation,
  TensorObservation,
} from './observation';
export type { SampleDtype } from './sample-dtype';
export { comparable, dtypeOf, sketchWeights } from './sketch';
export type { SampledWeights, Sketch, Slab, TensorSketch } from './sketch';
