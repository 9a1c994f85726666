import { grownCapacity, LANES, strideOf, type DistanceKernel } from './distance-kernel';

// Reads of typed arrays inside their bounds are never undefined: `!` marks them.

/** The distance kernel in plain TypeScript: the test oracle, and the choice for small tables. */
export class PlainKernel implements DistanceKernel {
  readonly dimensions: number;
  readonly #stride: number;
  readonly #query: Float32Array;
  #vectors = new Float32Array(0);
  #distances = new Float32Array(0);
  #capacity = 0;

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.#stride = strideOf(dimensions);
    this.#query = new Float32Array(this.#stride);
  }

  write(slot: number, vector: Float32Array): void {
    this.#reserve(slot + 1);
    this.#vectors.set(vector, slot * this.#stride);
  }

  copy(from: number, to: number): void {
    this.#vectors.copyWithin(to * this.#stride, from * this.#stride, (from + 1) * this.#stride);
  }

  read(slot: number): Float32Array {
    const begin = slot * this.#stride;
    return this.#vectors.slice(begin, begin + this.dimensions);
  }

  scan(query: Float32Array, count: number): Float32Array {
    this.#query.set(query);
    for (let slot = 0; slot < count; slot++) {
      this.#distances[slot] = squaredDistance(this.#query, this.#vectors, slot * this.#stride);
    }
    return this.#distances;
  }

  gather(query: Float32Array, slots: Int32Array): Float32Array {
    this.#query.set(query);
    this.#distances = grown(this.#distances, slots.length);
    for (let i = 0; i < slots.length; i++) {
      this.#distances[i] = squaredDistance(this.#query, this.#vectors, slots[i]! * this.#stride);
    }
    return this.#distances;
  }

  #reserve(slots: number): void {
    if (slots <= this.#capacity) return;
    this.#capacity = grownCapacity(this.#capacity, slots);
    this.#vectors = grown(this.#vectors, this.#capacity * this.#stride);
    this.#distances = grown(this.#distances, this.#capacity);
  }
}

/** Math.fround after each operation makes float32 arithmetic exact in JavaScript (53 >= 2 * 24 + 2 bits). */
function squaredDistance(query: Float32Array, vectors: Float32Array, begin: number): number {
  const f = Math.fround;
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [f(0), f(0), f(0), f(0), f(0), f(0), f(0), f(0)];
  for (let i = 0; i < query.length; i += LANES) {
    const j = begin + i;
    const d0 = f(query[i]! - vectors[j]!);
    const d1 = f(query[i + 1]! - vectors[j + 1]!);
    const d2 = f(query[i + 2]! - vectors[j + 2]!);
    const d3 = f(query[i + 3]! - vectors[j + 3]!);
    const d4 = f(query[i + 4]! - vectors[j + 4]!);
    const d5 = f(query[i + 5]! - vectors[j + 5]!);
    const d6 = f(query[i + 6]! - vectors[j + 6]!);
    const d7 = f(query[i + 7]! - vectors[j + 7]!);
    s0 = f(s0 + f(d0 * d0));
    s1 = f(s1 + f(d1 * d1));
    s2 = f(s2 + f(d2 * d2));
    s3 = f(s3 + f(d3 * d3));
    s4 = f(s4 + f(d4 * d4));
    s5 = f(s5 + f(d5 * d5));
    s6 = f(s6 + f(d6 * d6));
    s7 = f(s7 + f(d7 * d7));
  }
  return f(f(f(s0 + s4) + f(s1 + s5)) + f(f(s2 + s6) + f(s3 + s7)));
}

function grown(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  if (length <= array.length) return array as Float32Array<ArrayBuffer>;
  const next = new Float32Array(length);
  next.set(array);
  return next;
}
