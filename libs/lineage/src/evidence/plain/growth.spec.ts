import fc from 'fast-check';
import { SEED } from '../evidence.testing';
import { PLAIN_CONSTANTS } from './constants';
import { measureGrowth, twoAnswers } from './growth';
import { lineVariance, type Lines } from './lines';

/** Lines whose growth is exactly a straight function of their turn. */
function straight(slope: number, offset: number, count = 40, width = 64): Lines {
  const turn = Float64Array.from({ length: count }, (_, i) => 0.001 * (i + 1));
  const growth = turn.map((x) => offset + slope * x);
  const variance = turn.map((x) => lineVariance(x, width, PLAIN_CONSTANTS));
  return { turn, growth, variance, sideEnds: [count] };
}

describe('plain growth', () => {
  it('has slope 1 and points to the child along descent, with and without decay', () => {
    for (const shrink of [0, 0.05]) {
      const found = measureGrowth(straight(1, -shrink), PLAIN_CONSTANTS);
      expect(found.slope).toBeCloseTo(1, 9);
      expect(found.ratio).toBeGreaterThan(1);
      // What the prior takes for the shrink, and no more.
      expect(found.variantGain).toBeLessThan(10);
    }
  });

  it('scores an answer by its residuals and by the prior on the shrink', () => {
    // y = x: the first answer fits exactly without any shrink; the second leaves 2x, halved after shrinking by s.
    const lines = {
      turn: Float64Array.of(1),
      growth: Float64Array.of(1),
      variance: Float64Array.of(1),
      sideEnds: [1],
    };
    const { first, second } = twoAnswers(lines, { ...PLAIN_CONSTANTS, decayPrior: 1 });
    expect(first).toBe(0);
    // Best shrink: 2 − 1 (rate). Residual (2 − 1)² / 2 and the prior's 1.
    expect(second).toBeCloseTo(0.5 + 1, 12);
  });

  it('is nothing for fewer lines than it takes', () => {
    expect(measureGrowth(straight(1, 0, 4), PLAIN_CONSTANTS)).toEqual({
      ratio: 0,
      slope: 0,
      variantGain: 0,
      lines: 4,
    });
  });

  it('finds a common ancestor between both where neither answer fits', () => {
    const found = measureGrowth(straight(0, 0, 400), PLAIN_CONSTANTS);
    expect(Math.abs(found.ratio)).toBeLessThan(1e-6);
    expect(found.slope).toBeCloseTo(0, 9);
    expect(found.variantGain).toBeGreaterThan(20);
  });

  it('lets a noisy side count for less', () => {
    const clean = straight(1, 0);
    const noise = clean.turn.map((_, i) => (i % 2 === 0 ? 0.2 : -0.2));
    const both = (side: Lines, growth: Float64Array): Lines => ({
      turn: Float64Array.of(...clean.turn, ...side.turn),
      growth: Float64Array.of(...clean.growth, ...growth),
      variance: Float64Array.of(...clean.variance, ...side.variance),
      sideEnds: [40, 80],
    });
    const noisy = both(clean, noise);
    expect(measureGrowth(noisy, PLAIN_CONSTANTS).ratio).toBeGreaterThan(
      0.5 * measureGrowth(clean, PLAIN_CONSTANTS).ratio,
    );
  });

  it('changes its sign and nothing else when the models are exchanged', () => {
    const points = fc.array(
      fc.tuple(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
      {
        minLength: 5,
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(points, (list) => {
        const turn = Float64Array.from(list, ([x]) => x);
        const growth = Float64Array.from(list, ([, y]) => y);
        const variance = turn.map((x) => lineVariance(x, 64, PLAIN_CONSTANTS));
        const lines = { turn, growth, variance, sideEnds: [list.length] };
        const there = measureGrowth(lines, PLAIN_CONSTANTS);
        const back = measureGrowth({ ...lines, growth: growth.map((y) => -y) }, PLAIN_CONSTANTS);
        expect(back.ratio + there.ratio).toBe(0);
        expect(back.slope + there.slope).toBe(0);
        expect(back.variantGain).toBe(there.variantGain);
      }),
      { seed: SEED },
    );
  });
});
