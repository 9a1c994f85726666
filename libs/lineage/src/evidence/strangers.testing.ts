// Typed arrays are read with `!` here: every index is bounded by rows × columns.
import { normal, random } from './evidence.testing';
import type { Observation, TensorObservation } from './observation';

/**
 * What a synthetic stranger has from a real root. `moments`: every sampled row holds numbers of that row of the root, shuffled,
 * so that all moments, the row's norm and its zeros are real. `spectrum`: the root between two random orthogonal factors, its
 * rows then scaled to their real norms.
 */
export type Drawing = 'moments' | 'spectrum';

// Looked up once: in jest's sandbox a look-up of a global costs more than the arithmetic.
const { floor, max, min, sqrt } = Math;

const ROWS_MAX = 64;
const COORDINATES = 16_384;

/** A model that nobody trained, as its sketch would be, from a root seen whole. The same rows are sampled in all of them. */
export function drawStranger(root: Observation, drawing: Drawing, seed: number): Observation {
  const draw = random(seed);
  const tensors = root.tensors.map((tensor) => {
    const columns = floor(COORDINATES / root.tensors.length / min(ROWS_MAX, tensor.rows));
    const shape = { rows: min(ROWS_MAX, tensor.rows), columns: min(tensor.columns, columns) };
    const values = drawing === 'moments' ? shuffled(tensor, shape, draw) : rotated(tensor, shape, draw);
    const rowMeanSquares = Float32Array.from(
      { length: shape.rows },
      (_, i) => tensor.rowMeanSquares[rowOf(i, tensor, shape)]!,
    );
    const { name, count, width, rounding } = tensor;
    return { name, count, width, rounding, ...shape, values, rowMeanSquares, complete: false };
  });
  const { architecture, dtype } = root;
  return { architecture, contentHash: `${drawing} ${seed}`, tensors, embedding: null, dtype };
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** Row of the whole matrix that is the `i`-th sampled one. */
const rowOf = (i: number, { rows }: TensorObservation, shape: Shape): number =>
  floor((i * rows) / shape.rows);

function shuffled(tensor: TensorObservation, { rows, columns }: Shape, draw: () => number): Float32Array {
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const begin = rowOf(i, tensor, { rows, columns }) * tensor.columns;
    const row = tensor.values.slice(begin, begin + tensor.columns);
    for (let k = 0; k < columns; k++) {
      const from = k + floor(draw() * (row.length - k));
      values[i * columns + k] = row[from]!;
      row[from] = row[k]!;
    }
  }
  return values;
}

/** (1 − 2uuᵀ) D W P (1 − 2vvᵀ) at the sampled places: signs D of rows, a signed permutation P of columns, two reflections. */
function rotated(tensor: TensorObservation, shape: Shape, draw: () => number): Float32Array {
  const { rows, columns, values } = tensor;
  const [u, v] = [unitVector(rows, draw), unitVector(columns, draw)];
  const [rowSigns, columnSigns] = [signs(rows, draw), signs(columns, draw)];
  const order = permutation(columns, draw);
  const at = (row: number, column: number): number =>
    rowSigns[row]! * columnSigns[column]! * values[row * columns + order[column]!]!;
  const left = new Float64Array(columns); // uᵀY for Y = D W P
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) left[column]! += u[row]! * at(row, column);
  }
  const product = (p: (column: number) => number, q: (column: number) => number): number => {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += p(column) * q(column);
    return sum;
  };
  const both = product(
    (c) => left[c]!,
    (c) => v[c]!,
  );
  const leftSquares = product(
    (c) => left[c]!,
    (c) => left[c]!,
  );
  const out = new Float32Array(shape.rows * shape.columns);
  for (let i = 0; i < shape.rows; i++) {
    const row = rowOf(i, tensor, shape);
    const squares = tensor.rowMeanSquares[row]! * columns;
    const right = product(
      (c) => at(row, c),
      (c) => v[c]!,
    );
    const onLeft = product(
      (c) => at(row, c),
      (c) => left[c]!,
    );
    const moved = squares - 4 * u[row]! * onLeft + 4 * u[row]! ** 2 * leftSquares;
    const scale = sqrt(squares / max(1e-30, moved));
    for (let k = 0; k < shape.columns; k++) {
      const reflected = at(row, k) - 2 * u[row]! * left[k]! - 2 * (right - 2 * u[row]! * both) * v[k]!;
      out[i * shape.columns + k] = scale * reflected;
    }
  }
  return out;
}

function unitVector(length: number, draw: () => number): Float64Array {
  const next = normal(draw);
  const vector = Float64Array.from({ length }, next);
  const norm = sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return vector.map((x) => x / norm);
}

const signs = (length: number, draw: () => number): Int8Array =>
  Int8Array.from({ length }, () => (draw() < 0.5 ? -1 : 1));

function permutation(length: number, draw: () => number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const k = floor(draw() * (i + 1));
    [order[i], order[k]] = [order[k]!, order[i]!];
  }
  return order;
}

/** Root mean square of the sampled numbers. */
export function sizeOf({ values }: TensorObservation): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! ** 2;
  return sqrt(squares / values.length);
}

/** Where a sampled number is. */
export interface Place {
  readonly tensor: number;
  readonly row: number;
  readonly column: number;
}

/** The same model with other numbers at the sampled places; what is known of whole rows stays as it is. */
export function mapTensors(model: Observation, change: (value: number, place: Place) => number): Observation {
  const tensors = model.tensors.map((tensor, index) => ({
    ...tensor,
    values: Float32Array.from(tensor.values, (value, i) =>
      change(value, { tensor: index, row: floor(i / tensor.columns), column: i % tensor.columns }),
    ),
  }));
  return { ...model, tensors };
}
