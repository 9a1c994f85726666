import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type EmbeddingObservation,
  type Observation,
  observeEmbedding,
  observeMatrix,
  type TensorObservation,
} from './observation';

/** The repository's own trained models, as spec files read them. */
export const ZOO = path.join(__dirname, '../../../zoo');

const ROUNDING = { F32: 2 ** -24, F16: 2 ** -11, BF16: 2 ** -8 };
type TestDtype = keyof typeof ROUNDING;

interface HeaderTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

function halfToDouble(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const HALVES = Float64Array.from({ length: 65536 }, (_, bits) => halfToDouble(bits));

function decode(bytes: Buffer, dtype: TestDtype): Float64Array {
  const copy = Uint8Array.from(bytes).buffer;
  if (dtype === 'F32') return Float64Array.from(new Float32Array(copy));
  const words = new Uint16Array(copy);
  if (dtype === 'F16') return Float64Array.from(words, (word) => HALVES[word]!);
  return Float64Array.from(new Float32Array(Uint32Array.from(words, (word) => word * 65536).buffer));
}

/** A whole safetensors file as an observation: two-dimensional block tensors and the token embedding. */
export function observeFile(file: string): Observation {
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, HeaderTensor>;
  const tensors: TensorObservation[] = [];
  let embedding: EmbeddingObservation | null = null;
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    const [rows, columns, ...more] = shape ?? [];
    if (name === '__metadata__' || rows === undefined || columns === undefined || more.length > 0) continue;
    const rounding = ROUNDING[dtype as TestDtype];
    const [begin, end] = data_offsets;
    const read = (): Float64Array =>
      decode(bytes.subarray(8 + headerBytes + begin, 8 + headerBytes + end), dtype as TestDtype);
    if (name.includes('encoder.layer.'))
      tensors.push(observeMatrix({ name, rows, columns, values: read(), rounding }));
    if (name === 'embeddings.word_embeddings.weight')
      embedding = observeEmbedding(rows, columns, read(), rounding);
  }
  const architecture = tensors.map((t) => `${t.name}:${t.rows}x${t.columns}`).join(' ');
  return { architecture, contentHash: file, tensors, embedding, dtype: 'F16' };
}

/** A small generator with a seed (mulberry32), so that every failure can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers. */
export function normal(draw: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Weights as a list of equally shaped matrices, built by the functions below. */
export interface TestWeights {
  readonly rows: number;
  readonly columns: number;
  readonly matrices: readonly Float64Array[];
}

export const SHAPE = { matrices: 4, rows: 32, columns: 64 };

/** Fresh weights: independent normal numbers. */
export function initialise(seed: number, shape = SHAPE): TestWeights {
  const next = normal(random(seed));
  const matrices = Array.from({ length: shape.matrices }, () =>
    Float64Array.from({ length: shape.rows * shape.columns }, () => 0.05 * next()),
  );
  return { rows: shape.rows, columns: shape.columns, matrices };
}

/**
 * A training: every row moves by a random direction of its own size, after all weights have shrunk by the decay.
 * `size` is the root mean square of the update relative to that of the weights.
 */
export function train(parent: TestWeights, seed: number, size: number, decay = 0): TestWeights {
  const draw = random(seed);
  const next = normal(draw);
  const matrices = parent.matrices.map((matrix) => {
    const rowSizes = Array.from({ length: parent.rows }, () => 0.05 * size * (0.3 + 1.4 * draw()));
    return matrix.map((v, i) => (1 - decay) * v + rowSizes[Math.floor(i / parent.columns)]! * next());
  });
  return { ...parent, matrices };
}

export function mapWeights(
  weights: TestWeights,
  change: (value: number, index: number) => number,
): TestWeights {
  return { ...weights, matrices: weights.matrices.map((matrix) => matrix.map((v, i) => change(v, i))) };
}

/** Weights as an observation of the whole model; the types of its layers alternate. */
export function observe(weights: TestWeights, hash: string, rounding = 2 ** -24): Observation {
  const layers = ['attention.query', 'attention.key', 'attention.value', 'intermediate.dense'];
  const tensors = weights.matrices.map((values, i) => {
    const name = `layer.${Math.floor(i / layers.length)}.${layers[i % layers.length]}.weight`;
    return observeMatrix({ name, rows: weights.rows, columns: weights.columns, values, rounding });
  });
  const architecture = `test ${tensors.length}x${weights.rows}x${weights.columns}`;
  return { architecture, contentHash: hash, tensors, embedding: null, dtype: 'F32' };
}

/** The first columns of every row only, as a sketch has them; norms stay those of whole rows. */
export function sampleColumns(observation: Observation, columns: number): Observation {
  const tensors = observation.tensors.map((tensor) => ({
    ...tensor,
    columns,
    complete: false,
    values: tensor.values.filter((_: number, i: number) => i % tensor.columns < columns),
  }));
  return { ...observation, tensors };
}

/** The seed of property tests; the environment can override it to repeat a failure. */
export const SEED = Number(process.env.SEED ?? 20240607);
