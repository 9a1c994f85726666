// Typed arrays are read with `!` here: every index is bounded by the number of rows.

/**
 * Inner products of columns of numbers, a weight for every row. Where a direction is given, every row may be off by a common
 * multiple of it, drawn once with the given standard deviation: it is integrated out (Woodbury's identity).
 */
export class WeightedProduct {
  readonly #denominator: number;

  constructor(
    private readonly weights: Float64Array,
    private readonly direction: Float64Array | null,
    deviation: number,
  ) {
    this.#denominator =
      direction === null ? Infinity : 1 / deviation ** 2 + this.#plain(direction, direction);
  }

  of(p: Float64Array, q: Float64Array): number {
    const { direction } = this;
    if (direction === null) return this.#plain(p, q);
    return this.#plain(p, q) - (this.#plain(direction, p) * this.#plain(direction, q)) / this.#denominator;
  }

  /** Residuals less the best multiple of the common direction. */
  withoutDirection(residuals: Float64Array): Float64Array {
    const { direction } = this;
    if (direction === null) return residuals;
    const multiple = this.#plain(direction, residuals) / this.#denominator;
    return residuals.map((residual, i) => residual - multiple * direction[i]!);
  }

  #plain(p: Float64Array, q: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < p.length; i++) sum += this.weights[i]! * p[i]! * q[i]!;
    return sum;
  }
}
