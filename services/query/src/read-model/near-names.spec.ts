import fc from 'fast-check';
import { change, family, SEED } from '../changes.testing';
import { fold } from './fold';
import { LineageState } from './lineage-state';
import { EditDistance, namesWith, nearNames } from './near-names';

const state = new LineageState();
const NAMES = [
  'acme/Bert-Base',
  'acme/bert-large',
  'other/llama',
  'acme/gpt',
  'zoo/bert-base-v2',
  'acme/gone',
];
for (const one of family(Object.fromEntries(NAMES.map((name) => [name, null])))) fold(state, one);
fold(state, change(NAMES.length + 1, 'acme/gone', null, { kind: 'deleted' }));

describe('nearNames', () => {
  it.each([
    ['acme/bert-base', ['acme/Bert-Base', 'zoo/bert-base-v2'], 'other case first, then a longer name'],
    ['acme/brt-large', ['acme/bert-large'], 'a letter is missing'],
    ['acme/llama', ['other/llama'], 'another organisation'],
    ['acme/gone', [], 'deleted models are not suggested'],
    ['x/y', [], 'nothing is like it'],
  ])('%s: %j (%s)', async (wanted, expected) => {
    expect(await nearNames(state, wanted, 3)).toEqual(expected);
  });

  it('gives no more than asked for', async () => {
    expect(await nearNames(state, 'q/bert', 1)).toEqual(['acme/Bert-Base']);
  });
});

describe('namesWith', () => {
  it('finds parts of names whatever the case, and says whether there are more', async () => {
    const found = async (part: string, limit: number): Promise<[string[], boolean]> => {
      const { labels, more } = await namesWith(state, part, limit);
      return [labels.map((label) => state.name(label)), more];
    };
    expect(await found('BASE', 9)).toEqual([['acme/Bert-Base', 'zoo/bert-base-v2'], false]);
    expect(await found('bert', 2)).toEqual([['acme/Bert-Base', 'acme/bert-large'], true]);
    expect(await found('gone', 2)).toEqual([[], false]);
  });
});

const editDistance = (a: string, b: string, max: number): number | undefined =>
  new EditDistance(b, max).to(a);

describe('EditDistance', () => {
  it('is the number of typing errors, up to a bound', () => {
    expect(editDistance('kitten', 'sitting', 3)).toBe(3);
    expect(editDistance('kitten', 'sitting', 2)).toBeUndefined();
    expect(editDistance('', 'ab', 2)).toBe(2);
    expect(editDistance('', '', 0)).toBe(0);
  });

  it('equals the unbounded distance wherever that is within the bound', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 9 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), word, fc.nat(5), (texts, target, max) => {
        const distance = new EditDistance(target, max);
        for (const text of texts) {
          const full = levenshtein(text, target);
          expect(distance.to(text)).toBe(full <= max ? full : undefined);
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

function levenshtein(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const rest = levenshteinOf(a.slice(1), b.slice(1));
  if (a[0] === b[0]) return rest;
  return 1 + Math.min(rest, levenshteinOf(a.slice(1), b), levenshteinOf(a, b.slice(1)));
}

const known = new Map<string, number>();
function levenshteinOf(a: string, b: string): number {
  const key = `${a}|${b}`;
  const distance = known.get(key) ?? levenshtein(a, b);
  known.set(key, distance);
  return distance;
}
