import { DEFAULT_CONSTANTS } from './constants';
import {
  initialise,
  mapWeights,
  normal,
  observe,
  random,
  sampleColumns,
  type TestWeights,
  train,
} from './evidence.testing';
import { lowRankChange, rankOfChange } from './low-rank';
import { roundTo } from './number-format';
import { singularValuesAbove } from './singular-values';
import type { Observation } from './observation';

const F16 = 2 ** -11;
const SIZE = { matrices: 4, rows: 40, columns: 40 };

/** B·A added to the first two matrices, as merging a LoRA on query and key does. */
function addLora(base: TestWeights, rank: number, seed: number): TestWeights {
  const next = normal(random(seed));
  const matrices = base.matrices.map((matrix, m) => {
    if (m >= 2) return matrix;
    const factors = Array.from({ length: rank }, () => ({
      left: Float64Array.from({ length: base.rows }, next),
      right: Float64Array.from({ length: base.columns }, next),
    }));
    return matrix.map((v, i) => {
      const [row, column] = [Math.floor(i / base.columns), i % base.columns];
      return v + 0.003 * factors.reduce((sum, { left, right }) => sum + left[row]! * right[column]!, 0);
    });
  });
  return { ...base, matrices };
}

const half = (weights: TestWeights): TestWeights => mapWeights(weights, roundTo(F16));

describe('numerical rank', () => {
  it('counts singular values above the tolerance', () => {
    // diag(3, 2, 1e-6): two or three, as one asks.
    const diagonal = Float64Array.of(3, 0, 0, 0, 2, 0, 0, 0, 1e-6);
    expect(singularValuesAbove(diagonal, 3, 3, 1e-3)).toBe(2);
    expect(singularValuesAbove(diagonal, 3, 3, 1e-9)).toBe(3);
    expect(singularValuesAbove(new Float64Array(6), 2, 3, 0)).toBe(0);
  });

  it('takes wide and tall matrices alike', () => {
    const wide = Float64Array.of(1, 2, 3, 4, 2, 4, 6, 8);
    expect(singularValuesAbove(wide, 2, 4, 1e-9)).toBe(1);
    expect(singularValuesAbove(wide, 4, 2, 1e-9)).toBe(2);
  });
});

describe('the rank of a change', () => {
  const base = initialise(1, SIZE);

  it.each([1, 4, 16])('sees a LoRA of rank %i through rounding to float16', (rank) => {
    const pair = [observe(half(base), 'a', F16), observe(half(addLora(base, rank, 2)), 'b', F16)] as const;
    const change = rankOfChange(...pair);
    expect(change).toEqual({ rank, fullRank: 40, tensors: 4, changed: 2 });
    expect(lowRankChange(...pair, DEFAULT_CONSTANTS)).toEqual(change);
  });

  it('is full after training all weights', () => {
    const pair = [observe(half(base), 'a', F16), observe(half(train(base, 3, 0.1)), 'b', F16)] as const;
    expect(rankOfChange(...pair)).toMatchObject({ rank: 40, changed: 4 });
    expect(lowRankChange(...pair, DEFAULT_CONSTANTS)).toBeNull();
  });

  it('is zero where nothing changed, and unknown where too little was read', () => {
    expect(rankOfChange(observe(base, 'a'), observe(base, 'b'))).toMatchObject({ rank: 0, changed: 0 });
    expect(lowRankChange(observe(base, 'a'), observe(base, 'b'), DEFAULT_CONSTANTS)).toBeNull();
    const sampled = [base, addLora(base, 2, 2)].map((w, i) => sampleColumns(observe(w, `${i}`), 8));
    expect(rankOfChange(sampled[0]!, sampled[1]!)).toBeNull();
  });

  it('shows in the difference of low-rank blocks of sketches', () => {
    const SIDE = 24;
    const sign = (seed: number): Float64Array => {
      const draw = random(seed);
      return Float64Array.from({ length: 40 * SIDE }, () => (draw() < 0.5 ? -1 : 1));
    };
    const [left, right] = [sign(11), sign(12)];
    const sketch = (weights: TestWeights, hash: string): Observation => {
      const whole = observe(half(weights), hash, F16);
      const lowRank = whole.tensors.map(({ name, values }) => {
        const block = new Float64Array(SIDE * SIDE);
        for (let i = 0; i < 1600; i++) {
          for (let p = 0; p < SIDE; p++) {
            const scaled = left[Math.floor(i / 40) * SIDE + p]! * values[i]!;
            for (let q = 0; q < SIDE; q++) block[p * SIDE + q]! += scaled * right[(i % 40) * SIDE + q]!;
          }
        }
        // A signed sum over 1,600 coordinates, each rounded to 11 bits.
        const noise = (1600 * (F16 * 0.05) ** 2) / 3;
        return { name, rows: 40, noise, values: block };
      });
      return { ...sampleColumns(whole, 8), lowRank };
    };
    const lora = rankOfChange(sketch(base, 'a'), sketch(addLora(base, 6, 2), 'b'));
    expect(lora).toEqual({ rank: 6, fullRank: SIDE, tensors: 4, changed: 2 });
    const full = [sketch(base, 'a'), sketch(train(base, 3, 0.1), 'b')] as const;
    expect(lowRankChange(...full, DEFAULT_CONSTANTS)).toBeNull();
  });
});
