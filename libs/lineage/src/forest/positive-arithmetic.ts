/** Sums, products and quotients of positive numbers and zero: all that an elimination without subtraction needs. */
export interface Arithmetic {
  readonly zero: number;
  /** Below this a sum has lost precision to underflow. */
  readonly leastSafe: number;
  readonly fromLog: (log: number) => number;
  readonly toNumber: (value: number) => number;
  readonly plus: (a: number, b: number) => number;
  readonly times: (a: number, b: number) => number;
  readonly over: (a: number, b: number) => number;
}

/** Plain doubles. What is flushed to zero below 10⁻³⁰⁸ cannot be missed beside a sum above `leastSafe`. */
export const LINEAR: Arithmetic = {
  zero: 0,
  leastSafe: 1e-250,
  fromLog: Math.exp,
  toNumber: (value) => value,
  plus: (a, b) => a + b,
  times: (a, b) => a * b,
  over: (a, b) => a / b,
};

/** Numbers by their logarithms: no underflow at all. */
export const LOGARITHMIC: Arithmetic = {
  zero: -Infinity,
  leastSafe: -Infinity,
  fromLog: (log) => log,
  toNumber: Math.exp,
  plus: addLogs,
  times: (a, b) => a + b,
  over: (a, b) => a - b,
};

/** Beyond this difference in nats the smaller term is below the last bit of the larger. */
const NEGLIGIBLE_NATS = 38;

/** ln(eᵃ + eᵇ). */
function addLogs(a: number, b: number): number {
  const larger = a > b ? a : b;
  const difference = a > b ? b - a : a - b;
  return difference > -NEGLIGIBLE_NATS ? larger + Math.log1p(Math.exp(difference)) : larger;
}
