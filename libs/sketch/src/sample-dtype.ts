/*
 * Samples are kept in the source's own type (DESIGN 3.3): rounding them to another would hide light fine-tunes and answer
 * "is it only a cast?" wrongly. The kernel below indexes typed arrays within their lengths, hence `!`.
 */

/** How a source type is kept and how coarse it is. `code` is its byte in the codec and never changes. */
interface SampleFormat {
  readonly code: number;
  /** Bytes of one number as published. */
  readonly itemBytes: number;
  /** Bytes of one kept sample. */
  readonly sampleBytes: number;
  /** Largest relative rounding error: half a unit in the last place. */
  readonly rounding: number;
}

/** float64 samples are kept as float32: models in it are rare, were hardly ever trained in it, and a sketch has no room. */
const FORMATS = {
  F64: { code: 1, itemBytes: 8, sampleBytes: 4, rounding: 2 ** -24 },
  F32: { code: 2, itemBytes: 4, sampleBytes: 4, rounding: 2 ** -24 },
  F16: { code: 3, itemBytes: 2, sampleBytes: 2, rounding: 2 ** -11 },
  BF16: { code: 4, itemBytes: 2, sampleBytes: 2, rounding: 2 ** -8 },
  F8_E4M3: { code: 5, itemBytes: 1, sampleBytes: 1, rounding: 2 ** -4 },
  F8_E5M2: { code: 6, itemBytes: 1, sampleBytes: 1, rounding: 2 ** -3 },
} as const satisfies Record<string, SampleFormat>;

export type SampleDtype = keyof typeof FORMATS;

export const SAMPLE_DTYPES = Object.keys(FORMATS) as readonly SampleDtype[];

export function isSampleDtype(dtype: string): dtype is SampleDtype {
  return Object.hasOwn(FORMATS, dtype);
}

export function formatOf(dtype: SampleDtype): SampleFormat {
  return FORMATS[dtype];
}

/** Copies the numbers at `positions` (counted in elements of `source`) into sample bytes, bit by bit except for float64. */
export function takeSamples(
  source: Uint8Array,
  dtype: SampleDtype,
  positions: Uint32Array | Float64Array,
): Uint8Array {
  const { itemBytes, sampleBytes } = FORMATS[dtype];
  const samples = new Uint8Array(positions.length * sampleBytes);
  const wide = dtype === 'F64' ? new DataView(source.buffer, source.byteOffset, source.byteLength) : null;
  const narrow = new DataView(samples.buffer);
  for (let i = 0; i < positions.length; i++) {
    const from = positions[i]! * itemBytes;
    if (wide !== null) narrow.setFloat32(i * sampleBytes, wide.getFloat64(from, true), true);
    else
      for (let byte = 0; byte < sampleBytes; byte++) samples[i * sampleBytes + byte] = source[from + byte]!;
  }
  return samples;
}

/**
 * The numbers of sample bytes; exact, since float32 holds every value of the smaller types. NaN and infinity stay.
 *
 * @param values where they are written, as many as there are; by default an array of their own
 */
export function sampleValues(
  samples: Uint8Array,
  dtype: SampleDtype,
  values = new Float32Array(samples.byteLength / FORMATS[dtype].sampleBytes),
): Float32Array {
  return joinedSampleValues([samples], dtype, values);
}

/** The numbers of several pieces of sample bytes, one after another: all at once, since most of a short piece would be the call. */
export function joinedSampleValues(
  pieces: readonly Uint8Array[],
  dtype: SampleDtype,
  values: Float32Array,
): Float32Array {
  const widen = WIDENERS[dtype];
  const { buffer, byteOffset, byteLength, length } = values;
  const bytes = widen === null ? new Uint8Array(buffer, byteOffset, byteLength) : roomFor(2 * length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  widen?.(values);
  return values;
}

/** Bytes before they are widened, at an address where numbers of two and four bytes can be read: where they come from is any. */
let room = new Uint8Array(2 ** 15);
let bytes16 = new Uint16Array(room.buffer);
let bytes32 = new Uint32Array(room.buffer);

function roomFor(size: number): Uint8Array {
  if (size > room.byteLength) {
    room = new Uint8Array(4 * Math.ceil(size / 4));
    bytes16 = new Uint16Array(room.buffer);
    bytes32 = new Uint32Array(room.buffer);
  }
  return room;
}

/** Fills the values from the room. */
type Widener = (values: Float32Array) => void;

/** Null where the bytes are float32 already. */
const WIDENERS: Record<SampleDtype, Widener | null> = {
  F64: null,
  F32: null,
  F16: (values) => {
    const [table, patterns] = [halves(), bytes16];
    for (let i = 0; i < values.length; i++) values[i] = table[patterns[i]!]!;
  },
  // The upper half of a float32. Two are read at a time.
  BF16: ({ buffer, byteOffset, length }) => {
    const words = new Int32Array(buffer, byteOffset, length);
    const pairs = bytes32;
    for (let i = 0, pair = 0; i < length; pair++) {
      const both = pairs[pair]!;
      words[i++] = both << 16;
      // Past the end of an odd number there is nothing to write to.
      words[i++] = both & 0xffff0000;
    }
  },
  F8_E4M3: (values) => {
    for (let i = 0; i < values.length; i++) values[i] = e4m3(room[i]!);
  },
  // The upper half of a half float.
  F8_E5M2: (values) => {
    const table = halves();
    for (let i = 0; i < values.length; i++) values[i] = table[room[i]! << 8]!;
  },
};

let halfTable: Float32Array | null = null;

/** Values of all 2¹⁶ half floats: looking one up is several times cheaper than working it out. */
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 2 ** 16 }, (_, pattern) => half(pattern));
  return halfTable;
}

/** IEEE binary16. */
function half(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 31;
  const fraction = pattern & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** OCP E4M3: no infinity, NaN only at all ones. */
function e4m3(pattern: number): number {
  const sign = pattern & 0x80 ? -1 : 1;
  const exponent = (pattern >> 3) & 15;
  const fraction = pattern & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (8 + fraction) * 2 ** (exponent - 10);
}
