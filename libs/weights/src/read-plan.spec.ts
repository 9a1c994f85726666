import fc from 'fast-check';
import type { Architecture } from './architecture';
import { describeArchitecture } from './architecture';
import { mergeRanges, totalBytes } from './byte-requests';
import { embeddingRuns } from './embedding-runs';
import type { ReadPlan, ReadPlanOptions } from './read-plan';
import { planReads, wholeReads } from './read-plan';
import { parseSafetensorsHeader } from './safetensors';
import type { TestTensor, Transformer } from './safetensors.testing';
import { headerOf, LLAMA_70B, LLAMA_7B, transformer } from './safetensors.testing';
import { chooseSlabs } from './slab-choice';

const MEBIBYTE = 2 ** 20;
const seed = Number(process.env['SEED'] ?? 1);

/** The architecture of tensors laid out in `shards` files. */
function architectureOf(tensors: readonly TestTensor[], shards = 1): Architecture {
  const per = Math.ceil(tensors.length / shards);
  const located = Array.from({ length: shards }, (_, file) => {
    const { bytes, fileBytes } = headerOf(tensors.slice(file * per, (file + 1) * per));
    const header = parseSafetensorsHeader(bytes, { fileBytes, file });
    return header.type === 'header' ? header.tensors : [];
  });
  const architecture = describeArchitecture(located.flat());
  if (architecture.type === 'rejected') throw new Error(architecture.detail);
  return architecture;
}

function plan(architecture: Architecture, options: Partial<ReadPlanOptions> = {}): ReadPlan {
  const planned = planReads(architecture, options);
  if (planned.type === 'rejected') throw new Error(planned.detail);
  return planned;
}

const coordinates = ({ slabs, embedding }: ReadPlan) => ({
  slabs: slabs.map(({ canonicalName, rowBegin, rowEnd }) => [canonicalName, rowBegin, rowEnd]),
  runs: embedding?.runs,
});

const zoo = (layers = 4): Transformer => ({
  layers,
  width: 48,
  hidden: 192,
  kvWidth: 48,
  vocabulary: 500,
  dtype: 'F16',
});

describe('planReads', () => {
  it('reads everything of a small model in one request', () => {
    const planned = plan(architectureOf(transformer(zoo())));
    expect(planned.slabs.every(({ rows, rowBegin, rowEnd }) => rowBegin === 0 && rowEnd === rows)).toBe(true);
    expect(planned.slabs).toHaveLength(28);
    expect(planned.embedding?.runs).toEqual([{ rowBegin: 0, rowEnd: 500 }]);
    expect(planned.requests).toHaveLength(1);
  });

  it.each([
    ['7B', LLAMA_7B, 2],
    ['7B in float32', { ...LLAMA_7B, dtype: 'F32' as const }, 3],
    ['70B', LLAMA_70B, 15],
    ['70B in float32', { ...LLAMA_70B, dtype: 'F32' as const }, 30],
    [
      '405B',
      {
        layers: 126,
        width: 16_384,
        hidden: 53_248,
        kvWidth: 1_024,
        vocabulary: 128_256,
        dtype: 'BF16' as const,
      },
      191,
    ],
    [
      'MiniLM',
      { layers: 6, width: 384, hidden: 1_536, kvWidth: 384, vocabulary: 30_522, dtype: 'F32' as const },
      1,
    ],
  ])(
    'reads at most 16 MiB of %s, in few requests, with 32 rows or more of every tensor',
    (_, sizes, shards) => {
      const planned = plan(architectureOf(transformer(sizes), shards));
      expect(planned.bytes).toBe(totalBytes(planned.requests));
      expect(planned.bytes).toBeLessThanOrEqual(16 * MEBIBYTE);
      expect(planned.requests.length).toBeLessThanOrEqual(150);
      expect(
        planned.slabs.every(({ rowBegin, rowEnd, rows }) => rowEnd - rowBegin >= 32 && rowEnd <= rows),
      ).toBe(true);
      // At least three quarters of the backbone's nominal share are used.
      const nominal = planned.slabs.reduce(
        (sum, { rowBegin, rowEnd, columns }) => sum + (rowEnd - rowBegin) * columns * 4,
        0,
      );
      expect(nominal).toBeGreaterThan(0.75 * 11 * MEBIBYTE);
      expect(
        planned.embedding!.ranges.reduce((sum, { begin, end }) => sum + end - begin, 0),
      ).toBeLessThanOrEqual(4 * MEBIBYTE);
    },
  );

  it('spreads the tensors of a big model over roles and depth', () => {
    const { slabs } = plan(architectureOf(transformer(LLAMA_7B)));
    const roles = new Set(slabs.map(({ canonicalName }) => canonicalName.split('.').slice(2).join('.')));
    const depths = slabs.map(({ canonicalName }) => Number(canonicalName.split('.')[1]));
    expect(roles.size).toBe(7);
    for (const quarter of [0, 8, 16, 24])
      expect(depths.some((depth) => depth >= quarter && depth < quarter + 8)).toBe(true);
  });

  it('reads a float32 copy, another sharding, another order and another head at the same coordinates', () => {
    const tensors = transformer(LLAMA_7B);
    const expected = coordinates(plan(architectureOf(tensors, 2)));
    const head = { name: 'score.weight', dtype: 'BF16' as const, shape: [5, 4_096] };
    expect(coordinates(plan(architectureOf(transformer({ ...LLAMA_7B, dtype: 'F32' }), 3)))).toEqual(
      expected,
    );
    expect(coordinates(plan(architectureOf([...tensors].reverse(), 5)))).toEqual(expected);
    expect(coordinates(plan(architectureOf([head, ...transformer({ ...LLAMA_7B, prefix: '' })])))).toEqual(
      expected,
    );
    const withoutEmbedding = tensors.filter(({ name }) => !name.includes('embed'));
    expect(coordinates(plan(architectureOf(withoutEmbedding)))).toEqual({
      slabs: expected.slabs,
      runs: undefined,
    });
  });

  it('draws coordinates that never change, since stored sketches were read there', () => {
    const { slabs, embedding } = plan(architectureOf(transformer(LLAMA_7B)));
    expect(slabs.slice(0, 2).map(({ canonicalName, rowBegin }) => [canonicalName, rowBegin])).toEqual([
      ['layers.10.mlp.gate_proj.weight', 10_931],
      ['layers.11.self_attn.o_proj.weight', 249],
    ]);
    expect(embedding?.runs.slice(0, 3)).toEqual([
      { rowBegin: 936, rowEnd: 944 },
      { rowBegin: 3_192, rowEnd: 3_200 },
      { rowBegin: 6_104, rowEnd: 6_112 },
    ]);
  });

  it('asks for exactly the bytes of the rows', () => {
    const architecture = architectureOf(transformer(LLAMA_7B));
    for (const { begin, end, tensor, rowBegin, rowEnd, columns } of plan(architecture).slabs) {
      expect([begin - tensor.begin, end - tensor.begin]).toEqual([
        rowBegin * columns * 2,
        rowEnd * columns * 2,
      ]);
    }
  });

  it('reads all of everything for batch work', () => {
    const planned = plan(architectureOf(transformer(LLAMA_7B), 2), wholeReads);
    expect(planned.slabs).toHaveLength(224);
    expect(planned.slabs.every(({ rows, rowBegin, rowEnd }) => rowEnd - rowBegin === rows)).toBe(true);
    expect(planned.requests.every(({ begin, end }) => end - begin <= 16 * MEBIBYTE)).toBe(true);
  });

  it('takes at most tensorsMax tensors of a deep small model', () => {
    const { slabs } = plan(architectureOf(transformer(zoo(200))));
    expect(slabs).toHaveLength(128);
  });

  it('reads fewer rows where they are very wide, and rejects rows wider than the budget', () => {
    const wide = (columns: number) =>
      architectureOf([{ name: 'layers.0.weight', dtype: 'F16', shape: [64, columns] }]);
    expect(plan(wide(1_000_000)).slabs.map(({ rowBegin, rowEnd }) => rowEnd - rowBegin)).toEqual([2]);
    expect(planReads(wide(3_000_000))).toMatchObject({ reason: 'rows-too-wide' });
  });

  it('rejects a float64 copy that the budget cannot hold at the same coordinates', () => {
    expect(planReads(architectureOf(transformer({ ...LLAMA_7B, dtype: 'F64' })))).toMatchObject({
      reason: 'over-budget',
    });
    expect(planReads(architectureOf(transformer({ ...zoo(), dtype: 'F64' })))).toMatchObject({
      type: 'plan',
    });
  });

  it('stays in the budget whatever the shapes', () => {
    const matrix = fc.record({
      rows: fc.integer({ min: 1, max: 5_000 }),
      columns: fc.integer({ min: 1, max: 5_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(matrix, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 2 ** 22 }),
        (shapes, bytesMax) => {
          const matrices = shapes.map((shape, at) => ({
            ...shape,
            canonicalName: `blocks.${at >> 2}.${'abcd'[at & 3]}.weight`,
          }));
          const slabs = chooseSlabs(matrices, { bytesMax, tensorsMax: 20, slabRowsMin: 32 });
          const nominal = slabs.reduce(
            (sum, { matrix: { columns }, rowBegin, rowEnd }) => sum + 4 * columns * (rowEnd - rowBegin),
            0,
          );
          expect(nominal).toBeLessThanOrEqual(bytesMax);
          expect(slabs.length).toBeLessThanOrEqual(20);
          expect(
            slabs.every(
              ({ rowBegin, rowEnd, matrix: { rows } }) =>
                0 <= rowBegin && rowBegin < rowEnd && rowEnd <= rows,
            ),
          ).toBe(true);
          expect(slabs.length === 0).toBe(Math.min(...shapes.map(({ columns }) => 4 * columns)) > bytesMax);
          expect(chooseSlabs([...matrices].reverse(), { bytesMax, tensorsMax: 20, slabRowsMin: 32 })).toEqual(
            expect.arrayContaining(slabs),
          );
        },
      ),
      { seed, numRuns: 60 },
    );
  });
});

describe('embeddingRuns', () => {
  const budget = { bytesMax: 4 * MEBIBYTE, rowsMax: 1_024 };
  const ids = (vocabulary: number, width = 384) =>
    embeddingRuns(vocabulary, width, budget).flatMap(({ rowBegin, rowEnd }) =>
      Array.from({ length: rowEnd - rowBegin }, (_, at) => rowBegin + at),
    );

  it('takes 1,024 rows where they are narrow, and a few hundred of a wide table', () => {
    expect(ids(30_522)).toHaveLength(1_024);
    expect(ids(32_000, 4_096)).toHaveLength(256);
    expect(ids(700)).toEqual(Array.from({ length: 700 }, (_, id) => id));
    expect(embeddingRuns(100, 2 ** 21, budget)).toEqual([]);
  });

  it('reads a grown vocabulary at nearly the same rows', () => {
    const base = new Set(ids(32_000, 4_096));
    const shared = ids(32_064, 4_096).filter((id) => base.has(id));
    expect(shared.length).toBeGreaterThanOrEqual(240);
  });

  it('reaches over the whole vocabulary, without repeats, and is bounded for absurd ones', () => {
    const sample = ids(30_522);
    expect(new Set(sample).size).toBe(sample.length);
    expect(Math.min(...sample)).toBeLessThan(3_000);
    expect(Math.max(...sample)).toBeGreaterThan(27_000);
    expect(ids(2 ** 50)).toHaveLength(1_024);
  });
});

describe('mergeRanges', () => {
  const limits = { requestBytesMax: 100, gapBytesMax: 10, bytesMax: 1_000 };
  const range = (begin: number, end: number, file = 0) => ({ file, begin, end });

  it('joins what touches, reads small gaps along, and keeps files apart', () => {
    expect(mergeRanges([range(20, 30), range(0, 20), range(25, 40), range(0, 5, 1)], limits)).toEqual([
      range(0, 40),
      range(0, 5, 1),
    ]);
    expect(mergeRanges([range(0, 10), range(20, 30), range(41, 50)], limits)).toEqual([
      range(0, 30),
      range(41, 50),
    ]);
  });

  it('closes gaps only while the budget holds, smallest first', () => {
    const ranges = [range(0, 10), range(18, 20), range(22, 30)];
    expect(mergeRanges(ranges, { ...limits, bytesMax: 22 })).toEqual([range(0, 10), range(18, 30)]);
  });

  it('cuts long stretches', () => {
    expect(mergeRanges([range(0, 250)], limits)).toEqual([range(0, 100), range(100, 200), range(200, 250)]);
  });

  it('covers every range and nothing twice', () => {
    const ranges = fc.array(fc.tuple(fc.nat(2), fc.nat(300), fc.integer({ min: 1, max: 40 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(ranges, (drawn) => {
        const wanted = drawn.map(([file, begin, length]) => range(begin, begin + length, file));
        const bytes = (some: typeof wanted) =>
          some.flatMap(({ file, begin, end }) =>
            Array.from({ length: end - begin }, (_, at) => `${file}:${begin + at}`),
          );
        const read = bytes(mergeRanges(wanted, limits));
        expect(new Set(read).size).toBe(read.length);
        expect(bytes(wanted).every((byte) => read.includes(byte))).toBe(true);
      }),
      { seed, numRuns: 50 },
    );
  });
});
