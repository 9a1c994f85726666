// Typed-array reads carry `!`: indices are those of the caller, within the length.
const BITS = 512;
const RADIX = 2 ** BITS;
const LARGEST = 2 ** (BITS / 2);
const NATS = BITS * Math.LN2;

/**
 * Positive numbers and zero of any size, each as fraction · 2^(512 · power) with a fraction that is 0 or within 2^±256 or so: sums
 * and products neither underflow nor lose precision, and cost a few operations on doubles.
 */
export class WideNumbers {
  readonly fraction: Float64Array;
  readonly power: Int32Array;

  constructor(length: number) {
    this.fraction = new Float64Array(length);
    this.power = new Int32Array(length);
  }

  /** Makes all of them zero. */
  clear(): void {
    this.fraction.fill(0);
    this.power.fill(0);
  }

  /** Adds e^log. */
  addExp(at: number, log: number): void {
    const power = Math.round(log / NATS);
    this.add(at, Math.exp(log - power * NATS), power);
  }

  /** Adds fraction · 2^(512 · power); the fraction may be a product or a quotient of two. */
  add(at: number, fraction: number, power: number): void {
    if (fraction === 0) return;
    if (fraction < 1 / LARGEST) {
      fraction *= RADIX;
      power--;
    } else if (fraction >= LARGEST) {
      fraction /= RADIX;
      power++;
    }
    const before = this.fraction[at]!;
    const higher = before === 0 ? 2 : power - this.power[at]!;
    // Two powers apart, the smaller is below the last bit of the larger.
    if (higher === 0) this.fraction[at] = before + fraction;
    else if (higher === -1) this.fraction[at] = before + fraction / RADIX;
    else if (higher > 0) {
      this.fraction[at] = higher === 1 ? fraction + before / RADIX : fraction;
      this.power[at] = power;
    }
  }

  /** Adds a · b, both from columns such as this. */
  addProduct(at: number, a: WideNumbers, i: number, b: WideNumbers, j: number): void {
    this.add(at, a.fraction[i]! * b.fraction[j]!, a.power[i]! + b.power[j]!);
  }

  /** Adds `factor` (element i of it) times `count` of these numbers from `from` on to those from `at` on. */
  addMultiples(at: number, count: number, factor: WideNumbers, i: number, from: number): void {
    const { fraction, power } = this;
    const [by, byPower] = [factor.fraction[i]!, factor.power[i]!];
    for (let k = 0; k < count; k++) {
      const product = by * fraction[from + k]!;
      const productPower = byPower + power[from + k]!;
      // Most are of one power, and stay in it.
      const isOrdinary = product >= 1 / LARGEST && product < LARGEST && productPower === power[at + k];
      if (isOrdinary && fraction[at + k] !== 0) fraction[at + k]! += product;
      else this.add(at + k, product, productPower);
    }
  }

  /** Adds a / b. */
  addQuotient(at: number, a: WideNumbers, i: number, b: WideNumbers, j: number): void {
    this.add(at, a.fraction[i]! / b.fraction[j]!, a.power[i]! - b.power[j]!);
  }

  /** As a double; 0 where it is too small for one. */
  toNumber(at: number): number {
    const power = this.power[at]!;
    return power < -2 ? 0 : this.fraction[at]! * RADIX ** power;
  }
}
