import { measureCast } from './cast';
import { initialise, mapWeights, observe } from './evidence.testing';
import { roundTo } from './number-format';
import { type Observation, pairTensors } from './observation';

const [BF16, F32] = [2 ** -8, 2 ** -24];
const base = initialise(1);
const cast = (a: Observation, b: Observation) => measureCast(pairTensors(a, b));

describe('a cast', () => {
  const wide = observe(base, 'wide', F32);
  const narrow = observe(mapWeights(base, roundTo(BF16)), 'narrow', BF16);

  it('is told from its source by the digits that it lost', () => {
    expect(cast(wide, narrow)).toEqual({ sameNumbers: true, lostBy: 1 });
    expect(cast(narrow, wide)).toEqual({ sameNumbers: true, lostBy: -1 });
  });

  it('is not a model with another number in it', () => {
    const changed = observe(
      mapWeights(base, (value, i) => (i === 7 ? value + 0.01 : value)),
      'changed',
    );
    expect(cast(wide, changed)).toEqual({ sameNumbers: false, lostBy: 0 });
  });

  it.each([
    ['NaN', NaN],
    ['infinity', Infinity],
  ])('is not a copy of which %s took some numbers: no digit was lost', (_, broken) => {
    const damaged = observe(
      mapWeights(base, (value, i) => (i % 7 === 0 ? broken : value)),
      'damaged',
    );
    expect(cast(wide, damaged)).toEqual({ sameNumbers: true, lostBy: 0 });
    expect(cast(damaged, wide)).toEqual({ sameNumbers: true, lostBy: 0 });
    expect(cast(damaged, damaged)).toEqual({ sameNumbers: true, lostBy: 0 });
  });
});
