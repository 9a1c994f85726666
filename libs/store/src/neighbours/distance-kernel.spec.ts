import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import fc from 'fast-check';

import { seed } from '../property.testing';
import { PlainKernel } from './plain-kernel';
import { WasmKernel } from './wasm-kernel';

const component = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, Math.fround(1e-45), Math.fround(3e38)),
);

const tables = fc.integer({ min: 1, max: 40 }).chain((dimensions) =>
  fc.record({
    dimensions: fc.constant(dimensions),
    query: fc.array(component, { minLength: dimensions, maxLength: dimensions }),
    vectors: fc.array(fc.array(component, { minLength: dimensions, maxLength: dimensions }), {
      minLength: 1,
      maxLength: 40,
    }),
  }),
);

const bits = (distances: Float32Array, count: number): number[] =>
  Array.from(new Uint32Array(distances.slice(0, count).buffer));

describe.each([
  ['plain', PlainKernel],
  ['WebAssembly', WasmKernel],
])('%s kernel', (_name, Kernel) => {
  it('gives squared Euclidean distances', () => {
    const kernel = new Kernel(3);
    kernel.write(0, Float32Array.of(1, 2, 3));
    kernel.write(1, Float32Array.of(1, 2, 5));
    kernel.write(2, Float32Array.of(0, 0, 0));
    expect(Array.from(kernel.scan(Float32Array.of(1, 2, 3), 3).slice(0, 3))).toEqual([0, 4, 14]);
    expect(Array.from(kernel.gather(Float32Array.of(1, 2, 3), Int32Array.of(2, 1)).slice(0, 2))).toEqual([
      14, 4,
    ]);
  });

  it('keeps its vectors while it grows and when slots are copied', () => {
    const kernel = new Kernel(5);
    for (let slot = 0; slot < 50_000; slot++) kernel.write(slot, Float32Array.of(slot, 0, 0, 0, slot % 7));
    expect(Array.from(kernel.read(49_999))).toEqual([49_999, 0, 0, 0, 49_999 % 7]);
    kernel.copy(40_000, 3);
    expect(Array.from(kernel.read(3))).toEqual([40_000, 0, 0, 0, 40_000 % 7]);
    expect(Array.from(kernel.read(4))).toEqual([4, 0, 0, 0, 4]);
    expect(kernel.scan(kernel.read(40_000), 50_000)[3]).toBe(0);
  });
});

it('plain and WebAssembly kernels agree bit by bit', () => {
  fc.assert(
    fc.property(tables, ({ dimensions, query, vectors }) => {
      const plain = new PlainKernel(dimensions);
      const wasm = new WasmKernel(dimensions);
      vectors.forEach((vector, slot) => {
        plain.write(slot, Float32Array.from(vector));
        wasm.write(slot, Float32Array.from(vector));
      });
      const q = Float32Array.from(query);
      const count = vectors.length;
      expect(bits(wasm.scan(q, count), count)).toEqual(bits(plain.scan(q, count), count));
      const slots = Int32Array.from({ length: count }, (_, i) => (i * 7) % count);
      expect(bits(wasm.gather(q, slots), count)).toEqual(bits(plain.gather(q, slots), count));
    }),
    { seed: seed(), numRuns: 150 },
  );
});

it('plain and WebAssembly kernels agree over many blocks', () => {
  const [plain, wasm] = [new PlainKernel(128), new WasmKernel(128)];
  const vector = (slot: number) =>
    Float32Array.from({ length: 128 }, (_, i) => ((slot * 131 + i * i * 17) % 1009) / 1009);
  for (let slot = 0; slot < 9_000; slot++) {
    plain.write(slot, vector(slot));
    wasm.write(slot, vector(slot));
  }
  const query = vector(-5);
  expect(bits(wasm.scan(query, 9_000), 9_000)).toEqual(bits(plain.scan(query, 9_000), 9_000));
});

it('the committed WebAssembly is what its source compiles to', () => {
  const build = join(__dirname, '../../assembly/build.mjs');
  expect(() => execFileSync(process.execPath, [build, '--check'], { stdio: 'pipe' })).not.toThrow();
}, 19_000);
