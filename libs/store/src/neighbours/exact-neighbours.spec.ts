import fc from 'fast-check';

import { seed } from '../property.testing';
import { ExactNeighbours } from './exact-neighbours';
import { families } from './families.testing';

const line = (options: { before?: (a: number, b: number) => boolean } = {}) => {
  const index = new ExactNeighbours({ dimensions: 1, ...options });
  [3, 1, 4, 1, 5, 9, 2, 6].forEach((x, label) => index.add(label, Float32Array.of(x)));
  return index;
};

it('finds the nearest in the order of distance', () => {
  expect(line().nearest(Float32Array.of(8.5), 3)).toEqual([
    { label: 5, distance: 0.25 },
    { label: 7, distance: 6.25 },
    { label: 4, distance: 12.25 },
  ]);
});

it('breaks ties by the order it was given, also at the last place', () => {
  const at = Float32Array.of(2);
  expect(
    line()
      .nearest(at, 3)
      .map(({ label }) => label),
  ).toEqual([6, 0, 1]);
  expect(
    line({ before: (a, b) => a > b })
      .nearest(at, 3)
      .map(({ label }) => label),
  ).toEqual([6, 3, 1]);
});

it('leaves out one label, knows its size, and gives all it has where k is larger', () => {
  const index = line();
  expect(index.nearest(Float32Array.of(9), 1, 5)).toEqual([{ label: 7, distance: 9 }]);
  expect(index.nearest(Float32Array.of(9), 100)).toHaveLength(8);
  expect(index.nearest(Float32Array.of(9), 0)).toEqual([]);
  index.remove(7);
  expect(index.size).toBe(7);
  expect(index.nearest(Float32Array.of(9), 1, 5)).toEqual([{ label: 4, distance: 16 }]);
});

it('refuses what is not a vector, a label twice and a label that is not there', () => {
  const index = line();
  expect(() => index.add(9, Float32Array.of(1, 2))).toThrow('1 components, not 2');
  expect(() => index.add(9, Float32Array.of(NaN))).toThrow('component 0 of the vector is NaN');
  expect(() => index.add(9, [1] as unknown as Float32Array)).toThrow('Float32Array');
  expect(() => index.add(0, Float32Array.of(1))).toThrow('label 0 is in use');
  expect(() => index.add(-1, Float32Array.of(1))).toThrow('int32');
  expect(() => index.remove(9)).toThrow('label 9 is not in the index');
  expect(index.size).toBe(8);
});

it('answers as before when it moves to WebAssembly, whatever was added and removed', () => {
  const { vectors } = families({ seed: 3, families: 4, models: 20, dimensions: 16, shape: 'mixed' });
  fc.assert(
    fc.property(fc.array(fc.nat(79), { maxLength: 120 }), (toggles) => {
      const [plain, moving] = [1_000, 10].map(
        (wasmFrom) => new ExactNeighbours({ dimensions: 16, wasmFrom }),
      );
      const present = new Set<number>();
      for (const label of toggles) {
        for (const index of [plain!, moving!]) {
          if (present.has(label)) index.remove(label);
          else index.add(label, vectors[label]!);
        }
        if (!present.delete(label)) present.add(label);
      }
      expect(moving!.nearest(vectors[0]!, 12)).toEqual(plain!.nearest(vectors[0]!, 12));
      expect(
        plain!
          .nearest(vectors[0]!, 80)
          .map(({ label }) => label)
          .sort((a, b) => a - b),
      ).toEqual([...present].sort((a, b) => a - b));
    }),
    { seed: seed(), numRuns: 100 },
  );
});
