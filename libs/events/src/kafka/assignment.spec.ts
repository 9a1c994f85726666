import fc from 'fast-check';
import { assign, type Member } from './assignment';

const seed = Number(process.env.SEED ?? 11);
const places = (count: number): string[] => Array.from({ length: count }, (_, i) => `t/${i}`);
const member = (id: string, held: string[] = [], preferred: string[] = []): Member => ({
  id,
  held,
  preferred,
});

describe('assign', () => {
  it('deals evenly to members who have nothing', () => {
    const shares = assign([member('b'), member('a'), member('c')], places(7));
    expect([...shares]).toEqual([
      ['b', ['t/3', 't/4']],
      ['a', ['t/0', 't/1', 't/2']],
      ['c', ['t/5', 't/6']],
    ]);
  });

  it('moves to a member who joins only what it must get', () => {
    const shares = assign([member('a', ['t/0', 't/1']), member('b', ['t/2', 't/3']), member('c')], places(4));
    expect(Object.fromEntries(shares)).toEqual({ a: ['t/0', 't/1'], b: ['t/2'], c: ['t/3'] });
  });

  it('gives back to a member who returns what it has the data of', () => {
    const a = member('a', places(4));
    expect(assign([a, member('new', [], ['t/1', 't/2'])], places(4))).toEqual(
      new Map([
        ['a', ['t/0', 't/3']],
        ['new', ['t/1', 't/2']],
      ]),
    );
  });

  it('leaves members without a partition where there are too few', () => {
    expect(assign([member('a'), member('b', ['t/0'])], places(1))).toEqual(
      new Map([
        ['a', []],
        ['b', ['t/0']],
      ]),
    );
  });

  it(`deals every place once, evenly, stably, to whoever claims whatever (SEED=${seed})`, () => {
    const claims = fc.uniqueArray(fc.constantFrom(...places(14)), { maxLength: 14 });
    const group = fc.uniqueArray(
      fc.record({ id: fc.string({ minLength: 1 }), held: claims, preferred: claims }),
      {
        selector: ({ id }) => id,
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(group, fc.integer({ min: 0, max: 12 }), (members, count) => {
        const shares = assign(members, places(count));
        expect([...shares.values()].flat().sort()).toEqual(places(count).sort());
        const sizes = [...shares.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(new Map(assign([...members].reverse(), places(count).reverse()))).toEqual(new Map(shares));
        const next = members.map(({ id, preferred }) => ({ id, held: shares.get(id) ?? [], preferred }));
        const again = assign(next, places(count));
        for (const [id, share] of shares)
          expect([...(again.get(id) ?? [])].sort()).toEqual([...share].sort());
      }),
      { seed, numRuns: 300 },
    );
  });
});
