import { createHash } from 'node:crypto';
import { sketchWeights, type SampledWeights, type Sketch, type SketchOptions } from '@stemma/sketch';

/** Matrices of a synthetic architecture, all of one shape. */
export interface TestShape {
  readonly matrices: number;
  readonly rows: number;
  readonly columns: number;
}

/** All numbers of a model, matrix after matrix. */
export interface TestWeights {
  readonly shape: TestShape;
  readonly values: Float32Array;
}

export interface TestStep {
  /** Size of the update relative to the weights. */
  readonly size?: number;
  /** Share by which the parent's weights shrink first, as weight decay does. */
  readonly decay?: number;
}

/** Small enough for hundreds of models a second, large enough for a clear direction. */
export const SMALL: TestShape = { matrices: 4, rows: 48, columns: 32 };

/** Fresh weights of deviation 1. */
export function freshWeights(seed: number, shape: TestShape = SMALL): TestWeights {
  const normal = normals(seed);
  const values = new Float32Array(shape.matrices * shape.rows * shape.columns).map(() => normal());
  return { shape, values };
}

/**
 * A training that knows nothing of its data: a little decay, then independent noise, more of it in some rows than in others
 * since that is what tells the direction (DESIGN 3.5).
 */
export function trained(parent: TestWeights, seed: number, step: TestStep = {}): TestWeights {
  const { size = 0.1, decay = 0.001 } = step;
  const { columns } = parent.shape;
  const normal = normals(seed);
  const values = new Float32Array(parent.values.length);
  for (let begin = 0; begin < values.length; begin += columns) {
    const deviation = size * Math.exp(normal() - 0.5);
    for (let i = begin; i < begin + columns; i++)
      values[i] = parent.values[i]! * (1 - decay) + deviation * normal();
  }
  return { shape: parent.shape, values };
}

/** A weighted mean, as model soups are made. */
export function mixed(parts: readonly (readonly [weight: number, weights: TestWeights])[]): TestWeights {
  const [[, first]] = parts as [(typeof parts)[0]];
  const values = first.values.map((_, i) =>
    parts.reduce((sum, [weight, { values: from }]) => sum + weight * from[i]!, 0),
  );
  return { shape: first.shape, values };
}

export function sketchOf({ shape, values }: TestWeights, options: Partial<SketchOptions> = {}): Sketch {
  const { matrices, rows, columns } = shape;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const size = rows * columns;
  const slabs = Array.from({ length: matrices }, (_, at) => ({
    name: `layers.${at}.attn.q_proj.weight`,
    dtype: 'F32',
    rows,
    width: columns,
    rowBegin: 0,
    rowEnd: rows,
    bytes: bytes.subarray(4 * size * at, 4 * size * (at + 1)),
    values: () => Float64Array.from(values.subarray(size * at, size * (at + 1))),
  }));
  const sampled: SampledWeights = {
    architecture: hash(JSON.stringify(shape)),
    kind: 'model',
    parameterCount: values.length,
    contentHash: hash(bytes),
    fileHashes: [],
    slabs,
    embedding: null,
  };
  return sketchWeights(sampled, options);
}

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Gaussian numbers of deviation 1 from the seed alone (xorshift and Box-Muller). */
function normals(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) uniform();
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
