// Typed arrays are read with `!` here: every index is bounded by a tensor's place.
import { roundTo } from './number-format';
import type { Numbers, Observation, TensorObservation } from './observation';
import { sumsOf } from './pair-kernel';
import { plainSums, type Sums } from './table-sums';

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
export interface SampleTable extends SampleColumns, Sums {}

/** A table before its sums. */
export interface SampleColumns {
  readonly tensors: readonly TensorObservation[];
  readonly places: readonly TensorPlace[];
  /** Rows of all tensors, and of the one with most. */
  readonly rows: number;
  readonly rowsMost: number;
  /** Tensor after tensor, row by row; in 32 bits where that holds every number exactly. */
  readonly values: Numbers;
  /** By tensor: unit roundoff. */
  readonly roundings: Float64Array;
  /** By tensor: how many numbers were read in other rows than the given ones, and their squares; 0 where that is not known. */
  readonly restCounts: Float64Array;
  readonly restSquares: Float64Array;
  /** By row: the mean square over the whole row. */
  readonly rowMeanSquares: Numbers;
  /** By row, whether all numbers were finite before {@link finiteInBoth}; null where they all were. */
  readonly wholeRows: Uint8Array | null;
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
  const room = new ArrayBuffer(24 * tensors.length);
  const roundings = new Float64Array(room, 0, tensors.length);
  const restCounts = new Float64Array(room, 8 * tensors.length, tensors.length);
  const restSquares = new Float64Array(room, 16 * tensors.length, tensors.length);
  for (let t = 0; t < tensors.length; t++) {
    const tensor = tensors[t]!;
    roundings[t] = tensor.rounding;
    restCounts[t] = tensor.restCount ?? 0;
    restSquares[t] = tensor.restSquares ?? 0;
  }
  const means = tensors.map(({ rowMeanSquares }) => rowMeanSquares);
  const columns: SampleColumns = {
    tensors,
    places,
    rows,
    rowsMost,
    values,
    roundings,
    restCounts,
    restSquares,
    rowMeanSquares: joined(means, rows),
    wholeRows: null,
  };
  // Into the same object: the kernel that takes it in knows it again.
  return Object.assign(columns, sumsOf(columns));
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
  const sums = plainSums(values, places);
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
    ...plainSums(values, table.places),
  };
  coarser.set(table, { roundings, table: made });
  return made;
}

export function areEqual(p: Float64Array, q: Float64Array): boolean {
  return p.length === q.length && p.every((value, i) => value === q[i]);
}
