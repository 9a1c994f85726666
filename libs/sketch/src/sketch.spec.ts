import { readModel } from '@stemma/weights';
import { LLAMA_70B, LLAMA_7B, transformer, virtualModel } from '../../weights/src/safetensors.testing';
import { encodeSketch } from './codec';
import { SKETCH_BYTES_MAX, SKETCH_BYTES_MAX_16 } from './format';
import { sampleValues } from './sample-dtype';
import type { Sketch } from './sketch';
import { comparable, dtypeOf, sketchName, sketchWeights } from './sketch';
import { embeddingOf, gaussian, slabOf, weightsOf, zooShapes, zooSource } from './sketch.testing';

const coordinates = ({ tensors }: Sketch) =>
  tensors.reduce((sum, { rowMeanSquares, columns }) => sum + rowMeanSquares.length * columns, 0);

async function read(source: Parameters<typeof readModel>[0]): Promise<Sketch> {
  const model = await readModel(source);
  if (model.type === 'rejected') throw new Error(model.detail);
  return sketchWeights(model);
}

describe('sketchWeights', () => {
  it('keeps figures, whole-row mean squares and samples of a matrix that is small enough to keep whole', () => {
    const { tensors } = sketchWeights(
      weightsOf([{ name: 'a', rows: 2, width: 3, numbers: [1, 2, 3, 0, -1, 1] }]),
    );
    expect(tensors).toHaveLength(1);
    expect(tensors[0]).toMatchObject({
      name: 'a',
      dtype: 'F32',
      rows: 2,
      width: 3,
      readCount: 6,
      columns: 3,
      mean: 1,
      minimum: -1,
      maximum: 3,
      zeroFraction: 1 / 6,
    });
    expect(Array.from(tensors[0]!.rowMeanSquares)).toEqual([14 / 3, 2 / 3].map(Math.fround));
    expect(Array.from(sampleValues(tensors[0]!.samples, 'F32'))).toEqual([1, 2, 3, 0, -1, 1]);
  });

  it('samples the numbers that stand at the coordinates, with mean squares over whole rows', () => {
    const [rows, width] = [100, 1_000];
    // Every number tells its position; the slab begins at row 100.
    const numbers = Float64Array.from({ length: rows * width }, (_, at) => 100 * width + at);
    const { tensors } = sketchWeights(
      weightsOf([{ name: 'a', rows: 500, width, rowBegin: 100, rowEnd: 200, numbers }]),
    );
    const { samples, columns, rowMeanSquares } = tensors[0]!;
    const values = sampleValues(samples, 'F32');
    const sampledRows = Array.from({ length: 64 }, (_, at) => Math.floor(values[at * columns]! / width));
    expect(columns).toBe(256);
    const part = (at: number) => 100 + Math.floor((at * 100) / 64);
    expect(sampledRows.every((row, at) => row >= part(at) && row < part(at + 1))).toBe(true);
    for (const [at, row] of sampledRows.entries()) {
      const inRow = Array.from(
        values.subarray(at * columns, (at + 1) * columns),
        (value) => value - row * width,
      );
      expect(
        inRow.every((column, i) => column >= 0 && column < width && (i === 0 || column > inRow[i - 1]!)),
      ).toBe(true);
      const expected =
        numbers.subarray((row - 100) * width, (row - 99) * width).reduce((sum, x) => sum + x * x, 0) / width;
      expect(rowMeanSquares[at]).toBe(Math.fround(expected));
    }
  });

  it('keeps the norm of what was read beside the sampled rows, rows with non-finite numbers left out', () => {
    const numbers = Array.from({ length: 200 }, (_, at) => (at < 3 ? NaN : at));
    const { tensors } = sketchWeights(weightsOf([{ name: 'a', rows: 100, width: 2, numbers }]), {
      coordinatesMax: 8,
    });
    const { rowMeanSquares, restSquares, restCount } = tensors[0]!;
    const all = numbers.slice(4).reduce((sum, value) => sum + value * value, 0);
    const sampled = 2 * rowMeanSquares.reduce((sum, value) => sum + value, 0);
    const isFirstSampled = rowMeanSquares[0]! < 10;
    expect(rowMeanSquares).toHaveLength(8);
    expect(restCount).toBe(isFirstSampled ? 184 : 180);
    expect(restSquares + sampled - (isFirstSampled ? 9 : 0)).toBeCloseTo(all, 3);
  });

  it('keeps non-finite numbers in the samples, counts them, and stays finite otherwise', () => {
    const numbers = [NaN, 1, Infinity, 2, -Infinity, 3, 4, 5];
    const sketch = sketchWeights(weightsOf([{ name: 'a', rows: 2, width: 4, numbers, dtype: 'F16' }]));
    expect(sketch.tensors[0]).toMatchObject({ nonFiniteCount: 3, mean: 3, minimum: 1, maximum: 5 });
    expect(Array.from(sampleValues(sketch.tensors[0]!.samples, 'F16'))).toEqual(numbers);
    expect(sketch.fingerprint.every(Number.isFinite)).toBe(true);
    expect(encodeSketch(sketch).byteLength).toBeGreaterThan(0);
  });

  it('depends on names, never on order', () => {
    const shapes = zooShapes('F16');
    const sketch = sketchWeights(weightsOf(shapes));
    const reversed = sketchWeights({
      ...weightsOf(shapes),
      slabs: [...shapes].reverse().map((shape) => slabOf(shape)),
    });
    expect(Buffer.compare(encodeSketch(sketch), encodeSketch(reversed))).toBe(0);
  });

  it('samples every model of an architecture at the same coordinates, whatever its dtype', () => {
    const [half, full] = [zooShapes('F16'), zooShapes('F32')].map((shapes) =>
      sketchWeights(weightsOf(shapes)),
    );
    expect(comparable(half!, full!)).toBe(true);
    for (const [at, tensor] of half!.tensors.entries()) {
      const [a, b] = [sampleValues(tensor.samples, 'F16'), sampleValues(full!.tensors[at]!.samples, 'F32')];
      expect(a.every((value, i) => Math.abs(value - b[i]!) <= 2 ** -11 * Math.abs(b[i]!) + 2 ** -25)).toBe(
        true,
      );
    }
  });

  it('is not comparable with other coordinates or another architecture', () => {
    const sketch = sketchWeights(weightsOf(zooShapes()));
    expect(comparable(sketch, sketchWeights(weightsOf(zooShapes(), 2)))).toBe(true);
    expect(comparable(sketch, sketchWeights(weightsOf(zooShapes()), { coordinatesMax: 1_000 }))).toBe(false);
    expect(comparable(sketch, { ...sketch, architecture: '00'.repeat(32) })).toBe(false);
  });

  it('gives every tensor of a zoo model its full share, within 128 KiB', async () => {
    const sketch = await read(zooSource('ft/mae/root'));
    expect(sketch.tensors).toHaveLength(24);
    expect(sketch.tensors.every(({ rowMeanSquares }) => rowMeanSquares.length >= 48)).toBe(true);
    expect(coordinates(sketch)).toBe(20 * 48 * 14 + 4 * 64 * 10);
    expect(sketch.lowRank).toHaveLength(16);
    expect(dtypeOf(sketch)).toBe('F16');
    expect(encodeSketch(sketch).byteLength).toBeLessThan(SKETCH_BYTES_MAX_16);
  });

  it.each([
    ['7B', LLAMA_7B, SKETCH_BYTES_MAX_16],
    ['7B in float32', { ...LLAMA_7B, dtype: 'F32' as const }, SKETCH_BYTES_MAX],
    ['70B', LLAMA_70B, SKETCH_BYTES_MAX_16],
    [
      'a MiniLM',
      { layers: 6, width: 384, hidden: 1_536, kvWidth: 384, vocabulary: 30_522, dtype: 'F16' as const },
      SKETCH_BYTES_MAX_16,
    ],
    [
      '200 layers',
      { layers: 200, width: 64, hidden: 256, kvWidth: 64, vocabulary: 50_000, dtype: 'BF16' as const },
      SKETCH_BYTES_MAX_16,
    ],
    [
      '200 layers in float32',
      { layers: 200, width: 64, hidden: 256, kvWidth: 64, vocabulary: 50_000, dtype: 'F32' as const },
      SKETCH_BYTES_MAX,
    ],
  ])('keeps %s within its size, at full budget', async (_, sizes, bytesMax) => {
    const sketch = await read(virtualModel(transformer(sizes), 2));
    expect(coordinates(sketch)).toBeGreaterThan(16_000);
    expect(sketch.lowRank.length).toBeLessThanOrEqual(16);
    expect(sketch.embedding!.columns).toBe(8);
    expect(encodeSketch(sketch).byteLength).toBeLessThanOrEqual(bytesMax);
  });

  it('keeps the largest sketch that a 16-bit model can have within 128 KiB', () => {
    const matrices = Array.from({ length: 128 }, (_, at) => ({
      name: `attention.${'é'.repeat(200)}.${at}`,
      rows: 40,
      width: 40,
      dtype: 'BF16' as const,
    }));
    const runs = Array.from({ length: 1_024 }, (_, at) => ({ rowBegin: 255 * at, rowEnd: 255 * at + 1 }));
    const sketch = sketchWeights(
      weightsOf(matrices, 1, {
        embedding: embeddingOf(262_144, 16, runs, 'BF16'),
        fileHashes: Array.from({ length: 1_024 }, (_, at) => at.toString(16).padStart(64, '0')),
      }),
    );
    expect(sketch.tensors).toHaveLength(128);
    expect(sketch.fileHashes).toHaveLength(32);
    expect(sketch.lowRank).toHaveLength(16);
    const { byteLength } = encodeSketch(sketch);
    expect(byteLength).toBeLessThanOrEqual(SKETCH_BYTES_MAX_16);
    expect(byteLength).toBeGreaterThan(0.95 * SKETCH_BYTES_MAX_16);
  });

  it('takes attention matrices into the low-rank block, values and queries first, else any matrix', () => {
    const layers = Array.from({ length: 10 }, (_, at) => at).flatMap((layer) =>
      ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'mlp.up'].map((part) => ({
        name: `layers.${layer}.${part}.weight`,
        rows: 4,
        width: 4,
      })),
    );
    const names = (shapes: typeof layers) => sketchWeights(weightsOf(shapes)).lowRank.map(({ name }) => name);
    expect(names(layers)).toHaveLength(16);
    expect(names(layers).every((name) => /[qv]_proj/.test(name))).toBe(true);
    expect(names(layers.filter(({ name }) => name.includes('mlp')))).toHaveLength(10);
  });

  it('says what is wrong when it is handed something else than weights', () => {
    const weights = weightsOf([{ name: 'a', rows: 2, width: 3 }]);
    const [slab] = weights.slabs;
    expect(() => sketchWeights({ ...weights, slabs: [{ ...slab!, dtype: 'I8' }] })).toThrow('for a, got I8');
    expect(() => sketchWeights({ ...weights, slabs: [{ ...slab!, rowEnd: 1 }] })).toThrow(
      'expected 3 numbers of a, got 6',
    );
  });

  it('reads two small models of one kin nearer than strangers', async () => {
    const [root, child, stranger] = await Promise.all(
      ['ft/mae/root', 'ft/mae/posy', 'ft/dino/root'].map((path) => read(zooSource(path))),
    );
    expect(comparable(root!, child!) && comparable(root!, stranger!)).toBe(true);
    const relative = (a: Sketch, b: Sketch) => {
      const [x, y] = [a, b].map(({ tensors }) =>
        tensors.flatMap(({ samples, dtype }) => Array.from(sampleValues(samples, dtype))),
      );
      return (
        x!.reduce((sum, value, at) => sum + (value - y![at]!) ** 2, 0) /
        x!.reduce((sum, value) => sum + value * value, 0)
      );
    };
    expect(relative(root!, child!)).toBeLessThan(0.02);
    expect(relative(root!, stranger!)).toBeGreaterThan(1);
  });
});

describe('token embeddings', () => {
  const runs = [
    { rowBegin: 4, rowEnd: 10 },
    { rowBegin: 90, rowEnd: 94 },
  ];

  it('are kept by token id, with eight numbers and the mean square of the whole row', () => {
    const embedding = embeddingOf(100, 20, runs);
    const sketch = sketchWeights(weightsOf([{ name: 'a', rows: 2, width: 2 }], 1, { embedding })).embedding!;
    expect(Array.from(sketch.rowIds)).toEqual([4, 5, 6, 7, 8, 9, 90, 91, 92, 93]);
    expect([sketch.columns, sketch.vocabulary, sketch.width]).toEqual([8, 100, 20]);
    const numbers = embedding.values();
    const sampled = sampleValues(sketch.samples, 'F32');
    const row = Array.from(numbers.subarray(6 * 20, 7 * 20), Math.fround);
    expect(Array.from(sampled.subarray(48, 56)).every((value) => row.includes(value))).toBe(true);
    expect(sketch.rowMeanSquares[6]).toBeCloseTo(row.reduce((sum, value) => sum + value * value, 0) / 20, 9);
  });

  it('are sampled at the same columns of the same ids under a grown vocabulary, and thinned to the same ids', () => {
    const of = (vocabulary: number, rowEnd: number) => {
      const numbers = gaussian(3, rowEnd * 20);
      const embedding = {
        ...embeddingOf(vocabulary, 20, [{ rowBegin: 0, rowEnd }]),
        values: () => numbers,
        bytes: new Uint8Array(Float32Array.from(numbers).buffer),
      };
      return sketchWeights(weightsOf([{ name: 'a', rows: 2, width: 2 }], 1, { embedding })).embedding!;
    };
    const [base, grown] = [of(3_000, 3_000), of(3_010, 3_010)];
    expect(base.rowIds).toHaveLength(1_024);
    const at = new Map(Array.from(grown.rowIds, (id, row) => [id, row]));
    const shared = Array.from(base.rowIds, (id, row) => [row, at.get(id)] as const).filter(
      ([, row]) => row !== undefined,
    );
    expect(shared.length).toBeGreaterThan(1_010);
    for (const [x, y] of shared) {
      expect(base.samples.subarray(32 * x, 32 * x + 32)).toEqual(
        grown.samples.subarray(32 * y!, 32 * y! + 32),
      );
    }
  });
});

describe('sketchName', () => {
  it('keeps short names, and shortens long ones to something that is their own', () => {
    expect(sketchName('layers.0.weight')).toBe('layers.0.weight');
    const [a, b] = [`${'x'.repeat(100)}a`, `${'x'.repeat(100)}b`].map(sketchName);
    expect(a).toMatch(/^x{47}~[0-9a-f]{24}$/);
    expect(a).not.toBe(b);
    expect(Buffer.byteLength(sketchName('é€𝄞'.repeat(40)))).toBeLessThanOrEqual(72);
  });

  it('cannot be made to collide by a name that looks shortened', () => {
    const long = 'x'.repeat(100);
    expect(sketchName(sketchName(long))).not.toBe(sketchName(long));
    const sketch = sketchWeights(
      weightsOf([long, sketchName(long)].map((name) => ({ name, rows: 2, width: 2 }))),
    );
    expect(encodeSketch(sketch).byteLength).toBeGreaterThan(0);
  });
});
