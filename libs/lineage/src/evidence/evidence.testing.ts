import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Observation, observeEmbedding, observeMatrix } from './observation';

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

interface FileMatrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly rounding: number;
  readonly values: () => Float64Array;
}

/** The two-dimensional tensors of a safetensors file, in its order. */
function matricesOf(file: string): FileMatrix[] {
  const bytes = readFileSync(file);
  const data = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, data)) as Record<string, HeaderTensor>;
  return Object.entries(header).flatMap(([name, { dtype, shape, data_offsets }]) => {
    const [rows, columns, ...more] = shape ?? [];
    if (name === '__metadata__' || rows === undefined || columns === undefined || more.length > 0) return [];
    const [begin, end] = data_offsets;
    const rounding = ROUNDING[dtype as TestDtype];
    const values = (): Float64Array => decode(bytes.subarray(data + begin, data + end), dtype as TestDtype);
    return [{ name, rows, columns, rounding, values }];
  });
}

const isBackbone = ({ name }: FileMatrix): boolean => name.includes('encoder.layer.');
const isEmbedding = ({ name }: FileMatrix): boolean => name === 'embeddings.word_embeddings.weight';

/** A whole safetensors file as an observation: two-dimensional block tensors and the token embedding. */
export function observeFile(file: string): Observation {
  const matrices = matricesOf(file);
  const tensors = matrices.filter(isBackbone).map((m) => observeMatrix({ ...m, values: m.values() }));
  const found = matrices.find(isEmbedding);
  const embedding =
    found === undefined ? null : observeEmbedding(found.rows, found.columns, found.values(), found.rounding);
  const architecture = tensors.map((t) => `${t.name}:${t.rows}x${t.columns}`).join(' ');
  return { architecture, contentHash: file, tensors, embedding, dtype: 'F16' };
}

/** Which numbers of a model are looked at. */
export interface TestPlan {
  readonly tensors: Readonly<Record<string, { rowBegin: number; rows: number; columns: readonly number[] }>>;
  readonly embedding?: { readonly rows: readonly number[]; readonly columns: readonly number[] };
}

function sampleMatrix(
  { columns: width, values }: FileMatrix,
  rows: readonly number[],
  columns: readonly number[],
): { readonly values: Float64Array; readonly rowMeanSquares: Float32Array; readonly restSquares: number } {
  const all = values();
  const squares = (row: number): number =>
    all.subarray(row * width, (row + 1) * width).reduce((sum, v) => sum + v * v, 0);
  const rowMeanSquares = Float32Array.from(rows, (row) => squares(row) / width);
  const given = rowMeanSquares.reduce((sum, mean) => sum + mean, 0) * width;
  return {
    values: Float64Array.from(rows.flatMap((row) => columns.map((column) => all[row * width + column]!))),
    rowMeanSquares,
    restSquares: all.reduce((sum, v) => sum + v * v, 0) - given,
  };
}

/** A safetensors file as a sketch of these coordinates would have it. */
export function observeSampled(file: string, plan: TestPlan): Observation {
  const matrices = matricesOf(file);
  const tensors = matrices.filter(isBackbone).map((m) => {
    const { rowBegin, rows, columns } = plan.tensors[m.name]!;
    const sample = sampleMatrix(
      m,
      Array.from({ length: rows }, (_, i) => rowBegin + i),
      columns,
    );
    const { name, rounding, columns: width } = m;
    const shape = { name, rounding, width, count: m.rows * width, rows, columns: columns.length };
    return { ...shape, ...sample, complete: false, restCount: (m.rows - rows) * width };
  });
  tensors.sort((p, q) => (p.name < q.name ? -1 : 1));
  const found = matrices.find(isEmbedding);
  const embedding =
    found === undefined || plan.embedding === undefined
      ? null
      : {
          ...sampleMatrix(found, plan.embedding.rows, plan.embedding.columns),
          vocabulary: found.rows,
          width: found.columns,
          rounding: found.rounding,
          rowIds: Uint32Array.from(plan.embedding.rows),
          columns: plan.embedding.columns.length,
        };
  const architecture = tensors.map((t) => `${t.name}:${t.count}`).join(' ');
  return { architecture, contentHash: file, tensors, embedding, dtype: 'F16' };
}

// Looked up once: where globals live in a sandbox, as in jest, every look-up costs more than the arithmetic.
const { cos, imul, log, PI, sqrt } = Math;

/** A small generator with a seed (mulberry32), so that every failure can be repeated. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers. */
export function normal(draw: () => number): () => number {
  return () => sqrt(-2 * log(1 - draw())) * cos(2 * PI * draw());
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
