import { initialise, mapWeights, observe, type TestWeights, train } from '../evidence/evidence.testing';
import { roundTo } from '../evidence/number-format';
import { type Observation, observeMatrix } from '../evidence/observation';
import { motherDistance } from './layer-distance';
import { type LayerType, layerTypeOf } from './layer-type';

const F16 = 2 ** -11;

/** One square value matrix and one wide matrix of the perceptron. */
function model(value: readonly number[], mlp: readonly number[] = [1, 2, 3, 4, 5, 6]): Observation {
  const matrix = (name: string, rows: number, values: readonly number[]) =>
    observeMatrix({
      name,
      rows,
      columns: values.length / rows,
      values: Float64Array.from(values),
      rounding: F16,
    });
  const tensors = [
    matrix('layer.0.attention.value.weight', 2, value),
    matrix('layer.0.intermediate.dense.weight', 2, mlp),
  ];
  return { architecture: 'x', contentHash: String(value), tensors, embedding: null, dtype: 'F16' };
}

describe("the paper's distances", () => {
  it('v1: the largest difference of one entry after scaling every matrix to 0..1 by itself', () => {
    // 0,1,2,4 → 0, 1/4, 1/2, 1 and 0,3,2,4 → 0, 3/4, 1/2, 1.
    expect(motherDistance(model([0, 1, 2, 4]), model([0, 3, 2, 4]), { distance: 'v1' })).toBeCloseTo(
      1 / 2,
      12,
    );
    // A common factor and offset change nothing.
    expect(motherDistance(model([0, 1, 2, 4]), model([3, 5, 7, 11]), { distance: 'v1' })).toBeCloseTo(0, 12);
    expect(motherDistance(model([1, 1, 1, 1]), model([2, 2, 2, 2]), { distance: 'v1' })).toBe(0);
  });

  it('iclr: the mean over square attention matrices of the root mean square difference', () => {
    // The wide matrix differs too and does not count.
    const distance = motherDistance(model([0, 1, 2, 4]), model([0, 3, 2, 4], [9, 9, 9, 9, 9, 9]), {
      distance: 'iclr',
    });
    expect(distance).toBeCloseTo(Math.sqrt(4 / 4), 12);
  });

  it('iclr: takes any matrix of the layers that are asked for', () => {
    const distance = motherDistance(model([0, 1, 2, 4]), model([0, 3, 2, 4], [1, 2, 3, 4, 5, 12]), {
      distance: 'iclr',
      layers: ['mlp'],
    });
    expect(distance).toBeCloseTo(Math.sqrt(36 / 6), 12);
  });

  it('lora: the rank of the difference of value matrices, with a tolerance', () => {
    const options = { distance: 'lora', rankTolerance: 0.1 } as const;
    expect(motherDistance(model([0, 1, 2, 4]), model([0, 3, 2, 8]), options)).toBe(1);
    expect(motherDistance(model([0, 1, 2, 4]), model([5, 1, 2, 8]), options)).toBe(2);
    expect(motherDistance(model([0, 1, 2, 4]), model([0.05, 1, 2, 4]), options)).toBe(0);
  });

  it('takes only the layers that are asked for, and has no answer where there are none', () => {
    const [a, b] = [model([0, 1, 2, 4]), model([0, 1, 2, 4], [1, 2, 3, 4, 5, 7])];
    expect(motherDistance(a, b, { distance: 'v1', layers: ['value'] })).toBe(0);
    expect(motherDistance(a, b, { distance: 'v1', layers: ['mlp'] })).toBeGreaterThan(0);
    expect(motherDistance(a, b, { distance: 'v1', layers: ['key'] })).toBeNull();
  });

  it('leaves out what is not finite', () => {
    expect(motherDistance(model([0, NaN, 2, 4]), model([0, 3, 2, 4]), { distance: 'v1' })).toBe(0);
    expect(motherDistance(model([0, Infinity, 2, 4]), model([0, 3, 2, 4]), { distance: 'iclr' })).toBe(0);
    expect(motherDistance(model([0, NaN, 2, 4]), model([0, 3, 2, 4]), { distance: 'lora' })).toBe(0);
  });

  it.each(['v1', 'iclr', 'lora'] as const)('%s: is none where no number is finite in both', (distance) => {
    const nothing = model([NaN, NaN, NaN, Infinity], [NaN, NaN, NaN, NaN, NaN, NaN]);
    expect(motherDistance(nothing, model([0, 3, 2, 4]), { distance })).toBeNull();
    expect(motherDistance(nothing, nothing, { distance })).toBeNull();
  });
});

describe('the LoRA distance in half precision', () => {
  const base = initialise(1, { matrices: 4, rows: 32, columns: 32 });
  const half = (weights: TestWeights): Observation => observe(mapWeights(weights, roundTo(F16)), 'x', F16);

  /** Adds a matrix of rank 2 to all of them. */
  const lora = mapWeights(base, (v, i) => {
    const [row, column] = [Math.floor(i / 32), i % 32];
    return (
      v +
      0.01 * Math.sin(3 * row + 1) * Math.cos(7 * column) +
      0.01 * Math.cos(5 * row) * Math.sin(2 * column + 2)
    );
  });

  it('is the rank that was added, where a naive tolerance finds it full', () => {
    expect(motherDistance(half(base), half(lora), { distance: 'lora' })).toBe(2);
    expect(motherDistance(half(base), half(lora), { distance: 'lora', rankTolerance: 1e-9 })).toBe(32);
    expect(motherDistance(half(base), half(train(base, 2, 0.1)), { distance: 'lora' })).toBe(32);
  });
});

describe('the type of a layer', () => {
  it.each<[string, LayerType]>([
    ['encoder.layer.0.attention.attention.query.weight', 'query'],
    ['encoder.layer.0.attention.self.key.weight', 'key'],
    ['layers.3.self_attn.v_proj.weight', 'value'],
    ['layers.3.self_attn.o_proj.weight', 'attention-output'],
    ['encoder.layer.0.attention.output.dense.weight', 'attention-output'],
    ['encoder.layer.0.output.dense.weight', 'mlp'],
    ['encoder.layer.0.intermediate.dense.weight', 'mlp'],
    ['layers.3.mlp.gate_proj.weight', 'mlp'],
    ['down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight', 'query'],
    ['down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0.weight', 'attention-output'],
    ['blocks.0.conv.weight', 'other'],
  ])('%s: %s', (name, type) => {
    expect(layerTypeOf({ name })).toBe(type);
  });
});
