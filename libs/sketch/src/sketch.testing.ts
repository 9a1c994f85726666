import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mix, seedOf } from './seed';
import type { SampledWeights, Sketch, Slab } from './sketch';
import type { SampleDtype } from './sample-dtype';

/** Builders of synthetic weights for tests. */
export interface TestMatrix {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly dtype?: SampleDtype;
  readonly rowBegin?: number;
  readonly rowEnd?: number;
  /** Numbers of the rows read, row-major; by default Gaussian ones that depend on the name and `seed`. */
  readonly numbers?: ArrayLike<number>;
}

// Looking these up once makes loops several times faster where globals live in a sandbox, as in jest.
const { cos, floor, log, log2, max, PI, round, sqrt } = Math;

export function gaussian(seed: number, count: number, deviation = 1): Float64Array {
  const uniform = (position: number) => (mix(seed, position) + 0.5) / 2 ** 32;
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++)
    values[i] = deviation * sqrt(-2 * log(uniform(2 * i))) * cos(2 * PI * uniform(2 * i + 1));
  return values;
}

/** The numbers in a type, little-endian, rounded to nearest. */
export function encoded(numbers: ArrayLike<number>, dtype: SampleDtype): Uint8Array {
  if (dtype === 'F64') return new Uint8Array(Float64Array.from(numbers).buffer);
  const floats = Float32Array.from(numbers);
  if (dtype === 'F32') return new Uint8Array(floats.buffer);
  if (dtype === 'BF16')
    return new Uint8Array(Uint16Array.from(new Uint32Array(floats.buffer), nearestBf16).buffer);
  if (dtype === 'F16')
    return new Uint8Array(Uint16Array.from(floats, (value) => nearest(value, 5, 10)).buffer);
  return Uint8Array.from(floats, (value) =>
    dtype === 'F8_E5M2' ? nearest(value, 5, 2) : nearest(value, 4, 3),
  );
}

function nearestBf16(pattern: number): number {
  const isFinite = (pattern & 0x7f800000) !== 0x7f800000;
  return (isFinite ? pattern + 0x7fff + ((pattern >>> 16) & 1) : pattern) >>> 16;
}

/** Nearest pattern of a small float, by arithmetic. */
function nearest(value: number, exponentBits: number, mantissaBits: number): number {
  const sign = (value < 0 || Object.is(value, -0) ? 1 : 0) << (exponentBits + mantissaBits);
  const top = (1 << exponentBits) - 1;
  if (value !== value) return exponentBits === 4 ? 0x7f : (top << mantissaBits) | 1;
  if (value === Infinity || value === -Infinity) return sign | (top << mantissaBits);
  const magnitude = value < 0 ? -value : value;
  const least = 2 - 2 ** (exponentBits - 1);
  const exponent = magnitude === 0 ? least : max(least, floor(log2(magnitude)));
  const mantissa = round(magnitude / 2 ** (exponent - mantissaBits));
  return sign | (((exponent - least) << mantissaBits) + mantissa);
}

export function slabOf(
  { name, rows, width, dtype = 'F32', rowBegin = 0, rowEnd = rows, numbers }: TestMatrix,
  seed = 1,
): Slab {
  const count = (rowEnd - rowBegin) * width;
  const drawn = numbers ?? gaussian(seedOf('test', name, seed), count, 0.02);
  const bytes = encoded(drawn, dtype);
  return { name, dtype, rows, width, rowBegin, rowEnd, bytes, values: () => Float64Array.from(drawn) };
}

export function weightsOf(
  matrices: readonly TestMatrix[],
  seed = 1,
  rest: Partial<SampledWeights> = {},
): SampledWeights {
  return {
    architecture: createHash('sha256')
      .update(JSON.stringify(matrices.map(({ name, rows, width }) => [name, rows, width])))
      .digest('hex'),
    kind: 'model',
    parameterCount: matrices.reduce((sum, { rows, width }) => sum + rows * width, 0),
    contentHash: createHash('sha256').update(`content ${seed}`).digest('hex'),
    fileHashes: [],
    slabs: matrices.map((matrix) => slabOf(matrix, seed)),
    embedding: null,
    ...rest,
  };
}

export function embeddingOf(
  vocabulary: number,
  width: number,
  runs: readonly { rowBegin: number; rowEnd: number }[],
  dtype: SampleDtype = 'F32',
) {
  const numbers = runs.flatMap(({ rowBegin, rowEnd }) =>
    Array.from(gaussian(3, (rowEnd - rowBegin) * width, 0.05)),
  );
  return {
    dtype,
    vocabulary,
    width,
    runs,
    bytes: encoded(numbers, dtype),
    values: () => Float64Array.from(numbers),
  };
}

/** A transformer's matrices with the shapes of the zoo: 24 of them. */
export function zooShapes(dtype: SampleDtype = 'F32'): TestMatrix[] {
  return [0, 1, 2, 3].flatMap((layer) => [
    ...['query', 'key', 'value', 'out'].map((part) => ({
      name: `layer.${layer}.attention.${part}.weight`,
      rows: 48,
      width: 48,
      dtype,
    })),
    { name: `layer.${layer}.intermediate.weight`, rows: 192, width: 48, dtype },
    { name: `layer.${layer}.output.weight`, rows: 48, width: 192, dtype },
  ]);
}

/** Small weights with everything that a sketch can hold: what the golden files are made of. */
export function goldenWeights(): SampledWeights {
  const special = [0, -0, NaN, Infinity, -Infinity, 1, -2, 0.5];
  return weightsOf(
    [
      { name: 'layers.0.attn.q.weight', rows: 6, width: 8, dtype: 'F16' },
      { name: 'layers.0.mlp.weight', rows: 40, width: 4, dtype: 'BF16', rowBegin: 2, rowEnd: 38 },
      { name: 'layers.0.odd.weight', rows: 1, width: 8, dtype: 'F32', numbers: special },
      { name: `layers.0.${'long.'.repeat(20)}weight`, rows: 2, width: 3, dtype: 'F8_E4M3' },
    ],
    7,
    {
      fileHashes: ['11'.repeat(32), 'fe'.repeat(32)],
      embedding: embeddingOf(
        500,
        12,
        [
          { rowBegin: 0, rowEnd: 3 },
          { rowBegin: 200, rowEnd: 202 },
          { rowBegin: 499, rowEnd: 500 },
        ],
        'BF16',
      ),
    },
  );
}

/** A sketch as JSON that a person, or another program, can compare with: arrays of numbers, samples in hex. */
export function readable(sketch: Sketch): unknown {
  return JSON.parse(
    JSON.stringify(sketch, (_, value: unknown) => {
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
      return value instanceof Float32Array || value instanceof Uint32Array ? Array.from(value) : value;
    }),
  );
}

const ZOO = join(__dirname, '../../zoo/models');

/** A model of the zoo as a source that the weights library reads. */
export function zooSource(path: string) {
  const bytes = new Uint8Array(readFileSync(join(ZOO, `${path}.safetensors`)));
  return {
    files: [{ path: 'model.safetensors', size: bytes.byteLength, hash: null }],
    read: async (_file: number, begin: number, end: number) => bytes.slice(begin, end),
  };
}

export function zooTruth(): Record<string, Record<string, { parent: string | null; rank: number }>> {
  return JSON.parse(readFileSync(join(ZOO, 'truth.json'), 'utf8')) as ReturnType<typeof zooTruth>;
}
