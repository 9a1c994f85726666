/** Binary number formats, known by their unit roundoff (2^-p for p significant bits). */
interface NumberFormat {
  readonly significantBits: number;
  /** Exponent of the smallest normal number: below it the spacing stays constant. */
  readonly exponentMin: number;
  readonly largest: number;
}

const FORMATS: readonly NumberFormat[] = [
  { significantBits: 24, exponentMin: -126, largest: (2 - 2 ** -23) * 2 ** 127 }, // float32
  { significantBits: 11, exponentMin: -14, largest: 65504 }, // float16
  { significantBits: 8, exponentMin: -126, largest: (2 - 2 ** -7) * 2 ** 127 }, // bfloat16
  { significantBits: 4, exponentMin: -6, largest: 448 }, // float8 e4m3
  { significantBits: 3, exponentMin: -14, largest: 57344 }, // float8 e5m2
];

/** Adding and subtracting it rounds a double below 2^51 to the nearest integer, ties to even. */
const TO_INTEGER = 1.5 * 2 ** 52;

const bits = new DataView(new ArrayBuffer(8));

/** floor(log2 |value|) of a finite normal double, exactly (Math.log2 is off by one next to powers of two). */
function exponentOf(value: number): number {
  bits.setFloat64(0, value);
  return ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
}

/**
 * Rounds to nearest, ties to even, into the format with this unit roundoff.
 * A roundoff that belongs to no known format (or to float64) leaves the value as it is.
 */
export function roundTo(rounding: number): (value: number) => number {
  const format = FORMATS.find((f) => 2 ** -f.significantBits === rounding);
  if (format === undefined) return (value) => value;
  if (format.significantBits === 24) return Math.fround;
  return (value) => {
    if (value === 0 || !Number.isFinite(value)) return value;
    const spacing = 2 ** (Math.max(exponentOf(value), format.exponentMin) - format.significantBits + 1);
    const rounded = (value / spacing + TO_INTEGER - TO_INTEGER) * spacing;
    return Math.abs(rounded) > format.largest ? Math.sign(rounded) * Infinity : rounded;
  };
}

/** All of a list, rounded into the format with this unit roundoff. */
export function rounded(values: Float64Array | Float32Array, rounding: number): Float64Array {
  const round = roundTo(rounding);
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = round(values[i]!);
  return result;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Where the word with the exponent stands. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** The power of two of a finite normal double: it without sign and fraction. */
function powerOf(value: number): number {
  double[0] = value;
  words[HIGH]! &= 0x7ff00000;
  words[1 - HIGH] = 0;
  return double[0];
}

/** Mean variance of the rounding errors of a list: each is uniform over the spacing around its number. */
export function meanRoundingVariance(values: Float64Array | Float32Array, rounding: number): number {
  const powerMin = 2 ** (FORMATS.find((f) => 2 ** -f.significantBits === rounding)?.exponentMin ?? -1022);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 0 || value - value !== 0) continue;
    const power = powerOf(value);
    sum += power > powerMin ? power * power : powerMin * powerMin;
  }
  // The spacing of a binade is 2 · rounding of its power of two.
  return values.length === 0 ? 0 : (sum * (2 * rounding) ** 2) / 12 / values.length;
}
