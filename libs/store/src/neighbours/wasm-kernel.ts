import assert from 'node:assert/strict';

import { grownCapacity, strideOf, type DistanceKernel } from './distance-kernel';
import { DISTANCES_WASM_BASE64 } from './distances-wasm';

const PAGE_BYTES = 65_536;
const PAGES_MAX = 65_536;
/** Distances are computed this many at a time, so that what precedes the vectors in memory has a fixed size. */
const BLOCK = 8_192;

interface Exports {
  scan(query: number, vectors: number, count: number, stride: number, out: number): void;
  gather(query: number, vectors: number, slots: number, count: number, stride: number, out: number): void;
}

/** What we use of WebAssembly: neither ES2023 nor Node's types declare it. */
declare const WebAssembly: {
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

let compiled: object | undefined;

/**
 * The distance kernel in WebAssembly SIMD (assembly/distances.ts). Memory: query, a block of slots, a block of
 * distances, then the vectors up to the end, 4 GiB in all (8 million vectors of 128 components).
 *
 * Each instance reserves some 10 GiB of address space (a process has room for about 13,000 of them), so small
 * tables should use the plain kernel.
 */
export class WasmKernel implements DistanceKernel {
  readonly dimensions: number;
  readonly #stride: number;
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES_MAX });
  readonly #exports: Exports;
  readonly #slotsAt: number;
  readonly #distancesAt: number;
  readonly #vectorsAt: number;
  #floats = new Float32Array(this.#memory.buffer);
  #slots = new Int32Array(this.#memory.buffer);
  #distances = new Float32Array(0);
  #capacity = 0;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.#stride = strideOf(dimensions);
    this.#slotsAt = this.#stride * 4;
    this.#distancesAt = this.#slotsAt + BLOCK * 4;
    this.#vectorsAt = this.#distancesAt + BLOCK * 4;
    compiled ??= new WebAssembly.Module(Buffer.from(DISTANCES_WASM_BASE64, 'base64'));
    const instance = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.#exports = instance.exports as Exports;
    this.#reserve(1);
  }

  write(slot: number, vector: Float32Array): void {
    this.#reserve(slot + 1);
    this.#floats.set(vector, this.#floatOf(slot));
  }

  copy(from: number, to: number): void {
    this.#floats.copyWithin(this.#floatOf(to), this.#floatOf(from), this.#floatOf(from + 1));
  }

  read(slot: number): Float32Array {
    return this.#floats.slice(this.#floatOf(slot), this.#floatOf(slot) + this.dimensions);
  }

  scan(query: Float32Array, count: number): Float32Array {
    this.#floats.set(query, 0);
    this.#distances = withLength(this.#distances, count);
    for (let first = 0; first < count; first += BLOCK) {
      const rows = Math.min(BLOCK, count - first);
      const vectorsAt = this.#vectorsAt + first * this.#stride * 4;
      this.#exports.scan(0, vectorsAt, rows, this.#stride, this.#distancesAt);
      this.#takeBlock(first, rows);
    }
    return this.#distances;
  }

  gather(query: Float32Array, slots: Int32Array): Float32Array {
    this.#floats.set(query, 0);
    this.#distances = withLength(this.#distances, slots.length);
    for (let first = 0; first < slots.length; first += BLOCK) {
      const rows = Math.min(BLOCK, slots.length - first);
      this.#slots.set(slots.subarray(first, first + rows), this.#slotsAt / 4);
      this.#exports.gather(0, this.#vectorsAt, this.#slotsAt, rows, this.#stride, this.#distancesAt);
      this.#takeBlock(first, rows);
    }
    return this.#distances;
  }

  #takeBlock(first: number, rows: number): void {
    const begin = this.#distancesAt / 4;
    this.#distances.set(this.#floats.subarray(begin, begin + rows), first);
  }

  #floatOf(slot: number): number {
    return this.#vectorsAt / 4 + slot * this.#stride;
  }

  #reserve(slots: number): void {
    if (slots <= this.#capacity) return;
    const slotsMax = Math.floor((PAGES_MAX * PAGE_BYTES - this.#vectorsAt) / (this.#stride * 4));
    assert(slots <= slotsMax, `a table of ${this.dimensions}-d vectors holds ${slotsMax}, not ${slots}`);
    const capacity = Math.min(slotsMax, grownCapacity(this.#capacity, slots));
    const pages = Math.ceil((this.#vectorsAt + capacity * this.#stride * 4) / PAGE_BYTES);
    const grow = pages - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (grow > 0) this.#memory.grow(grow);
    this.#capacity = capacity;
    // Growing detaches the old buffer, so every view must be made anew.
    this.#floats = new Float32Array(this.#memory.buffer);
    this.#slots = new Int32Array(this.#memory.buffer);
  }
}

function withLength(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  return length <= array.length
    ? (array as Float32Array<ArrayBuffer>)
    : new Float32Array(grownCapacity(array.length, length));
}
