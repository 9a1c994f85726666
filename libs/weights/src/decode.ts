import { strict as assert } from 'node:assert';
import type { Dtype } from './dtype';
import { itemBytesOf } from './dtype';

/*
 * Indices run inside arrays whose lengths are computed here, so reads use `!`. Kernels are one tight loop over one pair of
 * typed arrays each: a loop that sees one kind of array is an order of magnitude faster than one that sees several.
 */

/** Numbers decoded at a time from bytes that are not aligned for a typed array. */
const BLOCK = 8_192;

/** A kernel turns aligned source bytes into numbers, `out[at…]`. */
type Kernel = (aligned: Uint8Array, out: Float64Array, at: number) => void;

/**
 * Decodes little-endian numbers exactly; 64-bit integers beyond 2⁵³ are rounded to the nearest double. NaN and infinity come through
 * as they are. `bytes` may be unaligned and must hold a whole number of elements.
 */
export function decode(bytes: Uint8Array, dtype: Dtype): Float64Array {
  const kernel = KERNELS[dtype];
  assert(kernel !== undefined, `expected a dtype that can be decoded, got ${dtype}`);
  const itemBytes = itemBytesOf(dtype);
  const count = bytes.byteLength / itemBytes;
  assert(
    Number.isInteger(count),
    `expected a whole number of ${itemBytes}-byte elements, got ${bytes.byteLength} bytes`,
  );
  const out = new Float64Array(count);
  if (bytes.byteOffset % itemBytes === 0) {
    kernel(bytes, out, 0);
    return out;
  }
  const block = new Uint8Array(BLOCK * itemBytes);
  for (let at = 0; at < count; at += BLOCK) {
    const size = Math.min(BLOCK, count - at) * itemBytes;
    block.set(bytes.subarray(at * itemBytes, at * itemBytes + size));
    kernel(block.subarray(0, size), out, at);
  }
  return out;
}

/** Whether `decode` knows the type. */
export function isDecodable(dtype: Dtype): boolean {
  return KERNELS[dtype] !== undefined;
}

interface ArrayOf<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

function view<T>(type: ArrayOf<T>, bytes: Uint8Array): T {
  return new type(bytes.buffer, bytes.byteOffset, bytes.byteLength / type.BYTES_PER_ELEMENT);
}

/** Types whose numbers a typed array already reads: copying converts. */
function native(type: ArrayOf<Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>>): Kernel {
  return (bytes, out, at) => out.set(view(type, bytes), at);
}

function big(type: ArrayOf<BigInt64Array | BigUint64Array>): Kernel {
  return (bytes, out, at) => {
    const source = view(type, bytes);
    for (let i = 0; i < source.length; i++) out[at + i] = Number(source[i]!);
  };
}

/** Types of up to 16 bits by table: 2¹⁶ or 2⁸ float32 entries, built on first use. Weights use few of them, which stay in the cache. */
function tabled(build: () => Float32Array, type: ArrayOf<Uint16Array | Uint8Array>): Kernel {
  let table: Float32Array | null = null;
  return (bytes, out, at) => {
    const values = (table ??= build());
    const source = view(type, bytes);
    for (let i = 0; i < source.length; i++) out[at + i] = values[source[i]!]!;
  };
}

/** Values of every bit pattern of a small float with IEEE rules: sign, `exponentBits`, `mantissaBits`. */
function ieeeTable(exponentBits: number, mantissaBits: number): Float32Array {
  const magnitudes = 2 ** (exponentBits + mantissaBits);
  const steps = 2 ** mantissaBits;
  const top = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  return Float32Array.from({ length: 2 * magnitudes }, (_, bits) => {
    const sign = bits < magnitudes ? 1 : -1;
    const exponent = Math.floor((bits % magnitudes) / steps);
    const fraction = (bits % steps) / steps;
    if (exponent === top) return fraction === 0 ? sign * Infinity : NaN;
    return exponent === 0
      ? sign * fraction * 2 ** (1 - bias)
      : sign * (1 + fraction) * 2 ** (exponent - bias);
  });
}

/** bfloat16 is the upper half of a float32. */
function bf16Table(): Float32Array {
  return new Float32Array(Uint32Array.from({ length: 2 ** 16 }, (_, bits) => bits << 16).buffer);
}

/** OCP E4M3 ("fn"): no infinity; the top exponent holds numbers up to 448, and only all ones is NaN. */
function e4m3Table(): Float32Array {
  return Float32Array.from({ length: 256 }, (_, bits) => {
    const sign = bits < 128 ? 1 : -1;
    const exponent = (bits >> 3) & 15;
    const fraction = (bits & 7) / 8;
    if (exponent === 15 && fraction === 7 / 8) return NaN;
    return exponent === 0 ? sign * fraction * 2 ** -6 : sign * (1 + fraction) * 2 ** (exponent - 7);
  });
}

const KERNELS: Partial<Record<Dtype, Kernel>> = {
  F64: native(Float64Array),
  F32: native(Float32Array),
  F16: tabled(() => ieeeTable(5, 10), Uint16Array),
  BF16: tabled(bf16Table, Uint16Array),
  F8_E4M3: tabled(e4m3Table, Uint8Array),
  F8_E5M2: tabled(() => ieeeTable(5, 2), Uint8Array),
  I64: big(BigInt64Array),
  U64: big(BigUint64Array),
  I32: native(Int32Array),
  U32: native(Uint32Array),
  I16: native(Int16Array),
  U16: native(Uint16Array),
  I8: native(Int8Array),
  U8: native(Uint8Array),
  BOOL: tabled(() => Float32Array.from({ length: 256 }, (_, bits) => (bits === 0 ? 0 : 1)), Uint8Array),
};

assert(
  new Uint8Array(Uint16Array.of(1).buffer)[0] === 1,
  'expected a little-endian machine: weights are read in place',
);
