import { boundedFloat32 } from './figures';
import { FINGERPRINT_SIZE, SKETCH_VERSION } from './format';
import { mix, seedOf } from './seed';

// Looked up once: in a loop over all samples, property lookups on globals show.
const { isFinite } = Number;

/** Sampled numbers of one tensor with the coordinates they stand at. */
export interface FingerprintInput {
  readonly name: string;
  readonly values: Float32Array;
  /** Position of each value in the whole tensor, row · width + column. */
  readonly positions: Float64Array;
}

/**
 * A signed random projection of the samples to 128 dimensions (the sparse one of Weinberger et al. 2009: every number is added to one
 * dimension with a random sign). Each tensor is scaled to unit rms and the whole by 1/√samples, so a fingerprint has norm ≈ 1,
 * strangers lie ≈ √2 apart, and squared distances are d² of DESIGN 3.4 within ≈ 12 %.
 *
 * Signs and dimensions come from the tensor's name and the position, never from order. Non-finite samples count as zero, and so
 * does a tensor of zeros: the norm is smaller then.
 */
export function fingerprint(tensors: readonly FingerprintInput[]): Float32Array {
  const total = tensors.reduce((sum, { values }) => sum + values.length, 0);
  const projected = new Float64Array(FINGERPRINT_SIZE);
  for (const { name, values, positions } of tensors) {
    const scale = 1 / (rootMeanSquare(values) * Math.sqrt(total));
    if (!isFinite(scale)) continue;
    const seed = seedOf('fingerprint', SKETCH_VERSION, name);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!isFinite(value)) continue;
      const hash = hashPosition(seed, positions[i]!);
      const dimension = hash % FINGERPRINT_SIZE;
      projected[dimension]! += (hash >>> 31 === 0 ? value : -value) * scale;
    }
  }
  return Float32Array.from(projected, boundedFloat32);
}

/** Euclidean distance; ≈ √2 between strangers. */
export function fingerprintDistance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0));
}

/** Positions can pass 2³²: both halves go in (`>>> 0` is the low one, exactly). */
function hashPosition(seed: number, position: number): number {
  const low = position >>> 0;
  return mix(mix(seed, low), (position - low) / 2 ** 32);
}

function rootMeanSquare(values: Float32Array): number {
  let squares = 0;
  for (const value of values) if (isFinite(value)) squares += value * value;
  return Math.sqrt(squares / values.length);
}
