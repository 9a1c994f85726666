/** What the plain formulas take from outside. In nats and squares, as in the default method's constants. */
export interface PlainConstants {
  /** r0: relative mean square that counts as "did not move". */
  readonly distanceFloor: number;
  /** Lines are used where turnMin < x < turnMax. */
  readonly turnMin: number;
  readonly turnMax: number;
  /** Share of its turn by which a line's growth scatters beyond the scatter of a random direction. */
  readonly turnNoise: number;
  /** Rate of the exponential prior on the common shrink (weight decay), per mean turn. */
  readonly decayPrior: number;
  /** Lines fewer than this say nothing. */
  readonly rowsMin: number;
}

export const PLAIN_CONSTANTS: PlainConstants = Object.freeze({
  distanceFloor: 1e-9,
  turnMin: 1e-9,
  turnMax: 1.5,
  turnNoise: 0.1,
  decayPrior: 3,
  rowsMin: 5,
});
