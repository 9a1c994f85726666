import fc from 'fast-check';
import { SEED } from '../changes.testing';
import { SortedChildren } from './sorted-children';

const byValue = (a: number, b: number): number => a - b;

describe('SortedChildren', () => {
  it('equals a sorted list after any additions and removals', () => {
    const step = fc.record({ value: fc.nat(200), read: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const children = new SortedChildren();
        const expected = new Set<number>();
        for (const { value, read } of steps) {
          if (expected.delete(value)) children.remove(value, byValue);
          else {
            children.add(value);
            expected.add(value);
          }
          if (read) expect([...children.all(byValue)]).toEqual([...expected].sort(byValue));
        }
        expect([...children.all(byValue)]).toEqual([...expected].sort(byValue));
      }),
      { seed: SEED },
    );
  });

  it('finds the place after a label, whether or not it is a child', () => {
    const children = new SortedChildren();
    for (const label of [30, 10, 20]) children.add(label);
    expect(children.after(20, byValue)).toBe(2);
    expect(children.after(15, byValue)).toBe(1);
    expect(children.after(99, byValue)).toBe(3);
  });

  it('refuses to remove what is not there', () => {
    expect(() => new SortedChildren().remove(1, byValue)).toThrow('not among these children');
  });
});
