import { readFileSync } from 'node:fs';
import path from 'node:path';
import { observeFile, ZOO } from '../evidence.testing';
import { comparePlainly } from './compare-plainly';

/** Figures of an independent implementation in Python, from whole weights of 14 pairs of trained models. */
interface GoldenPair {
  readonly a: string;
  readonly b: string;
  readonly truth: string;
  readonly D: number;
  readonly d2: number;
  readonly L: number;
  readonly slope: number;
  readonly Lembedding: number;
}

const golden = JSON.parse(
  readFileSync(path.join(__dirname, '../golden/plain-pairs.json'), 'utf8'),
) as GoldenPair[];

const fileOf = (name: string): string => path.join(ZOO, `${name.replace(/^zoo\//, 'models/')}.safetensors`);

/** Equal to nine digits, or to 10^-9 where the figure is small. */
function expectSame(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe('the golden figures', () => {
  it.each(golden.map((pair) => [pair.a, pair.b, pair] as const))('%s and %s', (nameA, nameB, expected) => {
    const found = comparePlainly(observeFile(fileOf(nameA)), observeFile(fileOf(nameB)));

    expectSame(found!.distance, expected.D);
    expectSame(found!.squaredDistance, expected.d2);
    expectSame(found!.growth, expected.L);
    expectSame(found!.slope, expected.slope);
    expectSame(found!.embeddingGrowth, expected.Lembedding);
  });
});
