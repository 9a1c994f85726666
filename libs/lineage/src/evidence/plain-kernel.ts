// Typed arrays are read with `!` here: every index is bounded by a tensor's place.
import { rowVariance, type RowCollector } from './growth-rows';
import { naturalLog } from './natural-log';
import type { Numbers } from './observation';
import type { PairKernel, Scatter, Step, StillRows } from './pair-kernel';
import type { SampleColumns, SampleTable, TensorPlace } from './sample-table';
import { NOTHING, plainSums, rowLog, type Sums } from './table-sums';
import { type OwnMarks, ownMarks } from './tensor-facts';
import { sineSquare, turnOf } from './turn';

/** The kernel in plain TypeScript: for numbers of 64 bits and whole weights of large models, and the test oracle. */
export class PlainKernel implements PairKernel {
  sums({ values, places }: SampleColumns): Sums {
    return plainSums(values, places);
  }

  marks({ tensors }: SampleTable): OwnMarks {
    return ownMarks(tensors);
  }

  tensorProducts(p: SampleTable, q: SampleTable): readonly number[] {
    return p.places.map((place) => {
      const products = rowProducts(p, q, place);
      return sumOverRows(place.rows, (row) => products[row]!);
    });
  }

  logDeterminant(p: SampleTable, q: SampleTable, place: TensorPlace, step: Step): number {
    const toQ = stepByColumns(p.values, q.values, step.factorP, place, step);
    const toP = stepByColumns(q.values, p.values, step.factorQ, place, step);
    return Math.min(
      logDeterminant(secondMoments(toQ, place.rows, step), step),
      logDeterminant(secondMoments(toP, place.rows, step), step),
    );
  }

  collectRows(
    p: SampleTable,
    q: SampleTable,
    place: TensorPlace,
    { noise, rounding }: Scatter,
    collector: RowCollector,
  ): void {
    const products = rowProducts(p, q, place);
    const [squaresP, squaresQ] = [rowProducts(p, p, place), rowProducts(q, q, place)];
    products.forEach((product, row) => {
      if (!isWhole(p, place.rowBegin + row)) return;
      const turn = turnOf(sineSquare(squaresP[row]!, squaresQ[row]!, product));
      const growth = growthAt(p, q, place.rowBegin + row);
      collector.add(turn, growth, rowVariance(turn, place.width, noise, rounding));
    });
  }

  splitRows(
    p: SampleTable,
    q: SampleTable,
    residualMax: number,
    { noise, rounding }: Scatter,
    collector: RowCollector,
  ): StillRows {
    const place = p.places[0]!;
    const products = rowProducts(p, q, place);
    const [squaresP, squaresQ] = [rowProducts(p, p, place), rowProducts(q, q, place)];
    const still = new Float64Array(place.rows);
    let stills = 0;
    let compared = 0;
    products.forEach((product, row) => {
      const [ofP, ofQ] = [squaresP[row]!, squaresQ[row]!];
      const residual = residualOf(p, q, row, ofP, ofQ, product);
      if (residual - residual !== 0) return;
      compared++;
      const growth = growthAt(p, q, row);
      if (residual < residualMax) still[stills++] = growth;
      else {
        const turn = turnOf(sineSquare(ofP, ofQ, product));
        collector.add(turn, growth, rowVariance(turn, place.width, noise, rounding));
      }
    });
    return { growth: still.subarray(0, stills), compared };
  }
}

const isWhole = ({ wholeRows }: SampleTable, row: number): boolean =>
  wholeRows === null || wholeRows[row] === 1;

const growthAt = (p: SampleTable, q: SampleTable, row: number): number =>
  rowLog(q.rowMeanSquares[row]!) - rowLog(p.rowMeanSquares[row]!);

/** Mean square of what remains of two rows, each scaled half of the way to the other's norm, over the mean of their mean squares. */
function residualOf(
  p: SampleTable,
  q: SampleTable,
  row: number,
  squaresP: number,
  squaresQ: number,
  product: number,
): number {
  const rootP = Math.sqrt(p.rowMeanSquares[row]! + NOTHING);
  const rootQ = Math.sqrt(q.rowMeanSquares[row]! + NOTHING);
  const scaledP = (rootQ / rootP) * squaresP;
  const scaledQ = (rootP / rootQ) * squaresQ;
  const means = rootP * rootP + rootQ * rootQ;
  return (scaledP + scaledQ - (product + product)) / ((p.places[0]!.columns / 2) * means);
}

/** The order of all sums over rows: that over the even ones plus that over the odd ones. */
export function sumOverRows(rows: number, termOf: (row: number) => number): number {
  let even = 0;
  let odd = 0;
  for (let row = 0; row < rows; row += 2) even += termOf(row);
  for (let row = 1; row < rows; row += 2) odd += termOf(row);
  return even + odd;
}

function rowProducts(p: SampleTable, q: SampleTable, { begin, rows, columns }: TensorPlace): Float64Array {
  const products = new Float64Array(rows);
  for (let row = 0, i = begin; row < rows; row++) {
    let sum = 0;
    for (const end = i + columns; i < end; i++) sum += p.values[i]! * q.values[i]!;
    products[row] = sum;
  }
  return products;
}

function stepByColumns(
  base: Numbers,
  target: Numbers,
  factor: number,
  { begin, rows, columns: stride }: TensorPlace,
  { columns, perUnit }: Step,
): Float64Array {
  const step = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0, at = begin + row * stride; column < columns; column++, at++)
      step[column * rows + row] = (target[at]! - factor * base[at]!) * perUnit;
  }
  return step;
}

/** Lower triangle of z'z / rows + floor·1. */
function secondMoments(step: Float64Array, rows: number, { columns, floor }: Step): Float64Array {
  const moments = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) {
    for (let k = 0; k <= i; k++) {
      let sum = 0;
      for (let p = i * rows, q = k * rows, end = p + rows; p < end; p++, q++) sum += step[p]! * step[q]!;
      moments[i * columns + k] = sum / rows + (i === k ? floor : 0);
    }
  }
  return moments;
}

/** Mean over columns, by Cholesky's decomposition in place. No pivot can be under the floor but by rounding. */
function logDeterminant(matrix: Float64Array, { columns, floor }: Step): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) {
    for (let k = 0; k <= i; k++) {
      let rest = matrix[i * columns + k]!;
      for (let j = 0; j < k; j++) rest -= matrix[i * columns + j]! * matrix[k * columns + j]!;
      if (k < i) matrix[i * columns + k] = rest / matrix[k * columns + k]!;
      else {
        const pivot = Math.max(floor, rest);
        matrix[i * columns + i] = Math.sqrt(pivot);
        sum += naturalLog(pivot);
      }
    }
  }
  return sum / columns;
}
