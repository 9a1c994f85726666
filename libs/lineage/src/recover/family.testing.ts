import {
  initialise,
  mapWeights,
  normal,
  observe,
  random,
  type TestWeights,
  train,
} from '../evidence/evidence.testing';
import type { NamedObservation } from './recovered';

/**
 * A training in the paper's sense: some weights become outliers, so that the kurtosis rises from parent to child. `size`
 * as in {@link train}.
 */
export function generalise(parent: TestWeights, seed: number, size = 0.1): TestWeights {
  const draw = random(seed);
  const next = normal(draw);
  return mapWeights(
    train(parent, seed + 1000, size),
    (v) => v + (draw() < 0.005 ? 0.2 * Math.sign(next()) : 0),
  );
}

/** Attention matrices are square. */
const SQUARE = { matrices: 4, rows: 48, columns: 48 };

/** Models by name, each made from its parent's weights (or from fresh ones). */
export function family(
  parents: Readonly<Record<string, string | null>>,
  step: (parent: TestWeights, seed: number) => TestWeights = (parent, seed) => train(parent, seed, 0.1),
): NamedObservation[] {
  const weights = new Map<string, TestWeights>();
  Object.entries(parents).forEach(([model, parent], i) => {
    const seed = 17 * (i + 1);
    weights.set(model, parent === null ? initialise(seed, SQUARE) : step(weights.get(parent)!, seed));
  });
  return [...weights].map(([model, made]) => ({ model, observation: observe(made, `hash of ${model}`) }));
}

/** The cases of section 5.1 of the paper: every way in which three models can be related. */
export const THREE_NODE_CASES: readonly (readonly [
  string,
  Readonly<Record<string, string | null>>,
  number,
])[] = [
  ['grandparent, parent, child', { g: null, p: 'g', c: 'p' }, 1],
  ['a parent and two children', { p: null, c: 'p', d: 'p' }, 1],
  ['a parent, its child and a stranger', { p: null, c: 'p', s: null }, 2],
  ['three strangers', { r: null, s: null, t: null }, 3],
];
