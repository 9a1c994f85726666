import { Stamps } from './stamps';

describe('Stamps', () => {
  it('keeps sets apart when the numbers run out', () => {
    const stamps = new Stamps(4, 2 ** 31 - 3);
    const last = stamps.fresh(2);
    stamps.marks[2] = last + 1;
    const first = stamps.fresh(1);
    expect(first).toBe(1);
    expect(Array.from(stamps.marks)).toEqual([0, 0, 0, 0]);
  });
});
