import type { Descent } from './forest-relatives';

/**
 * How models descend: all from the base; each from the one before; most from the base and some from others; or half
 * of them from one of thirty children of the base, which are popular themselves.
 */
export type FamilyShape = 'star' | 'chain' | 'mixed' | 'popular';

const POPULAR = 30;

export interface Families {
  readonly vectors: readonly Float32Array[];
  readonly parents: readonly (number | null)[];
  /** The true forest, as an index would see it once everybody has been placed. */
  readonly descent: Descent;
}

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers from a seed. */
export function gaussian(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/**
 * Families of fingerprints: bases are strangers (squared distance about 2), a child is its parent and an
 * independent step whose length is log-normal about a hundredth of that.
 */
export function families(options: {
  readonly seed: number;
  readonly families: number;
  readonly models: number;
  readonly dimensions: number;
  readonly shape: FamilyShape;
  /** Spread of the logarithm of a step's length. Default 0.5. */
  readonly sigma?: number;
}): Families {
  const { families: count, models, dimensions, shape, sigma = 0.5 } = options;
  const [normal, next] = [gaussian(options.seed), uniform(options.seed + 1)];
  const vectors: Float32Array[] = [];
  const parents: (number | null)[] = [];
  const children = new Map<number, number[]>();
  const step = (from: Float32Array | null, length: number) =>
    Float32Array.from(
      { length: dimensions },
      (_, i) => (from?.[i] ?? 0) + (length * normal()) / Math.sqrt(dimensions),
    );
  for (let family = 0; family < count; family++) {
    const base = vectors.push(step(null, 1)) - 1;
    parents.push(null);
    for (let child = 1; child < models; child++) {
      const parent = parentIn(shape, base, child, next);
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [vectors.length]);
      else siblings.push(vectors.length);
      vectors.push(step(vectors[parent]!, 0.1 * Math.exp(sigma * normal())));
      parents.push(parent);
    }
  }
  return {
    vectors,
    parents,
    descent: { parent: (label) => parents[label] ?? null, children: (label) => children.get(label) ?? [] },
  };
}

function parentIn(shape: FamilyShape, base: number, child: number, next: () => number): number {
  if (shape === 'star') return base;
  if (shape === 'chain') return base + child - 1;
  if (shape === 'popular' && child <= POPULAR) return base;
  if (shape === 'popular' && next() < 0.5) return base + 1 + Math.floor(next() * next() * POPULAR);
  return next() < 0.7 ? base : base + Math.floor(next() * child);
}
