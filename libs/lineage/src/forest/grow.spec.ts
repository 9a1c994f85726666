import { capacityFor } from './grow';

describe('capacityFor', () => {
  it('grows by half at least, to what is needed at least', () => {
    expect(capacityFor(3, 0)).toBe(16);
    expect(capacityFor(101, 100)).toBe(150);
    expect(capacityFor(1000, 100)).toBe(1000);
  });

  it('refuses lengths that no array will have', () => {
    expect(() => capacityFor(2 ** 31, 1)).toThrow(/2147483648 found/);
  });
});
