import fc from 'fast-check';
import { crowdOf, DEFAULT_CONSTANTS } from '@stemma/lineage';
import type { CandidatePair } from '@stemma/store';
import { NearestKin } from './nearest-kin';
import { PairBook } from './pair-book';
import { decodePairs } from './pair-snapshot';

const seed = Number(process.env.SEED ?? 3);
const LABELS = 9;

const pair = (a: number, b: number, distance: number, logOdds: number, isKin = true): CandidatePair => ({
  a,
  b,
  proximity: 0,
  distance,
  squaredDistance: 0,
  correlation: 0,
  growth: 0,
  slope: 0,
  embeddingGrowth: 0,
  otherLogOdds: 0,
  logOdds,
  kinship: isKin ? 'kin' : 'possible',
  variant: false,
});

/** Pairs come and go; few distances, so that there are ties. */
const steps = fc.array(
  fc.record({
    a: fc.integer({ min: 0, max: LABELS - 2 }),
    step: fc.integer({ min: 1, max: LABELS - 1 }),
    distance: fc.integer({ min: -4, max: 0 }),
    logOdds: fc.constantFrom(-20, -3, 0, 2.5, 7.9, 8),
    isKin: fc.boolean(),
  }),
  { minLength: 1, maxLength: 120 },
);

describe('PairBook', () => {
  it('knows the crowd of every pair and who was stirred, whatever comes and goes', () => {
    const property = fc.property(steps, (all) => {
      const book = new PairBook(DEFAULT_CONSTANTS);
      const nearest = new NearestKin(book, (label) => `content ${9 - label}`, 2);
      const naive = new Map<string, CandidatePair>();
      let known = new Map<string, number>();
      for (const { a, step, distance, logOdds, isKin } of all) {
        const b = a + 1 + (step % (LABELS - 1 - a));
        const key = `${a}:${b}`;
        if (naive.delete(key)) {
          book.delete(a, b);
          nearest.parted(a, b);
        } else {
          const made = pair(a, b, distance, logOdds, isKin);
          naive.set(key, made);
          book.put(made);
          if (isKin) nearest.paired(a, b, distance);
        }
        known = expectEqual(book, nearest, naive, known);
      }
    });
    fc.assert(property, { seed, numRuns: 150 });
  });

  it('counts the crowds of all pairs that are put back at once as it counts them one by one', () => {
    const property = fc.property(steps, (all) => {
      const pairs = new Map<string, CandidatePair>();
      for (const { a, step, distance, logOdds, isKin } of all) {
        const b = a + 1 + (step % (LABELS - 1 - a));
        pairs.set(`${a}:${b}`, pair(a, b, distance, logOdds, isKin));
      }
      const [counted, asked] = [new PairBook(DEFAULT_CONSTANTS), new PairBook(DEFAULT_CONSTANTS)];
      for (const each of pairs.values()) for (const book of [counted, asked]) book.putRestored(each);
      counted.countRestored();
      const { isKin, logOdds, nearLower } = decodePairs(counted.snapshot())!;
      nearLower.forEach((count, at) => {
        if (isKin[at] === 1 && Math.abs(logOdds[at]!) < 8) expect(count).toBeGreaterThanOrEqual(0);
      });
      for (const { a, b } of pairs.values()) expect(counted.weights(a, b)).toEqual(asked.weights(a, b));
    });
    fc.assert(property, { seed, numRuns: 300 });
  });

  it('finds pairs among thousands that come and go', () => {
    const book = new PairBook(DEFAULT_CONSTANTS);
    const kept = new Set<number>();
    for (let i = 0; i < 30_000; i++) {
      const a = Math.imul(i, 2_654_435_761) >>> 22;
      const b = a + 1 + (i % 7);
      const key = a * 10 + (i % 7);
      if (kept.delete(key)) book.delete(a, b);
      else {
        kept.add(key);
        book.put(pair(a, b, 0, 0, false));
      }
    }
    expect(book.size).toBe(kept.size);
    for (let key = 0; key < 10_300; key++) {
      if (key % 10 > 6) continue;
      const a = Math.floor(key / 10);
      expect(book.has(a, a + 1 + (key % 10))).toBe(kept.has(key));
    }
  });
});

/** Compares with everything computed anew; returns the log-odds by pair. */
function expectEqual(
  book: PairBook,
  nearest: NearestKin,
  naive: ReadonlyMap<string, CandidatePair>,
  known: ReadonlyMap<string, number>,
): Map<string, number> {
  const kin = [...naive.values()].filter(({ kinship }) => kinship === 'kin');
  const distance = (x: number, y: number): number | null =>
    kin.find(({ a, b }) => (a === x && b === y) || (a === y && b === x))?.distance ?? null;
  const neighbours = (label: number): number[] =>
    kin.flatMap(({ a, b }) => (a === label ? [b] : b === label ? [a] : []));
  const relatives = { constants: DEFAULT_CONSTANTS, neighbours, distance };
  const stirred = new Set(book.stirredPairs().map(({ a, b }) => `${a}:${b}`));
  book.settled();
  const now = new Map<string, number>();
  for (const { a, b, logOdds } of kin) {
    const own = Math.abs(logOdds) < 8 ? logOdds + crowdOf(relatives, a, b) : logOdds;
    expect(book.weights(a, b)).toEqual({ distance: distance(a, b), logOdds: own });
    expect(book.weights(b, a)?.logOdds).toBe(0 - own);
    const before = known.get(`${a}:${b}`);
    if (before !== undefined && before !== own) expect(stirred).toContain(`${a}:${b}`);
    now.set(`${a}:${b}`, own);
  }
  expect(book.size).toBe(naive.size);
  for (let label = 0; label < LABELS; label++) {
    const sorted = neighbours(label).sort((x, y) => distance(label, x)! - distance(label, y)! || y - x);
    expect(book.kinOf(label)).toEqual([...sorted].sort((x, y) => x - y));
    expect(nearest.of(label, 2)).toEqual(sorted.slice(0, 2));
  }
  return now;
}
