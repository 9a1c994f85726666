import { createRequire } from 'node:module';
import type * as Lineage from '@stemma/lineage';
import type * as Admit from '../src/admit';

/**
 * Histories draw the same few weights again and again, and the figures of a pair, like the reading of an event, depend on
 * nothing but what is given: computed once, thousands of histories a minute can be told. To be loaded before everything else;
 * nothing but these three functions is put in anybody's place, and `parity-store.spec.ts` does without.
 */
const load = createRequire(__filename);

function once<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
  keysOf: (...given: Arguments) => readonly [string, string | number],
): (...given: Arguments) => Result {
  const known = new Map<string, Map<string | number, Result>>();
  return (...given) => {
    const [first, second] = keysOf(...given);
    const results = known.get(first) ?? new Map<string | number, Result>();
    known.set(first, results);
    if (!results.has(second)) results.set(second, compute(...given));
    return results.get(second)!;
  };
}

function replaceExports<Exports>(name: string, replacement: (exports: Exports) => Partial<Exports>): void {
  const exports = load(name) as Exports;
  load.cache[load.resolve(name)]!.exports = { ...exports, ...replacement(exports) };
}

const contentsOf = (a: Lineage.Observation, b: Lineage.Observation): readonly [string, string] => [
  a.contentHash,
  b.contentHash,
];

replaceExports<typeof Lineage>('@stemma/lineage', ({ comparePair, relationOf }) => ({
  comparePair: once(comparePair, contentsOf),
  relationOf: once(relationOf, contentsOf),
}));
replaceExports<typeof Admit>('../src/admit', ({ admit }) => ({
  admit: once(admit, ({ value, time }) => [value, time]),
}));
