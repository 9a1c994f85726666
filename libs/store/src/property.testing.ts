/** The seed of a property test: `SEED=` replays a failure, otherwise a fixed one, so that every run is the same. */
export function seed(fallback = 20_240_518): number {
  const given = process.env['SEED'];
  return given === undefined ? fallback : Number(given);
}
