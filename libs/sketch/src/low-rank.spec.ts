import { readModel } from '@stemma/weights';
import { slabFigures } from './figures';
import type { LowRankBlock } from './low-rank';
import { lowRankOfDifference, projectSlab, roundingNoise } from './low-rank';
import type { SampleDtype } from './sample-dtype';
import { sampleValues } from './sample-dtype';
import { sketchWeights } from './sketch';
import { encoded, gaussian, zooSource, zooTruth } from './sketch.testing';

const ROWS = 48;
const WIDTH = 64;

/** The block of weights stored in a type. */
function blockOf(numbers: Float64Array, dtype: SampleDtype = 'F32'): LowRankBlock {
  const values = Float64Array.from(sampleValues(encoded(numbers, dtype), dtype));
  return {
    name: 'q',
    noise: roundingNoise(slabFigures(values, WIDTH).figures, dtype),
    ...projectSlab('q', values, WIDTH, 0),
  };
}

/** B·A with B [rows × rank], A [rank × width]. */
function update(rank: number, deviation: number): Float64Array {
  const [b, a] = [gaussian(5, ROWS * rank), gaussian(6, rank * WIDTH)];
  const scale = deviation / Math.sqrt(rank);
  return Float64Array.from({ length: ROWS * WIDTH }, (_, at) => {
    const [row, column] = [Math.floor(at / WIDTH), at % WIDTH];
    return Array.from(
      { length: rank },
      (__, k) => scale * b[row * rank + k]! * a[k * WIDTH + column]!,
    ).reduce((x, y) => x + y, 0);
  });
}
const sum = (a: Float64Array, b: Float64Array) => a.map((value, at) => value + b[at]!);

describe('projectSlab', () => {
  it('is linear: the block of a sum is the sum of the blocks', () => {
    const [a, b] = [gaussian(1, ROWS * WIDTH), gaussian(2, ROWS * WIDTH)];
    const [whole, parts] = [
      projectSlab('q', sum(a, b), WIDTH, 0).values,
      [projectSlab('q', a, WIDTH, 0).values, projectSlab('q', b, WIDTH, 0).values],
    ];
    expect(whole.every((value, at) => Math.abs(value - parts[0]![at]! - parts[1]![at]!) < 1e-5)).toBe(true);
  });

  it('keeps the scale: entries have the variance of the weights', () => {
    const { values, rows } = projectSlab('q', gaussian(1, ROWS * WIDTH, 0.02), WIDTH, 0);
    const variance = values.reduce((total, value) => total + value * value, 0) / values.length;
    expect(rows).toBe(48);
    expect(Math.sqrt(variance)).toBeGreaterThan(0.017);
    expect(Math.sqrt(variance)).toBeLessThan(0.023);
  });

  it('counts numbers that are not finite as zero', () => {
    const numbers = gaussian(1, ROWS * WIDTH);
    const zeroed = numbers.map((value, at) => (at % 100 === 0 ? 0 : value));
    const broken = numbers.map((value, at) => (at % 100 === 0 ? [NaN, Infinity][at % 2]! : value));
    const [expected, found] = [zeroed, broken].map((each) => projectSlab('q', each, WIDTH, 0).values);
    const differences = found!.map((value, at) => value - expected![at]!);
    expect(Math.max(...differences.map(Math.abs))).toBeLessThan(1e-6);
  });
});

describe('lowRankOfDifference', () => {
  const base = gaussian(1, ROWS * WIDTH, 0.02);

  it.each([
    [1, 'F16'],
    [4, 'F16'],
    [8, 'BF16'],
    [16, 'F16'],
    [16, 'F32'],
  ] as const)('finds a merged LoRA of rank %i in %s', (rank, dtype) => {
    const child = blockOf(sum(base, update(rank, 0.005)), dtype);
    expect(lowRankOfDifference([blockOf(base, dtype)], [child])).toEqual({
      rank,
      isLow: true,
      matrices: [{ name: 'q', rank, rankMax: 24 }],
    });
  });

  it('finds no low rank in a full update, and none at all in a copy or a cast', () => {
    const full = lowRankOfDifference(
      [blockOf(base, 'F16')],
      [blockOf(sum(base, gaussian(9, ROWS * WIDTH, 0.005)), 'F16')],
    );
    expect(full.rank).toBeGreaterThan(18);
    expect(full.isLow).toBe(false);
    expect(lowRankOfDifference([blockOf(base)], [blockOf(base)])).toMatchObject({ rank: 0, isLow: false });
    expect(lowRankOfDifference([blockOf(base)], [blockOf(base, 'F16')])).toMatchObject({ rank: 0 });
    expect(lowRankOfDifference([blockOf(base, 'BF16')], [blockOf(base, 'F16')])).toMatchObject({ rank: 0 });
  });

  it('compares matrices by name only', () => {
    expect(lowRankOfDifference([blockOf(base)], [{ ...blockOf(base), name: 'other' }])).toEqual({
      rank: 0,
      isLow: false,
      matrices: [],
    });
  });

  it('reads the rank of every LoRA in a tree of the zoo from sketches alone, and of full fine-tunes that they have none', async () => {
    const blocks = async (path: string) => {
      const model = await readModel(zooSource(path));
      if (model.type === 'rejected') throw new Error(model.detail);
      return sketchWeights(model).lowRank;
    };
    const wrong: unknown[] = [];
    for (const tree of ['lora-v/mae', 'ft/dino']) {
      const truth = Object.entries(zooTruth()[tree]!).slice(0, 6);
      for (const [model, { parent, rank }] of truth) {
        if (parent === null) continue;
        const found = lowRankOfDifference(
          await blocks(`${tree}/${parent}`),
          await blocks(`${tree}/${model}`),
        );
        const isRight = tree.startsWith('ft') ? !found.isLow : found.isLow && found.rank === rank;
        if (!isRight) wrong.push([model, rank, found.rank]);
      }
    }
    expect(wrong).toEqual([]);
  });
});
