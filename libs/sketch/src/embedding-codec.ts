import type { ByteReader } from './byte-reader';
import type { ByteWriter } from './byte-writer';
import type { EmbeddingSketch } from './embedding-sketch';
import { defaultSketchOptions } from './format';
import { formatOf } from './sample-dtype';
import { readDtype } from './tensor-codec';

/* The token embedding of a sketch; `codec.ts` has the layout. */

const LIMITS = defaultSketchOptions;

export function writeEmbedding(out: ByteWriter, embedding: EmbeddingSketch | null): void {
  out.u8(embedding === null ? 0 : 1);
  if (embedding === null) return;
  const { dtype, vocabulary, width, rowIds, columns, rowMeanSquares, samples } = embedding;
  out.u8(formatOf(dtype).code);
  out.count(vocabulary);
  out.count(width);
  out.u16(rowIds.length);
  out.u16(columns);
  for (const [at, id] of rowIds.entries()) out.count(id - (at === 0 ? 0 : rowIds[at - 1]! + 1));
  out.f32s(rowMeanSquares);
  out.raw(samples);
}

export function readEmbedding(reader: ByteReader): EmbeddingSketch | null {
  const present = reader.u8();
  reader.check(present <= 1, () => `The mark of an embedding is ${present}, neither 0 nor 1.`);
  if (present !== 1) return null;
  const dtype = readDtype(reader);
  const vocabulary = reader.count('vocabulary', 1);
  const width = reader.count('embedding width', 1);
  const rows = reader.u16();
  const columns = reader.u16();
  reader.check(
    rows >= 1 && rows <= LIMITS.embeddingRowsMax,
    () => `There are ${rows} embedding rows; 1 to ${LIMITS.embeddingRowsMax} are kept.`,
  );
  reader.check(
    columns >= 1 && columns <= Math.min(width, LIMITS.embeddingColumns),
    () => `An embedding row has ${columns} samples.`,
  );
  let next = 0;
  const rowIds = Uint32Array.from(
    reader.repeat(rows, () => {
      const id = next + reader.count('distance of a token id');
      reader.check(
        id < Math.min(vocabulary, 2 ** 32),
        () => `Token ${id} is beyond the vocabulary of ${vocabulary}.`,
      );
      next = id + 1;
      return id;
    }),
  );
  const rowMeanSquares = reader.f32s(rows, 'mean squares of embedding rows');
  const samples = reader.raw(rows * columns * formatOf(dtype).sampleBytes);
  return { dtype, vocabulary, width, rowIds, columns, rowMeanSquares, samples };
}
