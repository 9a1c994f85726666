import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DEFAULT_CONSTANTS } from '@stemma/lineage';
import { encodeSketch, sketchWeights, toObservation, type Sketch } from '@stemma/sketch';
import type { SketchInFile } from '@stemma/store';
import { readModel } from '@stemma/weights';
import { findModelsFolder } from '@stemma/zoo';
import type { Comparer, Sketches } from './comparer';
import { ComparerPool } from './comparer-pool';
import { LocalComparer } from './local-comparer';
import { freshWeights, sketchOf, trained } from './weights.testing';

const folder = mkdtempSync(join(tmpdir(), 'stemma-comparers-'));
const pools: ComparerPool[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.close();
  rmSync(folder, { recursive: true });
});

function poolOf(threads: number): ComparerPool {
  const pool = new ComparerPool({ threads, observationsMax: 64 });
  pools.push(pool);
  return pool;
}

/** Threads take longer to start than what they do here. */
const [one, three] = [poolOf(1), poolOf(3)];

/** Sketches by label, of which those up to `onDisk` lie in one file, as the store would say. */
class Shelf implements Sketches {
  readonly #places = new Map<number, SketchInFile>();
  readonly path: string;
  /** Labels that were not found in the file by whoever compares. */
  readonly askedFor: number[] = [];

  constructor(
    name: string,
    readonly sketches: readonly Sketch[],
    readonly onDisk: number,
  ) {
    this.path = join(folder, name);
    const encoded = sketches.slice(0, onDisk).map(encodeSketch);
    let offset = 0;
    encoded.forEach((bytes, label) => {
      this.#places.set(label, { path: this.path, offset, bytes: bytes.length, crc: crc32(bytes) });
      offset += bytes.length;
    });
    writeFileSync(this.path, Buffer.concat(encoded));
  }

  sketch(label: number): Promise<Uint8Array> {
    this.askedFor.push(label);
    return Promise.resolve(encodeSketch(this.sketches[label]!));
  }

  sketchInFile(label: number): SketchInFile | null {
    return this.#places.get(label) ?? null;
  }

  begin(comparer: Comparer): void {
    comparer.begin(this);
    this.sketches.forEach((sketch, label) => {
      if (label >= this.onDisk) comparer.arrived(label, () => toObservation(sketch), encodeSketch(sketch));
    });
  }

  /** All pairs, in an order that is nobody's. */
  pairs(): { a: number; b: number }[] {
    const labels = [...this.sketches.keys()];
    const pairs = labels.flatMap((b) => labels.slice(0, b).map((a) => ({ a, b })));
    return pairs.sort((p, q) => ((p.a * 7 + p.b * 5) % 11) - ((q.a * 7 + q.b * 5) % 11));
  }
}

/** Nine models of two families, of which six are on disk. */
function synthetic(): Shelf {
  const [x, y] = [freshWeights(1), freshWeights(2)];
  const weights = [x, y, trained(x, 3), trained(y, 4), trained(trained(x, 5), 6), trained(y, 7)];
  return new Shelf(
    'synthetic',
    [...weights, trained(x, 8), trained(y, 9), x].map((each) => sketchOf(each)),
    6,
  );
}

async function zoo(tree: string): Promise<Shelf> {
  const truth = JSON.parse(readFileSync(join(findModelsFolder(), 'truth.json'), 'utf8')) as Record<
    string,
    object
  >;
  const names = Object.keys(truth[tree]!).slice(0, 8);
  const sketches: Sketch[] = [];
  for (const name of names) {
    const bytes = new Uint8Array(readFileSync(join(findModelsFolder(), tree, `${name}.safetensors`)));
    const files = [{ path: 'model.safetensors', size: bytes.byteLength, hash: null }];
    const read = await readModel({ files, read: async (_, begin, end) => bytes.slice(begin, end) }, {});
    if (read.type === 'rejected') throw new Error(read.detail);
    sketches.push(sketchWeights(read));
  }
  return new Shelf(tree.replace('/', '-'), sketches, Math.ceil(names.length / 2));
}

async function told(comparer: Comparer, shelf: Shelf) {
  shelf.begin(comparer);
  const pairs = shelf.pairs();
  const figures = await comparer.compare(pairs);
  const edges = pairs
    .slice(0, 12)
    .map(({ a, b }, at) => (at % 2 ? { parent: a, child: b } : { parent: b, child: a }));
  return { figures, findings: await comparer.relate(edges) };
}

const locally = (observationsMax = 64): Comparer =>
  new LocalComparer({ constants: DEFAULT_CONSTANTS, observationsMax });

describe('ComparerPool', () => {
  it.each([
    [1, one],
    [3, three],
  ])('says what this thread says, bit for bit: %i threads', async (_, pool) => {
    for (const shelf of [synthetic(), await zoo('ft/imagenet'), await zoo('sd-like')]) {
      const expected = await told(locally(), shelf);
      shelf.askedFor.length = 0;
      // toEqual goes by Object.is: it tells −0 from 0, and finds NaN in itself.
      expect(await told(pool.comparer(64), shelf)).toEqual(expected);
      expect(expected.figures.some(({ kinship, logOdds }) => kinship === 'kin' && logOdds !== 0)).toBe(true);
      // What is on disk was read by the threads.
      expect(shelf.askedFor).toEqual([]);
    }
  });

  it('keeps fewer models than a batch takes, and from batch to batch what it has', async () => {
    const shelf = synthetic();
    const [expected, comparer] = [await told(locally(), shelf), three.comparer(2)];
    for (let batch = 0; batch < 3; batch++) expect(await told(comparer, shelf)).toEqual(expected);
    const wide = three.comparer(64);
    await told(wide, shelf);
    shelf.askedFor.length = 0;
    truncateSync(shelf.path);
    // Of what they have kept of it, the threads need nothing from the disk.
    shelf.begin(wide);
    expect(await wide.compare(shelf.pairs())).toEqual(expected.figures);
    expect(shelf.askedFor).toEqual([]);
  });

  it('has whoever asks read what it cannot, whose error it is then', async () => {
    const shelf = synthetic();
    const expected = await told(locally(), shelf);
    shelf.askedFor.length = 0;
    const bytes = readFileSync(shelf.path);
    bytes[shelf.sketchInFile(3)!.offset + 1_000]! ^= 1;
    writeFileSync(shelf.path, bytes);
    expect(await told(three.comparer(64), shelf)).toEqual(expected);
    expect(new Set(shelf.askedFor)).toEqual(new Set([3]));
    shelf.sketch = () => Promise.reject(new Error('the disk is gone'));
    await expect(told(three.comparer(64), shelf)).rejects.toThrow('the disk is gone');
  });

  it('fails a batch when a thread ends in it, and has another one for the next', async () => {
    const shelf = synthetic();
    const [expected, pool] = [await told(locally(), shelf), poolOf(2)];
    const comparer = pool.comparer(64);
    shelf.begin(comparer);
    const asking = comparer.compare(shelf.pairs());
    await pool.threads()[1]!.end();
    await expect(asking).rejects.toMatchObject({ name: 'ComparerLostError', retryable: true });
    await expect(comparer.relate([{ parent: 1, child: 3 }])).rejects.toMatchObject({ retryable: true });
    expect(await told(comparer, shelf)).toEqual(expected);
  });

  it('takes a label of one loading for nothing in another', async () => {
    const [shelf, other] = [synthetic(), synthetic()];
    const turned = new Shelf('turned', [...shelf.sketches].reverse(), 6);
    const [first, second] = [three.comparer(64), three.comparer(64)];
    const [expected, expectedTurned] = [await told(locally(), other), await told(locally(), turned)];
    expect(await told(first, shelf)).toEqual(expected);
    expect(await told(second, turned)).toEqual(expectedTurned);
    first.close();
    expect(await told(second, turned)).toEqual(expectedTurned);
    expect(await told(three.comparer(64), shelf)).toEqual(expected);
  });

  it('ends with an error what it still works on when it is closed', async () => {
    const shelf = synthetic();
    const pool = poolOf(1);
    const comparer = pool.comparer(64);
    shelf.begin(comparer);
    const asking = comparer.compare(shelf.pairs());
    await Promise.all([expect(asking).rejects.toMatchObject({ name: 'ComparerLostError' }), pool.close()]);
    expect(() => shelf.begin(comparer)).toThrow('closed');
  });
});
