import assert from 'node:assert/strict';

import { grownCapacity, type DistanceKernel } from './distance-kernel';
import { PlainKernel } from './plain-kernel';
import { WasmKernel } from './wasm-kernel';

/**
 * Vectors under labels, kept without gaps in the slots 0 to size - 1 of a distance kernel. A small table uses the
 * plain kernel and moves to the WebAssembly one when it grows: the two give the same bits, so nobody can tell.
 */
export class VectorSlots {
  readonly dimensions: number;
  readonly #wasmFrom: number;
  readonly #slotOf = new Map<number, number>();
  #labels = new Int32Array(0);
  #kernel: DistanceKernel;

  constructor(dimensions: number, wasmFrom: number) {
    this.dimensions = dimensions;
    this.#wasmFrom = wasmFrom;
    this.#kernel = wasmFrom > 0 ? new PlainKernel(dimensions) : new WasmKernel(dimensions);
  }

  get size(): number {
    return this.#slotOf.size;
  }

  /** The label of each slot; longer than `size`. */
  get labels(): Int32Array {
    return this.#labels;
  }

  has(label: number): boolean {
    return this.#slotOf.has(label);
  }

  add(label: number, vector: Float32Array): void {
    assertVector(vector, this.dimensions);
    assert(
      Number.isInteger(label) && label >= 0 && label < 2 ** 31,
      `a label is an int32 >= 0, not ${label}`,
    );
    assert(!this.#slotOf.has(label), `label ${label} is in use`);
    const slot = this.size;
    if (slot === this.#wasmFrom && slot > 0) this.#moveToWasm();
    if (slot === this.#labels.length) {
      const labels = new Int32Array(grownCapacity(slot, slot + 1));
      labels.set(this.#labels);
      this.#labels = labels;
    }
    this.#kernel.write(slot, vector);
    this.#labels[slot] = label;
    this.#slotOf.set(label, slot);
  }

  remove(label: number): void {
    const slot = this.#slot(label);
    const last = this.size - 1;
    const moved = this.#labels[last]!;
    this.#slotOf.delete(label);
    if (slot === last) return;
    this.#kernel.copy(last, slot);
    this.#labels[slot] = moved;
    this.#slotOf.set(moved, slot);
  }

  /** A copy of a label's vector. */
  vector(label: number): Float32Array {
    return this.#kernel.read(this.#slot(label));
  }

  /** Squared distances to all slots; valid until the next call. */
  distances(query: Float32Array): Float32Array {
    assertVector(query, this.dimensions);
    return this.#kernel.scan(query, this.size);
  }

  /** Squared distances to the listed labels, in their order; valid until the next call. */
  distancesTo(query: Float32Array, labels: readonly number[]): Float32Array {
    assertVector(query, this.dimensions);
    return this.#kernel.gather(
      query,
      Int32Array.from(labels, (label) => this.#slot(label)),
    );
  }

  #slot(label: number): number {
    const slot = this.#slotOf.get(label);
    // Asked for every label of a search, so the message is not made in advance.
    if (slot === undefined) assert.fail(`label ${label} is not in the index`);
    return slot;
  }

  #moveToWasm(): void {
    const wasm = new WasmKernel(this.dimensions);
    for (let slot = 0; slot < this.size; slot++) wasm.write(slot, this.#kernel.read(slot));
    this.#kernel = wasm;
  }
}

/** hnswlib aborts the process on a hole and returns nonsense for NaN, so nothing else may pass. */
export function assertVector(vector: Float32Array, dimensions: number): void {
  assert(vector[Symbol.toStringTag] === 'Float32Array', 'a vector is a Float32Array');
  assert(vector.length === dimensions, `a vector has ${dimensions} components, not ${vector.length}`);
  const bad = vector.findIndex((component) => !Number.isFinite(component));
  if (bad !== -1) assert.fail(`component ${bad} of the vector is ${vector[bad]}`);
}
