import assert from 'node:assert/strict';
import type { Observation } from '@stemma/lineage';
import { decodeForComparing, decodeSketch, toObservation, type Sketch } from '@stemma/sketch';

/** Sketches read at a time: a disk answers several at once, and none of them waits for another to be decoded. */
const READS_MAX = 16;

/**
 * Decoded sketches by label: what comparing takes, the least recently used dropped first, and of the batch at hand all that was
 * sketched, which only the edges that are told are looked at by.
 */
export class Observations {
  readonly #kept = new Map<number, Observation>();
  /** Whole, until the next batch is prepared. */
  #whole = new Map<number, Observation>();
  /** Put since the last batch was prepared. */
  #arrived = new Map<number, Observation>();

  constructor(
    private readonly load: (label: number) => Promise<Uint8Array | null>,
    private readonly observationsMax: number,
  ) {}

  /** An arrival, which the store does not have yet. */
  put(label: number, observation: Observation): void {
    this.#arrived.set(label, observation);
  }

  /** Makes these labels readable by {@link get} until the next call; reads what is not in memory. Begins a batch. */
  async prepare(labels: Iterable<number>): Promise<void> {
    for (const [label, observation] of this.#whole) this.#keep(label, forComparing(observation));
    this.#whole = this.#arrived;
    this.#arrived = new Map();
    const wanted = [...labels];
    const missing = wanted.filter((label) => !this.#kept.has(label) && !this.#whole.has(label));
    await this.#read(missing, (label, bytes) => this.#keep(label, readForComparing(label, bytes)));
    for (const label of wanted) if (!this.#whole.has(label)) this.#keep(label, this.get(label));
    this.#drop(Math.max(this.observationsMax, wanted.length));
  }

  /** For comparing: without what only {@link whole} has. */
  get(label: number): Observation {
    const observation = this.#whole.get(label) ?? this.#kept.get(label);
    assert(observation !== undefined, `the sketch of label ${label} was not prepared`);
    return observation;
  }

  /** Makes these labels readable by {@link whole} until the next batch. */
  async prepareWhole(labels: Iterable<number>): Promise<void> {
    const missing = [...labels].filter((label) => !this.#whole.has(label));
    await this.#read(missing, (label, bytes) =>
      this.#whole.set(label, toObservation(decodeStored(label, bytes))),
    );
  }

  whole(label: number): Observation {
    const observation = this.#whole.get(label);
    assert(observation !== undefined, `the whole sketch of label ${label} was not prepared`);
    return observation;
  }

  async #read(
    labels: readonly number[],
    take: (label: number, bytes: Uint8Array | null) => void,
  ): Promise<void> {
    for (let first = 0; first < labels.length; first += READS_MAX) {
      const some = labels.slice(first, first + READS_MAX);
      const loaded = some.map(async (label) => take(label, await this.load(label)));
      await Promise.all(loaded);
    }
  }

  /** As the one used last. */
  #keep(label: number, observation: Observation): void {
    this.#kept.delete(label);
    this.#kept.set(label, observation);
  }

  #drop(keptMax: number): void {
    for (const label of this.#kept.keys()) {
      if (this.#kept.size <= keptMax) return;
      this.#kept.delete(label);
    }
  }
}

/** Low-rank blocks are a third of a sketch and of no use in comparing. */
function forComparing({ lowRank: _, ...observation }: Observation): Observation {
  return observation;
}

/** A stored sketch without what {@link forComparing} leaves out, which is not decoded. */
function readForComparing(label: number, bytes: Uint8Array | null): Observation {
  assert(bytes !== null, `label ${label} is compared, but the store has no sketch of it`);
  const sketch = decodeForComparing(bytes);
  assert(sketch.type !== 'rejected', `the stored sketch of label ${label} cannot be read`);
  return sketch.observation;
}

/** What was stored was checked when it came in, and by the store when it was read: anything else now is damage. */
export function decodeStored(label: number, bytes: Uint8Array | null): Sketch {
  assert(bytes !== null, `label ${label} is compared, but the store has no sketch of it`);
  const sketch = decodeSketch(bytes, true);
  assert(sketch.type !== 'rejected', `the stored sketch of label ${label} cannot be read`);
  return sketch.sketch;
}
