/* eslint-disable -- AssemblyScript: another language with the same suffix; `asc` checks it, tsc cannot */
// @ts-nocheck

/** Bytes of a vector of two numbers. */
export const LANE: usize = 16;

/** Both lanes together: the sum over even rows plus that over odd ones. */
export function joined(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** ln of two positive normal numbers: FreeBSD's e_log.c, error under one unit in the last place. */
export function ln(x: v128): v128 {
  // Down to √½ … √2, by a power of two.
  const shifted = i64x2.add(x, i64x2.splat(0x95f6200000000));
  const power = i64x2.sub(i64x2.shr_u(shifted, 52), i64x2.splat(0x3ff));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(power, power, 0, 2, 0, 2));
  const reduced = i64x2.add(v128.and(shifted, i64x2.splat(0xfffffffffffff)), i64x2.splat(0x3fe6a09e00000000));
  const f = f64x2.sub(reduced, f64x2.splat(1));
  const half = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f);
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.mul(w, f64x2.splat(1.531383769920937332e-1));
  even = f64x2.mul(w, f64x2.add(f64x2.splat(2.222219843214978396e-1), even));
  even = f64x2.mul(w, f64x2.add(f64x2.splat(3.999999999940941908e-1), even));
  let odd = f64x2.mul(w, f64x2.splat(1.479819860511658591e-1));
  odd = f64x2.mul(w, f64x2.add(f64x2.splat(1.818357216161805012e-1), odd));
  odd = f64x2.mul(w, f64x2.add(f64x2.splat(2.857142874366239149e-1), odd));
  odd = f64x2.mul(z, f64x2.add(f64x2.splat(6.66666666666673513e-1), odd));
  const series = f64x2.add(odd, even);
  let sum = f64x2.mul(s, f64x2.add(half, series));
  sum = f64x2.add(sum, f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10)));
  sum = f64x2.add(f64x2.sub(sum, half), f);
  return f64x2.add(sum, f64x2.mul(k, f64x2.splat(6.9314718036912381649e-1)));
}

/** Two float32 as float64. */
export function lowPair(floats: v128): v128 {
  return f64x2.promote_low_f32x4(floats);
}

export function highPair(floats: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f64>(floats, floats, 1, 1));
}
