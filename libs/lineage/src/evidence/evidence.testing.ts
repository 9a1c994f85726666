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

function decode(bytes: Buffer, dtype: TestDtype): Float64Array {
  const size = dtype === 'F32' ? 4 : 2;
  return Float64Array.from({ length: bytes.length / size }, (_, i) => {
    if (dtype === 'F32') return bytes.readFloatLE(4 * i);
    if (dtype === 'F16') return halfToDouble(bytes.readUInt16LE(2 * i));
    const word = Buffer.alloc(4);
    bytes.copy(word, 2, 2 * i, 2 * i + 2);
    return word.readFloatLE(0);
  });
}

/** A whole safetensors file as an observation: two-dimensional block tensors and the token embedding. */
export function observeFile(file: string): Observation {
  const bytes = readFileSync(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, HeaderTensor>;
  const tensors: TensorObservation[] = [];
  let embedding: EmbeddingObservation | null = null;
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header).sort()) {
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
