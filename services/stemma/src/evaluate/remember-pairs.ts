import type { Observation } from '@stemma/lineage';

/** Remembers what a function said of two models, in this order, as long as the first one lives. */
export function rememberPairs<Rest extends unknown[], Found>(
  look: (a: Observation, b: Observation, ...rest: Rest) => Found,
): (a: Observation, b: Observation, ...rest: Rest) => Found {
  const known = new WeakMap<Observation, WeakMap<Observation, { readonly found: Found }>>();
  return (a, b, ...rest) => {
    const ofA = known.get(a) ?? new WeakMap<Observation, { readonly found: Found }>();
    known.set(a, ofA);
    const before = ofA.get(b) ?? { found: look(a, b, ...rest) };
    ofA.set(b, before);
    return before.found;
  };
}
