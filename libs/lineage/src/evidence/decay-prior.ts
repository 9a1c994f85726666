import type { Constants } from './constants';

/** S(d) = atNone + slope · d + curve · d² / 2: half the weighted squares that an answer leaves at a common shrink d. */
export interface ShrinkParabola {
  readonly atNone: number;
  readonly slope: number;
  readonly curve: number;
}

const LN_TWO_PI = Math.log(2 * Math.PI);

/**
 * ln of the likelihood e^−S of an answer, integrated over the shrink d ≥ 0 that weight decay gave all rows: none at all, or
 * one from a mixture of exponentials, since rates of decay differ by orders of magnitude between trainings.
 */
export function lnLikelihoodOverDecay(
  parabola: ShrinkParabola,
  meanTurn: number,
  constants: Constants,
): number {
  const { noDecayShare, decayRates } = constants;
  const terms = decayRates.map(
    (rate) => Math.log((1 - noDecayShare) / decayRates.length) + lnIntegral(parabola, rate / meanTurn),
  );
  terms.push(Math.log(noDecayShare) - parabola.atNone);
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

/** ln ∫ rate · e^(−rate·d − S(d)) dd over d ≥ 0. */
function lnIntegral({ atNone, slope, curve }: ShrinkParabola, rate: number): number {
  const z = -(slope + rate) / Math.sqrt(curve);
  return -atNone + Math.log(rate) + 0.5 * (LN_TWO_PI - Math.log(curve)) + lnScaledNormal(z);
}

/** ln(e^(z²/2) · Φ(z)), Φ the normal distribution function; together, since apart they cancel where z is far below 0. */
export function lnScaledNormal(z: number): number {
  if (z < -3) return -LN_TWO_PI / 2 - Math.log(millsFraction(-z));
  if (z > 3) return (z * z) / 2 + Math.log1p(-Math.exp(lnScaledNormal(-z) - (z * z) / 2));
  return (z * z) / 2 + Math.log(0.5 + normalSeries(z));
}

/** Continued fraction of one over Mills' ratio, (1 − Φ(t)) / φ(t), for t ≥ 3 (Laplace); what is left out is below rounding. */
function millsFraction(t: number): number {
  let fraction = t;
  for (let k = 8 + Math.ceil(600 / (t * t)); k >= 1; k--) fraction = t + k / fraction;
  return fraction;
}

/** Φ(z) − 1/2 = φ(z) · (z + z³/3 + z⁵/15 + …). */
function normalSeries(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return sum * Math.exp(-(z * z + LN_TWO_PI) / 2);
}
