import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareTensors, squaredDistance, treeDistance } from './distance';
import { DEFAULT_CONSTANTS } from './constants';
import { measureEmbedding } from './embedding-growth';
import { observeFile, ZOO } from './evidence.testing';
import { measureGrowth } from './growth';
import { linesOf } from './lines';
import { pairTensors } from './observation';

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

const golden = JSON.parse(readFileSync(path.join(__dirname, 'golden/pairs.json'), 'utf8')) as GoldenPair[];

const fileOf = (name: string): string => path.join(ZOO, `${name.replace(/^zoo\//, 'models/')}.safetensors`);

/** Equal to nine digits, or to 10^-9 where the figure is small. */
function expectSame(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
}

describe('the golden figures', () => {
  it.each(golden.map((pair) => [pair.a, pair.b, pair] as const))('%s and %s', (nameA, nameB, expected) => {
    const a = observeFile(fileOf(nameA));
    const b = observeFile(fileOf(nameB));
    const pairs = pairTensors(a, b);
    const tensors = pairs.flatMap((pair) => compareTensors(pair) ?? []);
    const growth = measureGrowth(linesOf(pairs, DEFAULT_CONSTANTS), DEFAULT_CONSTANTS);

    expectSame(treeDistance(tensors, DEFAULT_CONSTANTS), expected.D);
    expectSame(squaredDistance(tensors), expected.d2);
    expectSame(growth.ratio, expected.L);
    expectSame(growth.slope, expected.slope);
    expectSame(measureEmbedding(a.embedding, b.embedding, DEFAULT_CONSTANTS).ratio, expected.Lembedding);
  });
});
