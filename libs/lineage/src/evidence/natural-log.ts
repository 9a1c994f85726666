const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Where the word with the exponent stands. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** Highest word of √½, below which a power of two is split off, and of 1. */
const ROOT_HALF = 0x3fe6a09e;
const ONE = 0x3ff00000;

/**
 * ln of a positive normal number: FreeBSD's e_log.c, error under one unit in the last place. `Math.log` is as good, but no
 * other implementation can be held to its bits.
 */
export function naturalLog(x: number): number {
  double[0] = x;
  const shifted = words[HIGH]! + (ONE - ROOT_HALF);
  const k = (shifted >>> 20) - 0x3ff;
  words[HIGH] = (shifted & 0xfffff) + ROOT_HALF;
  const f = double[0] - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  return s * (half + (odd + even)) + k * 1.90821492927058770002e-10 - half + f + k * 6.9314718036912381649e-1;
}
