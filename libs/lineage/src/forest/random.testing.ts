/** A small seeded generator (mulberry32): the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A uniform integer in [0, bound). */
  below(bound: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Standard normal. */
  gauss(): number;
  shuffle<T>(values: readonly T[]): T[];
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (choices) => choices[below(choices.length)]!,
    gauss: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (values) => {
      const shuffled = [...values];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
  };
}

/** 32 well-mixed bits of three integers: noise that depends on content, not on order. */
export function mixed32(a: number, b: number, salt: number): number {
  let bits = Math.imul(a, 0x9e3779b1) ^ Math.imul((b + salt * 0x632be5ab) | 0, 0x85ebca6b);
  bits ^= bits >>> 16;
  bits = Math.imul(bits, 0xc2b2ae35);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0x27d4eb2f);
  return (bits ^ (bits >>> 16)) >>> 0;
}
