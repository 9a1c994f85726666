// Typed arrays are read with `!` here: every index is bounded by a tensor's place.
import { naturalLog } from './natural-log';
import { roundTo } from './number-format';
import type { Numbers, Observation, TensorObservation } from './observation';

/** Where a tensor's numbers and rows begin in a table. */
export interface TensorPlace {
  readonly name: string;
  /** Parameters of the whole tensor. */
  readonly count: number;
  /** Length of a whole row, of which `columns` numbers are given. */
  readonly width: number;
  readonly rows: number;
  readonly columns: number;
  readonly complete: boolean;
  readonly begin: number;
  readonly rowBegin: number;
}

/**
 * All samples of a model in one place, with what they tell by themselves: a model is compared with many, and most of a
 * comparison is sums that know only one of both. Two models are compared through tables of equal places.
 */
export interface SampleTable {
  readonly tensors: readonly TensorObservation[];
  readonly places: readonly TensorPlace[];
  /** Rows of all tensors, and of the one with most. */
  readonly rows: number;
  readonly rowsMost: number;
  /** Tensor after tensor, row by row; in 32 bits where that holds every number exactly. */
  readonly values: Numbers;
  readonly isFinite: boolean;
  /** By tensor: unit roundoff, how many numbers are finite, their sum, and their squares row by row. */
  readonly roundings: Float64Array;
  readonly finite: Float64Array;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
  /** By tensor: how many numbers were read in other rows than the given ones, and their squares; 0 where that is not known. */
  readonly restCounts: Float64Array;
  readonly restSquares: Float64Array;
  /** By row: the mean square over the whole row. */
  readonly rowMeanSquares: Numbers;
  /** By row, whether all numbers were finite before {@link finiteInBoth}; null where they all were. */
  readonly wholeRows: Uint8Array | null;
}

/** Keeps logarithms and ratios of zero rows finite; far below any square that a float16 can hold. */
export const NOTHING = 1e-30;

/** ln of the mean square over a whole row. */
export function rowLog(meanSquare: number): number {
  return meanSquare >= 0 && meanSquare < Infinity ? naturalLog(meanSquare + NOTHING) : NaN;
}

/** Memo of a pure function: observations are never changed. */
const known = new WeakMap<readonly TensorObservation[], SampleTable>();

export function tableOf({ tensors }: Observation): SampleTable {
  const before = known.get(tensors);
  if (before !== undefined) return before;
  const table = tableOfTensors(tensors);
  known.set(tensors, table);
  return table;
}

export function tableOfTensors(tensors: readonly TensorObservation[]): SampleTable {
  const { places, rows, rowsMost, length } = layoutOf(tensors);
  const values = narrowed(
    joined(
      tensors.map((tensor) => tensor.values),
      length,
    ),
  );
  return {
    tensors,
    places,
    rows,
    rowsMost,
    values,
    roundings: Float64Array.from(tensors, ({ rounding }) => rounding),
    ...sumsOf(values, places),
    restCounts: Float64Array.from(tensors, ({ restCount = 0 }) => restCount),
    restSquares: Float64Array.from(tensors, ({ restSquares = 0 }) => restSquares),
    rowMeanSquares: joined(
      tensors.map(({ rowMeanSquares }) => rowMeanSquares),
      rows,
    ),
    wholeRows: null,
  };
}

interface Layout {
  readonly places: readonly TensorPlace[];
  readonly rows: number;
  readonly rowsMost: number;
  /** Numbers of all tensors. */
  readonly length: number;
}

/** The layouts used last, the latest first: models of one architecture share theirs, so that pairs know it at a glance. */
const recent: Layout[] = [];
const RECENT_MAX = 32;

function layoutOf(tensors: readonly TensorObservation[]): Layout {
  const at = recent.findIndex(({ places }) => areOfPlaces(tensors, places));
  const [layout = makeLayout(tensors)] = at === -1 ? [] : recent.splice(at, 1);
  recent.unshift(layout);
  if (recent.length > RECENT_MAX) recent.pop();
  return layout;
}

function makeLayout(tensors: readonly TensorObservation[]): Layout {
  const places: TensorPlace[] = [];
  let [begin, rowBegin, rowsMost] = [0, 0, 0];
  for (const { name, count, width, rows, columns, complete } of tensors) {
    places.push({ name, count, width, rows, columns, complete, begin, rowBegin });
    begin += rows * columns;
    rowBegin += rows;
    rowsMost = Math.max(rowsMost, rows);
  }
  return { places, rows: rowBegin, rowsMost, length: begin };
}

function areOfPlaces(tensors: readonly TensorObservation[], places: readonly TensorPlace[]): boolean {
  if (tensors.length !== places.length) return false;
  return places.every((place, t) => isOfPlace(tensors[t]!, place) && tensors[t]!.count === place.count);
}

/** Whether a tensor was read at the coordinates of another. */
export function isOfPlace(x: TensorPlace | TensorObservation, y: TensorPlace | TensorObservation): boolean {
  const isSameShape = x.rows === y.rows && x.columns === y.columns && x.width === y.width;
  return isSameShape && x.complete === y.complete && x.name === y.name;
}

/** All numbers of some lists, without a copy where they follow each other in memory already. */
function joined(lists: readonly Numbers[], length: number): Numbers {
  const [first] = lists;
  if (first === undefined) return new Float32Array(0);
  let end = first.byteOffset;
  const follow = lists.every((list) => {
    const follows = list.buffer === first.buffer && list.byteOffset === end && list instanceof Float32Array;
    end += list.byteLength;
    return follows;
  });
  if (follow) return new Float32Array(first.buffer, first.byteOffset, length);
  const areNarrow = lists.every((list) => list instanceof Float32Array);
  const all = areNarrow ? new Float32Array(length) : new Float64Array(length);
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}

/** The same numbers in 32 bits, if that loses nothing. */
function narrowed(values: Numbers): Numbers {
  if (values instanceof Float32Array) return values;
  const narrow = new Float32Array(values);
  for (let i = 0; i < values.length; i++) if (!Object.is(narrow[i], values[i])) return values;
  return narrow;
}

type Sums = Pick<SampleTable, 'isFinite' | 'finite' | 'sums' | 'squares'>;

function sumsOf(values: Numbers, places: readonly TensorPlace[]): Sums {
  const finite = new Float64Array(places.length);
  const sums = new Float64Array(places.length);
  const squares = new Float64Array(places.length);
  let isFinite = true;
  places.forEach(({ begin, rows, columns }, t) => {
    let sum = 0;
    let missing = 0;
    // Even rows and odd ones apart: the order of all sums over rows.
    let squaresOfEven = 0;
    let squaresOfOdd = 0;
    for (let row = 0, i = begin; row < rows; row++) {
      let square = 0;
      for (const end = i + columns; i < end; i++) {
        const value = values[i]!;
        square += value * value;
        // x - x is zero for finite numbers alone.
        if (value - value === 0) sum += value;
        else missing++;
      }
      if (row % 2 === 0) squaresOfEven += square;
      else squaresOfOdd += square;
    }
    squares[t] = squaresOfEven + squaresOfOdd;
    finite[t] = rows * columns - missing;
    sums[t] = sum;
    isFinite &&= missing === 0;
  });
  return { isFinite, finite, sums, squares };
}

/** A table without the numbers that are not finite in both of two: zeros are in their place, which no sum notices. */
export function finiteInBoth(table: SampleTable, other: SampleTable): SampleTable {
  const { places } = table;
  const values = table.values.slice();
  const missing = new Float64Array(places.length);
  const wholeRows = new Uint8Array(table.rows).fill(1);
  places.forEach(({ begin, rowBegin, rows, columns }, t) => {
    for (let i = begin; i < begin + rows * columns; i++) {
      const difference = values[i]! - other.values[i]!;
      if (difference - difference === 0) continue;
      values[i] = 0;
      missing[t]!++;
      wholeRows[rowBegin + Math.floor((i - begin) / columns)] = 0;
    }
  });
  const sums = sumsOf(values, places);
  const finite = sums.finite.map((count, t) => count - missing[t]!);
  return { ...table, ...sums, values, finite, wholeRows };
}

interface Coarser {
  readonly roundings: Float64Array;
  readonly table: SampleTable;
}

/** The last one made of a table: a wide base is compared with many narrow children. */
const coarser = new WeakMap<SampleTable, Coarser>();

/** A table in the coarser of its own and the given formats, tensor by tensor. */
export function coarsened(table: SampleTable, roundings: Float64Array): SampleTable {
  if (roundings.every((rounding, t) => rounding <= table.roundings[t]!)) return table;
  const before = coarser.get(table);
  if (before !== undefined && areEqual(before.roundings, roundings)) return before.table;
  const values = new Float64Array(table.values);
  table.places.forEach(({ begin, rows, columns }, t) => {
    if (roundings[t]! <= table.roundings[t]!) return;
    const round = roundTo(roundings[t]!);
    for (let i = begin; i < begin + rows * columns; i++) values[i] = round(values[i]!);
  });
  const narrow = narrowed(values);
  const made = {
    ...table,
    tensors: table.tensors.map((tensor, t) => {
      const { begin, rows, columns } = table.places[t]!;
      return roundings[t]! <= table.roundings[t]!
        ? tensor
        : { ...tensor, values: narrow.subarray(begin, begin + rows * columns) };
    }),
    values: narrow,
    roundings: table.roundings.map((rounding, t) => Math.max(rounding, roundings[t]!)),
    ...sumsOf(values, table.places),
  };
  coarser.set(table, { roundings, table: made });
  return made;
}

export function areEqual(p: Float64Array, q: Float64Array): boolean {
  return p.length === q.length && p.every((value, i) => value === q[i]);
}
