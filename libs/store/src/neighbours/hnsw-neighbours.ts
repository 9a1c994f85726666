import assert from 'node:assert/strict';

import { HierarchicalNSW } from 'hnswlib-node';

import { NO_DESCENT, withRelatives, type Descent } from './forest-relatives';
import { readIndexFile, writeIndexFile, type IndexFileRejected } from './hnsw-file';
import {
  selectNearest,
  type Neighbour,
  type Neighbours,
  type Surroundings,
  type TieOrder,
} from './neighbours';
import { assertVector, VectorSlots } from './vector-slots';

export interface HnswNeighboursOptions {
  readonly dimensions: number;
  /** Which of two equally distant labels comes first. Default: the smaller label. */
  readonly before?: TieOrder;
  /** The current forest, through which hits are expanded. Default: none, hits stay alone. */
  readonly descent?: Descent;
  /** Links of an element. Default 16. */
  readonly m?: number;
  /** Width of the search for an element's links. Default 200. */
  readonly efConstruction?: number;
  /** Width of a search, and how many hits it gives. Default 128. */
  readonly ef?: number;
  /** Labels looked at for one question after expansion. Default 65,536. */
  readonly expandedMax?: number;
  /** Elements that the index grows by at most at a time. Default 262,144. */
  readonly growthMax?: number;
  /** Up to so many vectors hnswlib is not used at all: every search is an exact scan. Default 0. */
  readonly exactMax?: number;
  /** Waiting vectors that one search puts into hnswlib at most; while others wait, it scans. Default all. */
  readonly settledMax?: number;
}

/** Who wrote an index file and how its labels are to be found again. */
export interface IndexFileOptions {
  readonly folder: string;
  /** Identity of the store whose labels the file holds: a file of another store is not read. */
  readonly owner: string;
}

const SEED = 100;
const ELEMENTS_MIN = 1_024;

/**
 * Search by hnswlib for architectures too large for a scan (DESIGN 4.4); up to `exactMax` vectors it scans.
 *
 * What is given up above that: a search sees the hits of hnswlib and their families, not everyone. So a list can miss
 * a near one and the candidate graph can lack pairs (recall.bench.ts), and both depend on the order of arrival and on
 * the forest of the time: that a stream gives what a batch gives is proven below `exactMax` only. What stays exact are
 * all distances, the order of ties, the pairs among hubs, and what is restored from pairs or a snapshot.
 *
 * The graph of hnswlib alone loses the children of a popular base: its pruning keeps only the link to the base. So
 * its hits are expanded through the forest and re-ranked by exact distances from our own copy of the vectors. That
 * copy is the truth: the index is rebuilt from it at any time.
 *
 * hnswlib is fed under element numbers that are never used twice, since it cannot take a deleted label again, and
 * only when it is searched: what is added waits. So a file can be adopted after all vectors are known.
 */
export class HnswNeighbours implements Neighbours {
  readonly #before: TieOrder;
  readonly #descent: Descent;
  readonly #options: Required<Omit<HnswNeighboursOptions, 'before' | 'descent'>>;
  readonly #slots: VectorSlots;
  readonly #elementOf = new Map<number, number>();
  readonly #labelOf = new Map<number, number>();
  readonly #waiting = new Set<number>();
  /** Elements whose labels left while a file was being written. */
  readonly #leaving = new Set<number>();
  /** Null until it is used: an empty one takes a megabyte, and most architectures never need it. */
  #index: HierarchicalNSW | null = null;
  #elementNext = 0;
  /** Places of deleted elements, which hnswlib fills before it takes new ones. */
  #vacant = 0;
  #writing = false;

  constructor(options: HnswNeighboursOptions) {
    const { before = (a, b) => a < b, descent = NO_DESCENT, ...rest } = options;
    this.#before = before;
    this.#descent = descent;
    this.#options = {
      m: 16,
      efConstruction: 200,
      ef: 128,
      expandedMax: 65_536,
      growthMax: 262_144,
      exactMax: 0,
      settledMax: Infinity,
      ...rest,
    };
    this.#slots = new VectorSlots(options.dimensions, 2_048);
  }

  get dimensions(): number {
    return this.#slots.dimensions;
  }

  get size(): number {
    return this.#slots.size;
  }

  add(label: number, vector: Float32Array): void {
    this.#slots.add(label, vector);
    this.#waiting.add(label);
  }

  remove(label: number): void {
    this.#slots.remove(label);
    if (this.#waiting.delete(label)) return;
    const element = this.#elementOf.get(label);
    assert(element !== undefined, `label ${label} has no element`);
    this.#elementOf.delete(label);
    this.#labelOf.delete(element);
    if (this.#writing) this.#leaving.add(element);
    else this.#vacate(element);
  }

  nearest(vector: Float32Array, k: number, except?: number): Neighbour[] {
    return selectNearest(this.#surroundings(vector), k, this.#before, except);
  }

  around(label: number): Surroundings {
    return this.#surroundings(this.#slots.vector(label));
  }

  distances(label: number, others: readonly number[]): Float32Array {
    return this.#slots.distancesTo(this.#slots.vector(label), others);
  }

  /** Feeds at most `labelsMax` waiting vectors to the index, so that a long build can be cut in slices. */
  settle(labelsMax = Infinity): void {
    if (this.#writing) return;
    this.#index ??= this.#emptyIndex();
    let left = labelsMax;
    for (const label of this.#waiting) {
      if (left-- <= 0) return;
      this.#insert(this.#index, label);
      this.#waiting.delete(label);
    }
  }

  /** Vectors that the next search will first put into the index. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Writes the index beside its manifest; safe against a crash at any moment. Additions and removals go on
   * meanwhile. `idOf` gives a label's identity in the store, under which `adopt` finds it again.
   * Throws what the file system throws, a full disk included; the file before stays in force.
   */
  async save(file: IndexFileOptions, idOf: (label: number) => number): Promise<void> {
    assert(!this.#writing, 'the index is being written');
    this.settle(this.#options.settledMax);
    const index = this.#hnsw;
    const elements = [...this.#labelOf].flatMap(([element, label]) => [element, idOf(label)]);
    this.#writing = true;
    try {
      const { dimensions, m } = this.#options;
      const description = { ...file, dimensions, m };
      await writeIndexFile(index, description, {
        elementNext: this.#elementNext,
        elements: Int32Array.from(elements),
      });
    } finally {
      this.#writing = false;
      for (const element of this.#leaving) this.#vacate(element);
      this.#leaving.clear();
    }
  }

  /**
   * Takes over a saved index for the vectors that wait in this one: what the file knows need not be built.
   * `labelOf` translates an identity back, or answers undefined for one that is gone. Null, or why the file is
   * not fit for use; then everything still waits and will be built.
   */
  async adopt(
    file: IndexFileOptions,
    labelOf: (id: number) => number | undefined,
  ): Promise<IndexFileRejected | null> {
    assert.equal(this.#elementNext, 0, 'an index in use cannot adopt a file');
    const { dimensions, m, ef } = this.#options;
    const read = await readIndexFile({ ...file, dimensions, m });
    if (read.type === 'rejected') return read;
    read.index.setEf(ef);
    this.#index = read.index;
    this.#elementNext = read.elementNext;
    this.#vacant = read.index.getCurrentCount() - read.elements.length / 2;
    for (let i = 0; i < read.elements.length; i += 2) {
      const element = read.elements[i]!;
      const label = labelOf(read.elements[i + 1]!);
      if (label !== undefined && this.#waiting.delete(label)) this.#link(label, element);
      else this.#vacate(element);
    }
    return null;
  }

  get #hnsw(): HierarchicalNSW {
    assert(this.#index !== null, 'nothing was put into hnswlib yet');
    return this.#index;
  }

  #insert(index: HierarchicalNSW, label: number): void {
    if (this.#vacant > 0) this.#vacant--;
    else if (index.getCurrentCount() === index.getMaxElements()) this.#grow(index);
    const element = this.#elementNext++;
    index.addPoint(Array.from(this.#slots.vector(label)), element, true);
    this.#link(label, element);
  }

  #vacate(element: number): void {
    this.#hnsw.markDelete(element);
    this.#vacant++;
  }

  #link(label: number, element: number): void {
    this.#elementOf.set(label, element);
    this.#labelOf.set(element, label);
  }

  #grow(index: HierarchicalNSW): void {
    const elements = index.getMaxElements();
    index.resizeIndex(elements + Math.min(this.#options.growthMax, Math.max(ELEMENTS_MIN, elements >> 1)));
  }

  #emptyIndex(): HierarchicalNSW {
    const { dimensions, m, efConstruction, ef } = this.#options;
    const index = new HierarchicalNSW('l2', dimensions);
    index.initIndex({
      maxElements: ELEMENTS_MIN,
      m,
      efConstruction,
      randomSeed: SEED,
      allowReplaceDeleted: true,
    });
    index.setEf(ef);
    return index;
  }

  #surroundings(query: Float32Array): Surroundings {
    assertVector(query, this.dimensions);
    const { exactMax, settledMax, expandedMax } = this.#options;
    if (this.size > exactMax) this.settle(settledMax);
    if (this.size <= exactMax || this.#waiting.size > 0) {
      const distances = this.#slots.distances(query);
      return { count: this.size, labels: this.#slots.labels, distances };
    }
    const known = [...withRelatives(this.#hits(query), this.#descent, expandedMax)].filter((label) =>
      this.#slots.has(label),
    );
    const labels = Int32Array.from(known);
    return { count: labels.length, labels, distances: this.#slots.distancesTo(query, known) };
  }

  #hits(query: Float32Array): number[] {
    const hitsMax = Math.min(this.#options.ef, this.#labelOf.size);
    const { neighbors: elements } = this.#hnsw.searchKnn(Array.from(query), hitsMax);
    return elements.map((element) => this.#labelOf.get(element)).filter((label) => label !== undefined);
  }
}
