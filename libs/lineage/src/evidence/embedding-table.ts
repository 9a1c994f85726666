// Typed arrays are read with `!` here: every index comes from a list of rows that both models have.
import type { EmbeddingObservation } from './observation';
import { type SampleTable, tableOfTensors } from './sample-table';

/** Memo of a pure function: observations are never changed. */
const known = new WeakMap<EmbeddingObservation, SampleTable>();

/** The token-embedding rows of two models as tables of one tensor: those whose tokens both have, in the order of the first. */
export function embeddingTables(
  a: EmbeddingObservation,
  b: EmbeddingObservation,
): readonly [SampleTable, SampleTable] {
  const isSame =
    a.rowIds.length === b.rowIds.length && a.rowIds.every((id: number, i: number) => id === b.rowIds[i]);
  if (isSame) return [tableOfRows(a), tableOfRows(b)];
  const rowsOfB = new Map<number, number>();
  b.rowIds.forEach((id: number, row: number) => rowsOfB.set(id, row));
  const rows = [...a.rowIds.keys()].filter((row) => rowsOfB.has(a.rowIds[row]!));
  const rowsToo = rows.map((row) => rowsOfB.get(a.rowIds[row]!)!);
  return [makeTable(someRows(a, rows)), makeTable(someRows(b, rowsToo))];
}

function tableOfRows(embedding: EmbeddingObservation): SampleTable {
  const before = known.get(embedding);
  if (before !== undefined) return before;
  const table = makeTable(embedding);
  known.set(embedding, table);
  return table;
}

function makeTable(embedding: EmbeddingObservation): SampleTable {
  const { vocabulary, width, rowIds } = embedding;
  const shape = { name: 'embedding', count: vocabulary * width, rows: rowIds.length, complete: false };
  return tableOfTensors([{ ...embedding, ...shape }]);
}

function someRows(embedding: EmbeddingObservation, rows: readonly number[]): EmbeddingObservation {
  const { columns, values } = embedding;
  const some = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => some.set(values.subarray(row * columns, (row + 1) * columns), i * columns));
  return {
    ...embedding,
    rowIds: Uint32Array.from(rows, (row) => embedding.rowIds[row]!),
    values: some,
    rowMeanSquares: Float64Array.from(rows, (row) => embedding.rowMeanSquares[row]!),
  };
}
