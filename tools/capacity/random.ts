const { cos, exp, imul, log, PI, sqrt } = Math;

/** Uniform numbers in (0, 1) from the seed alone (mulberry32). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = imul(state ^ (state >>> 15), 1 | state);
    t = (t + imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Time to the next of events that come `rate` a second. */
export const exponential = (draw: () => number, rate: number): number => -log(draw()) / rate;

/** Log-normal of mean 1. */
export function logNormal(draw: () => number, sigma: number): number {
  const normal = sqrt(-2 * log(draw())) * cos(2 * PI * draw());
  return exp(sigma * normal - (sigma * sigma) / 2);
}
