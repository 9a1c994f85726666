import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ExactNeighbours } from './exact-neighbours';
import { families, type Families } from './families.testing';
import { withRelatives } from './forest-relatives';
import { writeIndexFile } from './hnsw-file';
import { HnswNeighbours } from './hnsw-neighbours';
import type { Neighbours } from './neighbours';

const DIMENSIONS = 32;
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stemma-hnsw-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const fill = <T extends Neighbours>(index: T, { vectors }: Families): T => {
  vectors.forEach((vector, label) => index.add(label, vector));
  return index;
};

const labels = (index: Neighbours, vector: Float32Array, k: number, except?: number): number[] =>
  index.nearest(vector, k, except).map(({ label }) => label);

/** Share of the exact k nearest that an index finds, over every fifth member. */
function recall(index: Neighbours, members: Families, k: number): number {
  const exact = fill(new ExactNeighbours({ dimensions: index.dimensions }), members);
  let [found, asked] = [0, 0];
  members.vectors.forEach((vector, label) => {
    if (label % 5 > 0) return;
    const truth = new Set(labels(exact, vector, k, label));
    asked += truth.size;
    found += labels(index, vector, k, label).filter((each) => truth.has(each)).length;
  });
  return found / asked;
}

it('finds what the exact scan finds in families without a popular base', () => {
  const chains = families({ seed: 1, families: 20, models: 25, dimensions: DIMENSIONS, shape: 'chain' });
  expect(recall(fill(new HnswNeighbours({ dimensions: DIMENSIONS }), chains), chains, 8)).toBeGreaterThan(
    0.99,
  );
});

it('finds the children of a popular base through the forest only', () => {
  const star = families({ seed: 2, families: 1, models: 800, dimensions: 128, shape: 'star' });
  const alone = recall(fill(new HnswNeighbours({ dimensions: 128 }), star), star, 32);
  const options = { dimensions: 128, descent: star.descent };
  expect(recall(fill(new HnswNeighbours(options), star), star, 32)).toBe(1);
  expect(alone).toBeLessThan(0.9);
});

it('gives exact distances, and ties in the order it was given', () => {
  const index = new HnswNeighbours({ dimensions: 1, before: (a, b) => a > b });
  [3, 1, 4, 1].forEach((x, label) => index.add(label, Float32Array.of(x)));
  expect(index.nearest(Float32Array.of(1), 2)).toEqual([
    { label: 3, distance: 0 },
    { label: 1, distance: 0 },
  ]);
  expect(new HnswNeighbours({ dimensions: 1 }).nearest(Float32Array.of(1), 2)).toEqual([]);
});

it('goes on through removals and additions, in a bounded number of places', () => {
  const mixed = families({ seed: 5, families: 40, models: 40, dimensions: DIMENSIONS, shape: 'mixed' });
  const index = fill(new HnswNeighbours({ dimensions: DIMENSIONS, descent: mixed.descent }), mixed);
  index.settle();
  for (let round = 0; round < 3; round++) {
    for (let label = 0; label < 400; label++) index.remove(label);
    expect(index.size).toBe(1_200);
    expect(labels(index, mixed.vectors[0]!, 32).every((label) => label >= 400)).toBe(true);
    for (let label = 0; label < 400; label++) index.add(label, mixed.vectors[label]!);
  }
  expect(recall(index, mixed, 8)).toBeGreaterThan(0.98);
});

it('refuses what would kill the process', () => {
  const index = new HnswNeighbours({ dimensions: 2 });
  expect(() => index.add(0, ['1', 2] as unknown as Float32Array)).toThrow('Float32Array');
  expect(() => index.add(0, Float32Array.of(1))).toThrow('2 components, not 1');
  expect(() => index.nearest(Float32Array.of(NaN, 1), 1)).toThrow('component 0');
  expect(() => index.add(-1, Float32Array.of(1, 1))).toThrow('int32');
});

describe('the index file', () => {
  const mixed = families({ seed: 7, families: 10, models: 30, dimensions: DIMENSIONS, shape: 'mixed' });
  const file = () => ({ folder, owner: 'store-1' });
  const idOf = (label: number) => label + 1_000;
  const labelOf = (id: number) => id - 1_000;
  const saved = async () => {
    const index = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    index.remove(17);
    await index.save(file(), idOf);
    return index;
  };
  const indexPath = () =>
    join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.hnsw'))!,
    );

  it('is adopted for the vectors it knows; others are built, and those gone are forgotten', async () => {
    const before = await saved();
    const after = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    after.remove(3);
    expect(await after.adopt(file(), labelOf)).toBeNull();
    expect(after.waiting).toBe(1);
    expect(labels(after, mixed.vectors[3]!, 300)).not.toContain(3);
    expect(labels(after, mixed.vectors[17]!, 1)).toEqual([17]);
    before.add(17, mixed.vectors[17]!);
    before.remove(3);
    expect(after.nearest(mixed.vectors[40]!, 8)).toEqual(before.nearest(mixed.vectors[40]!, 8));
    after.add(3, mixed.vectors[3]!);
    expect(labels(after, mixed.vectors[3]!, 1)).toEqual([3]);
    await after.save(file(), idOf);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('can be written while models come and go', async () => {
    const index = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    const saving = index.save(file(), idOf);
    index.remove(5);
    index.add(900, mixed.vectors[5]!);
    expect(labels(index, mixed.vectors[5]!, 1)).toEqual([900]);
    await saving;
    expect(labels(index, mixed.vectors[5]!, 300)).not.toContain(5);
    const after = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    expect(await after.adopt(file(), labelOf)).toBeNull();
    expect(after.waiting).toBe(0);
  });

  it.each([
    ['missing', () => rmSync(join(folder, 'manifest.json')), 'missing'],
    ['cut short', () => truncateSync(indexPath(), 1_000), 'damaged'],
    ['gone', () => rmSync(indexPath()), 'damaged'],
    ['altered in one bit', () => flipBit(indexPath(), 5_000), 'damaged'],
    ['altered in its manifest', () => flipBit(join(folder, 'manifest.json'), 120), 'damaged'],
  ])('is rejected when it is %s, and the index is built instead', async (_name, harm, reason) => {
    await saved();
    harm();
    const after = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    expect(await after.adopt(file(), labelOf)).toMatchObject({ type: 'rejected', reason });
    expect(after.waiting).toBe(300);
    expect(labels(after, mixed.vectors[40]!, 1)).toEqual([40]);
  });

  it('is rejected when it is of another store or another shape', async () => {
    await saved();
    const other = fill(new HnswNeighbours({ dimensions: DIMENSIONS }), mixed);
    expect(await other.adopt({ folder, owner: 'store-2' }, labelOf)).toMatchObject({ reason: 'other-owner' });
    const wider = new HnswNeighbours({ dimensions: DIMENSIONS, m: 32 });
    expect(await wider.adopt(file(), labelOf)).toMatchObject({ reason: 'other-format' });
  });

  it('is not put in force when hnswlib wrote less than it said', async () => {
    await saved();
    const manifest = readFileSync(join(folder, 'manifest.json'), 'utf8');
    const fullDisk = {
      getCurrentCount: () => 300,
      writeIndex: async (path: string) => {
        writeFileSync(path, readFileSync(indexPath()).subarray(0, -100));
        return true;
      },
    };
    const description = { ...file(), dimensions: DIMENSIONS, m: 16 };
    const elements = { elementNext: 300, elements: new Int32Array(0) };
    await expect(writeIndexFile(fullDisk, description, elements)).rejects.toThrow('not written whole');
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(manifest);
  });
});

it('expands hits to parents, children and siblings, each family once and within the bound', () => {
  const children: Record<number, number[]> = { 0: [1, 2, 3], 1: [4], 4: [5] };
  const parent: Record<number, number> = { 1: 0, 2: 0, 3: 0, 4: 1, 5: 4 };
  const walked: number[] = [];
  const descent = {
    parent: (label: number) => parent[label] ?? null,
    children: (label: number) => (walked.push(label), children[label] ?? []),
  };
  expect([...withRelatives([1, 2], descent, 100)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  expect(walked.sort((a, b) => a - b)).toEqual([0, 1, 2]);
  expect(withRelatives([1, 2], descent, 3).size).toBe(3);
});

function flipBit(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
}
