import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { DEFAULT_CONSTANTS } from './constants';
import { embeddingTables } from './embedding-table';
import { normal, random, SEED } from './evidence.testing';
import { type GrowthRows, RowCollector } from './growth-rows';
import { plainGrowthSums } from './growth-sums';
import { type EmbeddingObservation, observeMatrix, type TensorObservation } from './observation';
import type { PairKernel } from './pair-kernel';
import { PlainKernel } from './plain-kernel';
import { type SampleTable, tableOfTensors } from './sample-table';
import { WasmKernel } from './wasm-kernel';

const plain = new PlainKernel();
const wasm = new WasmKernel();

interface Shape {
  readonly rows: number;
  readonly columns: number;
}

const shapes = fc.array(
  fc.record({ rows: fc.integer({ min: 1, max: 70 }), columns: fc.integer({ min: 1, max: 23 }) }),
  { minLength: 1, maxLength: 4 },
);
/** From light trainings to strangers. */
const steps = fc.constantFrom(0, 1e-6, 0.01, 0.3, 3);

function drawn(shape: readonly Shape[], seed: number, base: SampleTable | null, step: number): SampleTable {
  const next = normal(random(seed));
  return tableOfTensors(
    shape.map(({ rows, columns }, t) => {
      const begin = base?.places[t]!.begin ?? 0;
      const values = Float32Array.from({ length: rows * columns }, (_, i) =>
        base === null ? next() : base.values[begin + i]! + step * next(),
      );
      return observeMatrix({ name: `${t}`, rows, columns, values, rounding: 2 ** -24 });
    }),
  );
}

/** The same tensors with other values, which follow each other. */
function joinedTensors(tensors: readonly TensorObservation[], values: Float32Array): TensorObservation[] {
  let end = 0;
  return tensors.map((tensor) => ({
    ...tensor,
    values: values.subarray(end, (end += tensor.rows * tensor.columns)),
  }));
}

interface Pair {
  readonly p: SampleTable;
  readonly q: SampleTable;
}

const pairs: fc.Arbitrary<Pair> = fc
  .record({ shape: shapes, seed: fc.integer(), step: steps, zeros: fc.boolean() })
  .map(({ shape, seed, step, zeros }) => {
    const p = drawn(shape, seed, null, 0);
    if (zeros) p.values.fill(0, 0, p.places[0]!.columns);
    return { p, q: drawn(shape, seed + 1, p, step) };
  });

const bits = (numbers: ArrayLike<number>): string[] =>
  Array.from(new BigUint64Array(Float64Array.from(numbers).buffer), String);

/** Everything that a kernel says of a pair. */
function told(kernel: PairKernel, { p, q }: Pair): unknown {
  const step = { factorP: 0.97, factorQ: 1.02, perUnit: 1.3, floor: 1e-12 };
  const determinants = p.places.map((place) => {
    const columns = Math.min(12, place.columns);
    return bits([kernel.logDeterminant(p, q, place, { ...step, columns })]);
  });
  const products = bits(kernel.tensorProducts(p, q));
  const collector = new RowCollector(p.rows, DEFAULT_CONSTANTS);
  const own = kernel === wasm ? Object.assign(collector, { room: wasm.room }) : collector;
  for (const place of p.places) {
    kernel.collectRows(p, q, place, { noise: 0.1, rounding: 1e-15 }, own);
    own.endGroup();
  }
  return { determinants, products, rows: toldRows(own.rows()) };
}

const toldRows = ({ turn, growth, variance, groupEnds }: GrowthRows): unknown => [
  bits(turn),
  bits(growth),
  bits(variance),
  [...groupEnds],
];

describe('the kernels', () => {
  it('agree bit by bit on products, determinants and rows', () => {
    fc.assert(
      fc.property(pairs, (pair) => {
        const expected = told(plain, pair);
        expect(told(wasm, pair)).toEqual(expected);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it('agree bit by bit on what a table tells by itself', () => {
    const spoilt = fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 0.5);
    const tables = fc.record({
      shape: fc.array(
        fc.record({ rows: fc.integer({ min: 1, max: 70 }), columns: fc.integer({ min: 1, max: 70 }) }),
        { minLength: 1, maxLength: 10 },
      ),
      seed: fc.integer(),
      spoilt: fc.array(fc.tuple(fc.nat(), spoilt), { maxLength: 40 }),
      step: fc.constantFrom(0, 0.25),
    });
    fc.assert(
      fc.property(tables, ({ shape, seed, spoilt, step }) => {
        const { tensors, values } = drawn(shape, seed, null, 0);
        // A coarse grid has many values of one size in a row.
        if (step > 0) values.forEach((value, i) => (values[i] = step * Math.round(value / step)));
        for (const [at, value] of spoilt) values[at % values.length] = value;
        const table = tableOfTensors(joinedTensors(tensors, values as Float32Array));
        const { isFinite, finite, sums, squares } = plain.sums(table);
        const found = wasm.sums({ ...table });
        expect(found.isFinite).toBe(isFinite);
        expect([found.finite, found.sums, found.squares].map(bits)).toEqual(
          [finite, sums, squares].map(bits),
        );
        expect(wasm.marks(table)).toEqual(plain.marks(table));
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it('know marks by hand', () => {
    const values = Float32Array.of(1, -1, 0, 2, 3, NaN, 3, 0, 0, 5, Infinity, 6);
    const table = tableOfTensors([observeMatrix({ name: 't', rows: 3, columns: 4, values, rounding: 1 })]);
    for (const kernel of [plain, wasm])
      expect(kernel.marks(table)).toEqual({ zeroShareMost: 3 / 12, distinct: 5, values: 7 });
  });

  it('agree when what they were given before is long overwritten', () => {
    const shape = [{ rows: 64, columns: 500 }];
    const tables = Array.from({ length: 400 }, (_, i) => drawn(shape, i, null, 0));
    tables.forEach((p, i) => {
      for (const at of [0, i >> 1, Math.max(0, i - 200)])
        expect(wasm.tensorProducts(p, tables[at]!)).toEqual(plain.tensorProducts(p, tables[at]!));
    });
  });

  it('know a product by hand', () => {
    const table = (values: number[]): SampleTable =>
      tableOfTensors([
        observeMatrix({ name: 't', rows: 2, columns: 2, values: Float32Array.from(values), rounding: 1 }),
      ]);
    const [p, q] = [table([1, 2, 3, 4]), table([5, 6, 7, 8])];
    for (const kernel of [plain, wasm]) expect([...kernel.tensorProducts(p, q)]).toEqual([70]);
  });

  it('agree bit by bit on token-embedding rows', () => {
    const observed = (values: Float32Array, rows: number): EmbeddingObservation => {
      const tensor = observeMatrix({ name: 'e', rows, columns: 8, values, rounding: 2 ** -24 });
      return { ...tensor, vocabulary: rows, rowIds: Uint32Array.from({ length: rows }, (_, id) => id) };
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer(), (rows, seed) => {
        const next = normal(random(seed));
        const before = Float32Array.from({ length: 8 * rows }, next);
        if (rows > 9) before[50] = NaN;
        const after = before.map((value, i) => value * 0.999 + (i % 3 === 0 ? 0 : 0.1 * next()));
        for (let i = 0; i < after.length >> 1; i++) after[i] = before[i]! * 0.999;
        const [p, q] = embeddingTables(observed(before, rows), observed(after, rows));
        expect(toldSplit(wasm, p, q)).toEqual(toldSplit(plain, p, q));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  function toldSplit(kernel: PairKernel, p: SampleTable, q: SampleTable): unknown {
    const collector = new RowCollector(p.rows, DEFAULT_CONSTANTS);
    const own = kernel === wasm ? Object.assign(collector, { room: wasm.room }) : collector;
    const still = kernel.splitRows(p, q, 1e-11, { noise: 0.1, rounding: 1e-14 }, own);
    own.endGroup();
    return [bits(still.growth), still.compared, toldRows(own.rows())];
  }
});

describe('sums over rows', () => {
  const rows = fc
    .record({
      groups: fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }),
      seed: fc.integer(),
      wild: fc.constantFrom(0.3, 1, 30),
      alike: fc.boolean(),
    })
    .map(({ groups, seed, wild, alike }): GrowthRows => {
      const draw = random(seed);
      const next = normal(draw);
      const count = groups.reduce((sum, rows) => sum + rows, 0);
      const turn = Float64Array.from({ length: count }, () => (alike ? 0.01 : 0.001 + 0.1 * draw()));
      const variance = turn.map((x) => 0.04 * x + 1e-6);
      const growth = turn.map((x, i) => x + wild * (alike ? 0.1 : next()) * Math.sqrt(variance[i]!));
      let end = 0;
      return { turn, growth, variance, groupEnds: groups.map((rows) => (end += rows)) };
    });

  it.each([
    ['without a direction', 0],
    ['with one', 4],
  ])('agree bit by bit %s', (_, perSquare) => {
    fc.assert(
      fc.property(rows, (given) => {
        const expected = plainGrowthSums(given, perSquare);
        const found = wasm.sumGrowth(given, perSquare);
        expect(Object.keys(found)).toEqual(Object.keys(expected));
        expect(bits(Object.values(found))).toEqual(bits(Object.values(expected)));
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

it('the committed WebAssembly is what its source compiles to', () => {
  const build = join(__dirname, '../../assembly/build.mjs');
  expect(() => execFileSync(process.execPath, [build, '--check'], { stdio: 'pipe' })).not.toThrow();
}, 60_000);
