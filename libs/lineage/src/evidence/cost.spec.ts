import { comparePair, type PairFigures } from './compare-pair';
import { DEFAULT_CONSTANTS } from './constants';
import {
  confidenceNats,
  edgeCosts,
  edgeNats,
  PAIR_COST_MAX,
  pooledLogOdds,
  rootConfidenceNats,
  rootCost,
} from './cost';
import { initialise, observe, train } from './evidence.testing';

const base = initialise(1);
const figures = comparePair(observe(base, 'a'), observe(train(base, 2, 0.1), 'b'));
const with_ = (changes: Partial<PairFigures>): PairFigures => ({ ...figures, ...changes });

describe('the cost of an edge', () => {
  it('is α·D less half the log-odds, and more by the same in the other direction', () => {
    const { forward, backward } = edgeNats(with_({ distance: -5, logOdds: 30 }));
    expect(forward).toBe(-5000 - 15);
    expect(backward).toBe(-5000 + 15);
  });

  it('is an integer whose upper bits are the nats in steps of 2^-10, whatever the tie-break', () => {
    for (const [a, b] of [['x', 'y'] as const, ['some/model', 'another/model'] as const]) {
      const { forward, backward } = edgeCosts(with_({ distance: -5, logOdds: 30 }), a, b);
      expect(Number.isSafeInteger(forward)).toBe(true);
      expect(Math.floor(forward / 2 ** 20)).toBe(-5015 * 2 ** 10);
      expect(Math.floor(backward / 2 ** 20)).toBe(-4985 * 2 ** 10);
    }
  });

  it('breaks ties by content: differently for each direction, and equally whoever comes first', () => {
    const tied = with_({ logOdds: 0 });
    const { forward, backward } = edgeCosts(tied, 'x', 'y');
    expect(forward).not.toBe(backward);
    expect(edgeCosts(tied, 'y', 'x')).toEqual({ forward: backward, backward: forward });
  });

  it('stays within its bound for the nearest, the farthest and the most certain pairs', () => {
    for (const distance of [Math.log(DEFAULT_CONSTANTS.distanceFloorMin), Math.log(2e3)]) {
      for (const logOdds of [DEFAULT_CONSTANTS.logOddsMax, -DEFAULT_CONSTANTS.logOddsMax]) {
        const { forward, backward } = edgeCosts(with_({ distance, logOdds }), 'x', 'y');
        expect(Math.max(Math.abs(forward), Math.abs(backward))).toBeLessThan(PAIR_COST_MAX);
      }
    }
    expect(() => edgeCosts(with_({ distance: -40 }), 'x', 'y')).toThrow(/2\^45/);
  });
});

describe('the cost of being a root', () => {
  it('falls by κ for every nat of pooled evidence', () => {
    const constants = { ...DEFAULT_CONSTANTS, kappa: 3 };
    const { tau, kappa } = constants;
    const nats = (pooled: number): number => Math.floor(rootCost(pooled, 'x', constants) / 2 ** 30);
    expect(nats(0)).toBe(tau);
    expect(nats(7)).toBe(tau - 7 * kappa);
  });

  it('is above every edge between kin, so that nobody is a root without need', () => {
    // Kin by a shared tensor may be as far from each other as strangers, whose distance is about 0; hostile weights that put all
    // of their squares into the columns of the distance get to ln 2·10^3. All evidence may be against the edge.
    const { logOddsMax, kappa, tau, alpha } = DEFAULT_CONSTANTS;
    const farthest = alpha * Math.log(2e3) + logOddsMax / 2;
    expect(tau - kappa * logOddsMax).toBeGreaterThan(farthest);
  });

  it('pools by a mean in whole nats', () => {
    expect(pooledLogOdds([])).toBe(0);
    expect(pooledLogOdds([10, -3, 1])).toBe(3);
    expect(pooledLogOdds([0.2, 0.4])).toBe(0);
  });
});

describe('the costs that confidence is computed from', () => {
  it('weigh distance and direction by constants of their own', () => {
    const constants = {
      ...DEFAULT_CONSTANTS,
      alpha: 1000,
      confidenceAlpha: 100,
      confidenceDirection: 0.2,
      kappa: 3,
    };
    expect(confidenceNats(-5, 30, constants)).toBe(-500 - 3);
    expect(confidenceNats(-5, -30, constants)).toBe(-500 + 3);
    expect(rootConfidenceNats(4, constants)).toBeCloseTo(constants.tau / 10 - 4 * 3 * 0.2, 9);
  });
});
