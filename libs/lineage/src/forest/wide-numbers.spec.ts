import { WideNumbers } from './wide-numbers';

describe('WideNumbers', () => {
  it('hold sums, products and quotients that no double could', () => {
    const numbers = new WideNumbers(4);
    numbers.addExp(0, -20_000);
    numbers.addExp(0, -20_000);
    numbers.addExp(1, 19_999);
    numbers.addProduct(2, numbers, 0, numbers, 1);
    expect(numbers.toNumber(2)).toBeCloseTo(2 / Math.E, 10);
    numbers.addQuotient(3, numbers, 2, numbers, 1);
    expect(numbers.toNumber(3)).toBe(0);
    numbers.addProduct(2, numbers, 3, numbers, 1);
    expect(numbers.toNumber(2)).toBeCloseTo(4 / Math.E, 10);
  });

  it('add what is far apart in either order', () => {
    for (const [first, second] of [
      [0, -400],
      [-400, 0],
    ] as const) {
      // prettier-ignore
      const numbers = new WideNumbers(1);
      numbers.addExp(0, first);
      numbers.addExp(0, second);
      expect(numbers.toNumber(0)).toBe(1);
    }
    const close = new WideNumbers(1);
    for (const log of [-177.5, -177.4]) close.addExp(0, log); // on both sides of a power
    expect(close.toNumber(0) / (Math.exp(-177.5) + Math.exp(-177.4))).toBeCloseTo(1, 13);
  });

  it('leave zero alone', () => {
    const numbers = new WideNumbers(3);
    numbers.addExp(1, 5);
    numbers.addProduct(2, numbers, 0, numbers, 1);
    expect(numbers.toNumber(2)).toBe(0);
  });
});
