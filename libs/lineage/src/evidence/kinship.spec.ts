import { DEFAULT_CONSTANTS } from './constants';
import { areKin, areRelated, correlate } from './kinship';

const tensor = (coordinates: number, correlation: number | null) => ({ coordinates, correlation });

describe('relatedness', () => {
  it('averages over coordinates and counts standard errors of strangers', () => {
    const found = correlate([tensor(300, 1), tensor(100, 0.6)]);
    expect(found.correlation).toBeCloseTo(0.9, 12);
    expect(found.z).toBeCloseTo(0.9 * 20, 9);
  });

  it.each([
    ['a high correlation of few coordinates', [tensor(50, 0.95)], false],
    ['a correlation beyond chance', [tensor(10_000, 0.5)], true],
    ['a tiny correlation beyond chance', [tensor(10_000_000, 0.01)], false],
    ['nothing but constants', [tensor(10_000, null)], false],
  ] as const)('%s: %s', (_, tensors, related) => {
    expect(areRelated(correlate(tensors), DEFAULT_CONSTANTS)).toBe(related);
  });
});

describe('kinship', () => {
  const silent = { slope: 0, variantGain: 0 };

  it.each([
    ['grown twins from one initialisation', 0.945, 0.017, { slope: 0.05, variantGain: 260 }, false],
    ['young twins from one initialisation', 0.996, 0.0027, { slope: 0.03, variantGain: 21 }, false],
    ['a close pair of which growth says nothing', 0.975, 0.05, silent, true],
    ['a heavy LoRA that left tensors alone', 0.85, 0, silent, true],
    ['strangers with the same causal mask', 0.02, 0, silent, false],
    ['cousins that share a tensor', 0.99, 0.002, { slope: 0.05, variantGain: 260 }, true],
    ['a long descent', 0.98, 0.02, { slope: -0.7, variantGain: 30 }, true],
    ['a descent too far', 0.97, 0.02, { slope: 1, variantGain: 0 }, false],
  ] as const)('of %s', (_, trainedCorrelation, leastSineSquare, growth, kin) => {
    expect(areKin(trainedCorrelation, leastSineSquare, growth, DEFAULT_CONSTANTS)).toBe(kin);
  });
});
