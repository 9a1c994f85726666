import assert from 'node:assert/strict';
import type { Observation } from '@stemma/lineage';
import {
  decodeForComparing,
  decodeObservation,
  decodeSketch,
  type RejectedSketch,
  type Sketch,
} from '@stemma/sketch';

/** Sketches read at a time: a disk answers several at once, and none of them waits for another to be decoded. */
const READS_MAX = 16;

export interface ObservationsOptions {
  readonly load: (label: number) => Promise<Uint8Array | null> | Uint8Array | null;
  /** Kept for comparing. */
  readonly observationsMax: number;
  /** Of which arrivals to keep anything beyond their batch; of all by default. */
  readonly keeps?: (label: number) => boolean;
}

/** Observations that were fetched, by label. */
export type Fetched = (label: number) => Observation;

/**
 * Decoded sketches by label: what comparing takes, the least recently used dropped first, and of the arrivals of the batch at
 * hand all that was sketched, which only the edges that are told are looked at by.
 */
export class Observations {
  readonly #options: ObservationsOptions;
  readonly #kept = new Map<number, Observation>();
  #arrived = new Map<number, Observation>();

  constructor(options: ObservationsOptions) {
    this.#options = options;
  }

  /** Begins a batch. Of the arrivals of the one before, only what comparing takes is kept. */
  begin(): void {
    const { keeps, observationsMax } = this.#options;
    for (const [label, observation] of this.#arrived)
      if (keeps?.(label) ?? true) this.#keep(label, forComparing(observation));
    this.#arrived = new Map();
    this.#drop(observationsMax);
  }

  /** An arrival of the batch, which the store does not have yet; whole, or what comparing takes. */
  put(label: number, observation: Observation): void {
    this.#arrived.set(label, observation);
  }

  /** What comparing takes of these labels. All of them are in memory at once, however many are kept. */
  async fetch(labels: Iterable<number>): Promise<Fetched> {
    const found = new Map<number, Observation>();
    const missing: number[] = [];
    for (const label of labels) {
      const known = this.#arrived.get(label) ?? this.#kept.get(label);
      if (known === undefined) missing.push(label);
      else found.set(label, known);
    }
    await this.#read(missing, (label, bytes) => found.set(label, readForComparing(label, bytes)));
    for (const [label, observation] of found) if (!this.#arrived.has(label)) this.#keep(label, observation);
    this.#drop(this.#options.observationsMax);
    return (label) => fetched(label, found);
  }

  /** All that was sketched of these labels. */
  async fetchWhole(labels: Iterable<number>): Promise<Fetched> {
    const found = new Map<number, Observation>();
    const missing: number[] = [];
    for (const label of labels) {
      const arrived = this.#arrived.get(label);
      if (arrived?.lowRank === undefined) missing.push(label);
      else found.set(label, arrived);
    }
    await this.#read(missing, (label, bytes) => found.set(label, readWhole(label, bytes)));
    return (label) => fetched(label, found);
  }

  async #read(
    labels: readonly number[],
    take: (label: number, bytes: Uint8Array | null) => void,
  ): Promise<void> {
    for (let first = 0; first < labels.length; first += READS_MAX) {
      const some = labels.slice(first, first + READS_MAX);
      const loaded = some.map(async (label) => take(label, await this.#options.load(label)));
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

function fetched(label: number, found: ReadonlyMap<number, Observation>): Observation {
  const observation = found.get(label);
  assert(observation !== undefined, `the sketch of label ${label} was not fetched`);
  return observation;
}

/** Low-rank blocks are a third of a sketch and of no use in comparing. */
function forComparing({ lowRank: _, ...observation }: Observation): Observation {
  return observation;
}

/** A stored sketch without what {@link forComparing} leaves out, which is not decoded. */
export const readForComparing = (label: number, bytes: Uint8Array | null): Observation =>
  readStored(label, bytes, decodeForComparing).observation;

const readWhole = (label: number, bytes: Uint8Array | null): Observation =>
  readStored(label, bytes, decodeObservation).observation;

export const decodeStored = (label: number, bytes: Uint8Array | null): Sketch =>
  readStored(label, bytes, (whole) => decodeSketch(whole, true)).sketch;

/** What was stored was checked when it came in, and by the store when it was read: anything else now is damage. */
function readStored<T extends { readonly type: string }>(
  label: number,
  bytes: Uint8Array | null,
  decode: (bytes: Uint8Array) => T | RejectedSketch,
): T {
  assert(bytes !== null, `label ${label} is compared, but the store has no sketch of it`);
  const read = decode(bytes);
  assert(!('reason' in read), `the stored sketch of label ${label} cannot be read`);
  return read;
}
