import { observeMatrix, type TensorObservation } from './observation';
import { coarsened, finiteInBoth, type SampleTable, tableOfTensors } from './sample-table';
import { rowLog } from './table-sums';

const [F32, BF16] = [2 ** -24, 2 ** -8];

const tensor = (values: Float32Array | Float64Array, name = 't', rounding = F32): TensorObservation =>
  observeMatrix({ name, rows: 2, columns: values.length / 2, values, rounding });

const table = (...values: number[]): SampleTable => tableOfTensors([tensor(Float64Array.from(values))]);

describe('a table of samples', () => {
  it('takes numbers that follow each other in memory as they are', () => {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const tensors = [tensor(values.subarray(0, 2), 'a'), tensor(values.subarray(2), 'b')];
    expect(tableOfTensors(tensors).values.buffer).toBe(values.buffer);
    const [b, a] = [tensors[1]!, tensors[0]!];
    expect([...tableOfTensors([b, a]).values]).toEqual([3, 4, 5, 6, 1, 2]);
  });

  it('keeps numbers in 32 bits where nothing is lost', () => {
    expect(table(0.5, -0, NaN, 3).values).toBeInstanceOf(Float32Array);
    expect(table(0.5, 0.1, 1, 3).values).toBeInstanceOf(Float64Array);
  });

  it('sums its rows and tensors', () => {
    const found = table(1, 2, 3, 4);
    expect(found).toMatchObject({ isFinite: true, rows: 2, rowsMost: 2 });
    expect([found.sums[0], found.squares[0], found.finite[0]]).toEqual([10, 30, 4]);
    expect([...found.rowMeanSquares]).toEqual([2.5, 12.5]);
    expect(rowLog(12.5)).toBeCloseTo(Math.log(12.5), 12);
    expect([rowLog(NaN), rowLog(-1), rowLog(Infinity)]).toEqual([NaN, NaN, NaN]);
  });

  it('leaves out what is not finite in both, and knows the rows that miss a number', () => {
    const [p, q] = [table(1, NaN, 3, 4), table(1, 2, Infinity, 4)];
    const [inP, inQ] = [finiteInBoth(p, q), finiteInBoth(q, p)];
    expect([...inP.values]).toEqual([1, 0, 0, 4]);
    expect([...inQ.values]).toEqual([1, 0, 0, 4]);
    expect([inP.finite[0], inP.sums[0], inP.squares[0]]).toEqual([2, 5, 17]);
    expect([p.wholeRows, inP.wholeRows, inQ.wholeRows]).toEqual([
      null,
      Uint8Array.of(0, 0),
      Uint8Array.of(0, 0),
    ]);
    const [r, s] = [table(1, 2, 3, NaN), table(5, 6, 7, 8)];
    expect(finiteInBoth(s, r).wholeRows).toEqual(Uint8Array.of(1, 0));
  });

  it('is coarsened once for all that are as coarse', () => {
    const fine = table(0.1, 0.2, -0.3, 0.4);
    const coarse = coarsened(fine, Float64Array.of(BF16));
    expect([...coarse.values]).toEqual([0.10009765625, 0.2001953125, -0.30078125, 0.400390625]);
    expect(coarse.tensors[0]!.values).toEqual(coarse.values);
    expect([...coarse.roundings]).toEqual([BF16]);
    expect(coarsened(fine, Float64Array.of(BF16))).toBe(coarse);
    expect(coarsened(fine, Float64Array.of(F32))).toBe(fine);
  });
});
