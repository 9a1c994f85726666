import type { Constants } from './constants';
import { lnLikelihoodOverDecay, type ShrinkParabola } from './decay-prior';
import type { GrowthRows } from './growth-rows';
import { sumGrowth } from './pair-kernel';

/**
 * Direction from growth. An update that is independent of the weights it starts from is nearly orthogonal to them, so a row
 * that was turned has grown: y = x − d where the first model is the parent, y = d − x where the second is. The common shrink
 * d ≥ 0 is weight decay; being the same for all rows it cannot hide how growth varies with the turn.
 *
 * Everything here is exactly antisymmetric: exchanging the models changes y, the ratio and the slope in sign and no other
 * bit. Not checked: that rows are independent of each other; the scale per group makes up for a part of that.
 */
export interface Growth {
  /** L: log-likelihood ratio of "the first is the parent" over "the second is". */
  readonly ratio: number;
  /** β: slope of growth on turn when it is left free; near 1 along descent, near 0 between siblings. */
  readonly slope: number;
  /** Nats by which a free slope explains the rows better than the better of both answers at its best shrink. */
  readonly variantGain: number;
  readonly rows: number;
}

/**
 * Growth over rows, each group with its own scale of noise. With an `alignment`, the updates of all rows may in addition share
 * one component along their weights, drawn once with this standard deviation.
 */
export function measureGrowth(rows: GrowthRows, constants: Constants, alignment = 0): Growth {
  const count = rows.turn.length;
  if (count < constants.rowsMin) return { ratio: 0, slope: 0, variantGain: 0, rows: count };
  const sums = sumGrowth(rows, alignment > 0 ? 1 / (alignment * alignment) : 0);
  const { weights: curve, lineLeft, slope } = sums;
  // Sign 1, y = x − d: the first model is the parent; −1, y = d − x.
  const first = { atNone: sums.firstSquares / 2, slope: sums.firstSum, curve };
  const second = { atNone: sums.secondSquares / 2, slope: -sums.secondSum, curve };
  const best = Math.min(leastOf(first), leastOf(second));
  const scale = Math.max(1, (2 * best) / count);
  const meanTurn = Math.max(1e-12, sums.turns / count);
  const likelihood = (parabola: ShrinkParabola): number =>
    lnLikelihoodOverDecay(divided(parabola, scale), meanTurn, constants);
  return {
    ratio: likelihood(first) - likelihood(second),
    slope,
    variantGain: (best - lineLeft) / Math.max(1, (2 * lineLeft) / count),
    rows: count,
  };
}

/** S at the best shrink. */
function leastOf({ atNone, slope, curve }: ShrinkParabola): number {
  const shrink = Math.max(0, -slope / curve);
  return atNone + slope * shrink + (curve * shrink * shrink) / 2;
}

function divided({ atNone, slope, curve }: ShrinkParabola, by: number): ShrinkParabola {
  return { atNone: atNone / by, slope: slope / by, curve: curve / by };
}
