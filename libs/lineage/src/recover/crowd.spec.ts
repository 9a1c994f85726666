import { DEFAULT_CONSTANTS } from '../evidence/constants';
import type { Candidates } from './candidates';
import { CrowdBook, crowdOf, directedLogOdds } from './crowd';
import { pricePair } from './price-pair';

/** Candidates by a list of pairs: two labels, their distance, and the log-odds that the first is the parent. */
class TestCandidates implements Candidates {
  readonly constants = DEFAULT_CONSTANTS;
  readonly pairs: [number, number, number, number][] = [];
  readonly book = new CrowdBook(this);

  private find(a: number, b: number): [number, number, number, number] | undefined {
    return this.pairs.find(([p, q]) => (p === a && q === b) || (p === b && q === a));
  }

  neighbours(label: number): number[] {
    return this.pairs.flatMap(([p, q]) => (p === label ? [q] : q === label ? [p] : []));
  }

  distance(a: number, b: number): number | null {
    return this.find(a, b)?.[2] ?? null;
  }

  logOdds(parent: number, child: number): number {
    const pair = this.find(parent, child)!;
    return pair[0] === parent ? pair[3] : -pair[3];
  }

  crowd(parent: number, child: number): number {
    return this.book.of(parent, child);
  }

  pooled(): number {
    return 0;
  }
}

/** 0 and 1 are a pair with little evidence; 2, 3 and 4 are kin of both and nearer to 0; 5 is kin of 0 alone. */
function around(logOdds: number): TestCandidates {
  const candidates = new TestCandidates();
  candidates.pairs.push([0, 1, -9, logOdds]);
  for (const other of [2, 3, 4]) candidates.pairs.push([0, other, -8, 0], [1, other, -7, 0]);
  candidates.pairs.push([0, 5, -8, 0]);
  return candidates;
}

describe('the crowd', () => {
  it('counts who is kin of both and nearer to the one, in half nats', () => {
    // 2 · ln(4 / 1) = 2.77
    expect(crowdOf(around(0), 0, 1)).toBe(3);
    expect(crowdOf(around(0), 1, 0)).toBe(-3);
  });

  it('does not count who is equally near to both', () => {
    const candidates = around(0);
    candidates.pairs.push([0, 6, -5, 0], [1, 6, -5, 0]);
    expect(crowdOf(candidates, 0, 1)).toBe(3);
  });

  it('speaks only where the weights hardly do', () => {
    expect(directedLogOdds(around(-7.5), 0, 1)).toBe(-4.5);
    expect(directedLogOdds(around(-7.5), 1, 0)).toBe(4.5);
    expect(directedLogOdds(around(-8), 0, 1)).toBe(-8);
  });

  it('is in the price of both directions', () => {
    const nats = (cost: number): number => Math.floor(cost / 2 ** 30);
    const { forward, backward } = pricePair(around(1), 0, 1, 'x', 'y');
    expect([nats(forward), nats(backward)]).toEqual([-9000 - 2, -9000 + 2]);
    expect(() => pricePair(around(1), 1, 5, 'x', 'y')).toThrow(/candidates expected/);
  });

  it('is kept until one of both gains or loses a neighbour', () => {
    const candidates = around(0);
    expect(candidates.crowd(0, 1)).toBe(3);
    candidates.pairs.push([0, 6, -5, 0], [1, 6, -6, 0], [0, 7, -5, 0], [1, 7, -6, 0]);
    expect(candidates.crowd(1, 0)).toBe(-3);
    candidates.book.forget(1);
    // 2 · ln(4 / 3) = 0.58
    expect(candidates.crowd(0, 1)).toBe(0.5);
    expect(candidates.crowd(1, 0)).toBe(-0.5);
  });
});
