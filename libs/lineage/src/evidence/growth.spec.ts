import fc from 'fast-check';
import { compress, DEFAULT_CONSTANTS } from './constants';
import { lnLikelihoodOverDecay } from './decay-prior';
import { SEED } from './evidence.testing';
import { measureGrowth } from './growth';
import { type GrowthRows, roundingVariance, rowVariance } from './growth-rows';
import { logRatio, sineSquare, turnOf } from './turn';

const varianceOf = (x: number): number =>
  rowVariance(x, 64, DEFAULT_CONSTANTS.turnNoise, roundingVariance(64, 2 ** -24));

/** Rows whose growth is exactly a straight function of their turn. */
function straight(slope: number, offset: number, count = 40): GrowthRows {
  const turn = Float64Array.from({ length: count }, (_, i) => 0.001 * (i + 1));
  const growth = turn.map((x) => offset + slope * x);
  return { turn, growth, variance: turn.map(varianceOf), groupEnds: [count] };
}

describe('growth', () => {
  it('has slope 1 and points to the child along descent, with and without decay', () => {
    for (const shrink of [0, 0.05]) {
      const found = measureGrowth(straight(1, -shrink), DEFAULT_CONSTANTS);
      expect(found.slope).toBeCloseTo(1, 9);
      expect(found.ratio).toBeGreaterThan(1);
      expect(found.variantGain).toBeCloseTo(0, 9);
    }
  });

  it('is nothing for fewer rows than it takes', () => {
    const nothing = { ratio: 0, slope: 0, variantGain: 0, rows: 4 };
    expect(measureGrowth(straight(1, 0, 4), DEFAULT_CONSTANTS)).toEqual(nothing);
  });

  it('finds a common ancestor between both where neither answer fits', () => {
    const found = measureGrowth(straight(0, 0, 400), DEFAULT_CONSTANTS);
    expect(Math.abs(found.ratio)).toBeLessThan(1e-6);
    expect(found.slope).toBeCloseTo(0, 9);
    expect(found.variantGain).toBeGreaterThan(20);
  });

  it('lets a noisy group count for less', () => {
    const clean = straight(1, 0);
    const noise = clean.turn.map((_, i) => (i % 2 === 0 ? 0.2 : -0.2));
    const noisy = {
      turn: Float64Array.of(...clean.turn, ...clean.turn),
      growth: Float64Array.of(...clean.growth, ...noise),
      variance: Float64Array.of(...clean.variance, ...clean.variance),
      groupEnds: [40, 80],
    };
    const alone = measureGrowth(clean, DEFAULT_CONSTANTS).ratio;
    expect(measureGrowth(noisy, DEFAULT_CONSTANTS).ratio).toBeGreaterThan(0.5 * alone);
  });

  it('trusts rows less that may share an alignment', () => {
    const free = measureGrowth(straight(1, 0, 400), DEFAULT_CONSTANTS).ratio;
    const aligned = measureGrowth(straight(1, 0, 400), DEFAULT_CONSTANTS, 0.5).ratio;
    expect(aligned).toBeGreaterThan(0);
    expect(aligned).toBeLessThan(0.9 * free);
  });

  it('changes its sign and nothing else when the models are exchanged', () => {
    const points = fc.array(
      fc.tuple(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true })),
      { minLength: 5, maxLength: 60 },
    );
    fc.assert(
      fc.property(points, fc.constantFrom(0, 0.5), (list, alignment) => {
        const turn = Float64Array.from(list, ([x]) => x);
        const growth = Float64Array.from(list, ([, y]) => y);
        const rows = { turn, growth, variance: turn.map(varianceOf), groupEnds: [list.length] };
        const there = measureGrowth(rows, DEFAULT_CONSTANTS, alignment);
        const back = measureGrowth({ ...rows, growth: growth.map((y) => -y) }, DEFAULT_CONSTANTS, alignment);
        expect(back.ratio + there.ratio).toBe(0);
        expect(back.slope + there.slope).toBe(0);
        expect(back.variantGain).toBe(there.variantGain);
      }),
      { seed: SEED },
    );
  });
});

describe('the likelihood over all decays', () => {
  it('is what adding up small steps gives', () => {
    const constants = { ...DEFAULT_CONSTANTS, noDecayShare: 0.25, decayRates: [2, 0.5] };
    for (const slope of [-6, 0, 4]) {
      const parabola = { atNone: 1.5, slope, curve: 3 };
      let sum = 0.25 * Math.exp(-1.5);
      const step = 1e-3;
      for (let d = step / 2; d < 60; d += step) {
        const prior = constants.decayRates.reduce(
          (p, r) => p + 0.375 * (r / 0.5) * Math.exp((-r / 0.5) * d),
          0,
        );
        sum += step * prior * Math.exp(-(1.5 + slope * d + 1.5 * d * d));
      }
      expect(lnLikelihoodOverDecay(parabola, 0.5, constants)).toBeCloseTo(Math.log(sum), 5);
    }
  });
});

describe('the points', () => {
  it('have the turn of the angle and the growth of the squared norms', () => {
    // (1, 0) and (1, 1): cos² = 1/2, squared norms 1 and 2.
    expect(turnOf(sineSquare(1, 2, 1))).toBeCloseTo(Math.log(2), 12);
    expect(sineSquare(0, 2, 0)).toBe(1);
    expect(logRatio(1, 2)).toBeCloseTo(Math.log(2), 12);
    expect(logRatio(2, 1)).toBe(-logRatio(1, 2));
  });

  it('are squashed as evidence, symmetrically, and never flat', () => {
    expect(compress(0, 10)).toBe(0);
    expect(compress(1, 10)).toBeCloseTo(10 * Math.log(1.1), 12);
    expect(compress(-1000, 10)).toBeCloseTo(-10 * Math.log(101), 12);
    expect(compress(1e6, 10)).toBeGreaterThan(compress(1e5, 10));
  });
});
