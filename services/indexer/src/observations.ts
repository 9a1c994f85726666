import assert from 'node:assert/strict';
import type { Observation } from '@stemma/lineage';
import { decodeSketch, toObservation, type Sketch } from '@stemma/sketch';

/** Sketches read at a time: a disk answers several at once, and none of them waits for another to be decoded. */
const READS_MAX = 16;

/** Decoded sketches by label, the least recently used dropped first. */
export class Observations {
  readonly #kept = new Map<number, Observation>();

  constructor(
    private readonly load: (label: number) => Promise<Uint8Array | null>,
    private readonly observationsMax: number,
  ) {}

  /** Makes these labels readable by {@link get} until the next call; reads what is not in memory. */
  async prepare(labels: Iterable<number>): Promise<void> {
    const wanted = [...labels];
    const missing = wanted.filter((label) => !this.#kept.has(label));
    for (let first = 0; first < missing.length; first += READS_MAX)
      await Promise.all(missing.slice(first, first + READS_MAX).map((label) => this.#read(label)));
    for (const label of wanted) this.put(label, this.get(label));
    this.#drop(Math.max(this.observationsMax, wanted.length));
  }

  put(label: number, observation: Observation): void {
    this.#kept.delete(label);
    this.#kept.set(label, observation);
  }

  get(label: number): Observation {
    const observation = this.#kept.get(label);
    assert(observation !== undefined, `the sketch of label ${label} was not prepared`);
    return observation;
  }

  async #read(label: number): Promise<void> {
    this.#kept.set(label, toObservation(decodeStored(label, await this.load(label))));
  }

  #drop(keptMax: number): void {
    for (const label of this.#kept.keys()) {
      if (this.#kept.size <= keptMax) return;
      this.#kept.delete(label);
    }
  }
}

/** What was stored was checked when it came in: anything else now is damage. */
export function decodeStored(label: number, bytes: Uint8Array | null): Sketch {
  assert(bytes !== null, `label ${label} is compared, but the store has no sketch of it`);
  const sketch = decodeSketch(bytes);
  assert(sketch.type !== 'rejected', `the stored sketch of label ${label} cannot be read`);
  return sketch.sketch;
}
