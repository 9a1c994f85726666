import assert from 'node:assert/strict';
import { DEFAULT_CONSTANTS, type Constants, type Observation } from '@stemma/lineage';
import type { SketchInFile } from '@stemma/store';
import type { Comparer, Edge, Sketches } from './comparer';
import { packPlaces, unpackFigures, type Answer, type Asked } from './comparer-messages';
import { ComparerThread } from './comparer-thread';
import type { EdgeFinding } from './edge-book';
import type { LabelPair } from './kin-forest';
import type { ComparedFigures } from './rows';

export interface ComparerPoolOptions {
  readonly threads: number;
  /** Decoded sketches that all of them keep together. */
  readonly observationsMax: number;
}

const HEAP_MIN_MIB = 256;
/** Of a decoded sketch, on the heap: an object for each of its tensors. */
const OBSERVATION_HEAP_MIB = 0.125;

/**
 * Threads that compare, for all partitions of a process. A pair is compared by the thread that has the older model, by its
 * label, in its share, so each keeps decoded sketches that no other one has.
 */
export class ComparerPool {
  readonly #options: ComparerPoolOptions;
  readonly #threads: (ComparerThread | null)[];
  #owners = 0;
  #isClosed = false;

  constructor(options: ComparerPoolOptions) {
    assert(options.threads > 0, `a pool has a thread or more, not ${options.threads}`);
    this.#options = options;
    this.#threads = Array.from({ length: options.threads }, () => null);
  }

  /** For one loading of a partition: labels may mean something else after the next one. */
  comparer(observationsMax: number, constants: Constants = DEFAULT_CONSTANTS): Comparer {
    return new PooledComparer(this, this.#owners++, { observationsMax, constants });
  }

  /** All threads, which are started where there are none or no more. */
  threads(): ComparerThread[] {
    assert(!this.#isClosed, 'the pool is closed');
    return this.#threads.map((thread, index) => {
      const standing = thread === null || thread.isLost ? this.#start(index) : thread;
      this.#threads[index] = standing;
      return standing;
    });
  }

  /** Those that have been started. */
  started(): ComparerThread[] {
    return this.#threads.filter((thread) => thread !== null);
  }

  /** Whoever still waits for an answer gets an error. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.started().map((thread) => thread.end()));
  }

  #start(index: number): ComparerThread {
    const { threads: count, observationsMax } = this.#options;
    const heapMaxMiB = Math.ceil(HEAP_MIN_MIB + (OBSERVATION_HEAP_MIB * observationsMax) / count);
    return new ComparerThread({ share: { index, count }, heapMaxMiB });
  }
}

/** Compares in the threads of a pool. */
class PooledComparer implements Comparer {
  /** Those that know this one. */
  #known = new WeakSet<ComparerThread>();
  /** Those of the batch at hand: one that ends is not replaced before the next batch, since it takes arrivals with it. */
  #threads: readonly ComparerThread[] = [];
  #sketches: Sketches | null = null;

  constructor(
    private readonly pool: ComparerPool,
    private readonly owner: number,
    private readonly options: { readonly observationsMax: number; readonly constants: Constants },
  ) {}

  begin(sketches: Sketches): void {
    const { owner, pool } = this;
    this.#sketches = sketches;
    this.#threads = pool.threads();
    for (const thread of this.#threads) {
      if (!this.#known.has(thread)) this.#introduce(thread);
      thread.tell({ type: 'begin', owner });
    }
  }

  /** They decode it while this thread goes on: almost every one has neighbours of it. */
  arrived(label: number, _: () => Observation, sketch: Uint8Array): void {
    const shared = new Uint8Array(new SharedArrayBuffer(sketch.byteLength));
    shared.set(sketch);
    for (const thread of this.#threads)
      thread.tell({ type: 'arrived', owner: this.owner, label, sketch: shared });
  }

  async compare(pairs: readonly LabelPair[]): Promise<ComparedFigures[]> {
    const ends = pairs.map(({ a, b }) => [a, b] as const);
    return this.#ask('compare', ends, (answer) => {
      assert(answer.type === 'compared', `figures were asked for, not ${answer.type}`);
      return unpackFigures(answer.columns);
    });
  }

  async relate(edges: readonly Edge[]): Promise<EdgeFinding[]> {
    const ends = edges.map(({ parent, child }) => [parent, child] as const);
    return this.#ask('relate', ends, (answer) => {
      assert(answer.type === 'related', `findings were asked for, not ${answer.type}`);
      return answer.findings;
    });
  }

  close(): void {
    for (const thread of this.pool.started()) thread.tell({ type: 'disown', owner: this.owner });
    this.#known = new WeakSet();
    [this.#threads, this.#sketches] = [[], null];
  }

  #introduce(thread: ComparerThread): void {
    const { observationsMax, constants } = this.options;
    const share = Math.ceil(observationsMax / this.#threads.length);
    thread.tell({ type: 'own', owner: this.owner, observationsMax: share, constants });
    this.#known.add(thread);
  }

  /** Asks each thread for its share, and puts the answers in the order of what was asked. */
  async #ask<T>(
    type: Asked['type'],
    ends: readonly Ends[],
    read: (answer: Answer) => readonly T[],
  ): Promise<T[]> {
    const shares = this.#threads.map(() => [] as number[]);
    ends.forEach(([x, y], at) => shares[Math.min(x, y) % shares.length]!.push(at));
    const asking = this.#threads.map(async (thread, index) => {
      const share = shares[index]!;
      if (share.length === 0) return [];
      return read(
        await this.#askOne(
          thread,
          type,
          share.map((at) => ends[at]!),
        ),
      );
    });
    const answers = await settled(asking);
    const inOrder: T[] = new Array<T>(ends.length);
    shares.forEach((share, index) => share.forEach((at, i) => (inOrder[at] = answers[index]![i]!)));
    return inOrder;
  }

  async #askOne(thread: ComparerThread, type: Asked['type'], ends: readonly Ends[]): Promise<Answer> {
    const { owner } = this;
    const labels = Int32Array.from(ends.flat());
    const places = packPlaces(this.#placesOf(labels));
    for (;;) {
      const answer = await thread.ask({ type, owner, labels, places });
      if (answer.type === 'failed') throw new Error(`a thread could not ${type}: ${answer.reason}`);
      if (answer.type !== 'unreadable') return answer;
      // Throws what is the matter with it. A sketch that can be read now is not asked for again.
      const sketch = await this.#sketchOf(answer.label);
      thread.tell({ type: 'arrived', owner, label: answer.label, sketch });
    }
  }

  #placesOf(labels: Int32Array): Map<number, SketchInFile> {
    const places = new Map<number, SketchInFile>();
    for (const label of new Set(labels)) {
      const place = this.#sketches!.sketchInFile(label);
      if (place !== null) places.set(label, place);
    }
    return places;
  }

  async #sketchOf(label: number): Promise<Uint8Array> {
    const sketch = await this.#sketches!.sketch(label);
    assert(sketch !== null, `label ${label} is compared, but the store has no sketch of it`);
    return sketch;
  }
}

type Ends = readonly [number, number];

/** The values of all, or the first error once all have ended: nobody works on for a batch that has failed. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(promises);
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  });
}
