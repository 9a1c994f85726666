import assert from 'node:assert/strict';

/** No array of this library grows past this: 2³⁰ directed edges would already be 20 GB. */
const LENGTH_MAX = 2 ** 30;

/**
 * The length to allocate when `needed` elements do not fit into `current`.
 *
 * Typed arrays drop writes beyond their end without a word, so every structure here grows before it writes and goes
 * through this function. Half again as much each time keeps the total of all copies linear in the final length.
 */
export function capacityFor(needed: number, current: number): number {
  assert(
    Number.isInteger(needed) && needed >= 0 && needed <= LENGTH_MAX,
    `an array length within 0..${LENGTH_MAX} expected, ${needed} found`,
  );
  return Math.min(LENGTH_MAX, Math.max(needed, Math.ceil(current * 1.5), 16));
}

/** A copy of `array` with `length` elements; the new ones hold `fill`. */
export function grownInt32(array: Int32Array, length: number, fill = 0): Int32Array {
  const grown = new Int32Array(length);
  grown.set(array);
  if (fill !== 0) grown.fill(fill, array.length);
  return grown;
}

/** A copy of `array` with `length` elements; the new ones hold 0. */
export function grownFloat64(array: Float64Array, length: number): Float64Array {
  const grown = new Float64Array(length);
  grown.set(array);
  return grown;
}
