/**
 * The columns of a pair book as bytes, in the byte order of the machine:
 *
 * | bytes      | what                                                                     |
 * |------------|--------------------------------------------------------------------------|
 * | 4, 4, 4, 4 | magic, byte order mark, number of pairs n, zero, u32                       |
 * | 8·n, 8·n   | distances, log-odds that the lower label is the parent, f64                |
 * | 4·n, 4·n   | lower and upper labels, i32                                                |
 * | 4·n, 4·n   | common kin nearer to the lower label and to the upper one, -1 uncounted, i32 |
 * | n          | whether the pair are kin, u8                                             |
 */
export interface PairColumnsSnapshot {
  readonly distance: Float64Array;
  readonly logOdds: Float64Array;
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly nearLower: Int32Array;
  readonly nearUpper: Int32Array;
  readonly isKin: Uint8Array;
}

const MAGIC = 0x31425053;
const BYTE_ORDER_MARK = 0x01020304;
const HEADER_BYTES = 16;
const BYTES_PER_PAIR = 33;

/** Room for the columns of `pairs` pairs, and the bytes that hold them. */
export function allocatePairs(pairs: number): { bytes: Uint8Array; columns: PairColumnsSnapshot } {
  const bytes = new Uint8Array(HEADER_BYTES + pairs * BYTES_PER_PAIR);
  new Uint32Array(bytes.buffer, 0, 4).set([MAGIC, BYTE_ORDER_MARK, pairs, 0]);
  return { bytes, columns: columnsOf(bytes.buffer, pairs) };
}

/** Null where the bytes are of another format or another machine. */
export function decodePairs(bytes: Uint8Array): PairColumnsSnapshot | null {
  if (bytes.byteLength < HEADER_BYTES) return null;
  // A copy where they are not aligned.
  const { buffer } =
    bytes.byteOffset % 8 === 0 && bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes);
  const offset = buffer === bytes.buffer ? bytes.byteOffset : 0;
  const [magic, mark, pairs = 0] = new Uint32Array(buffer, offset, 4);
  const isWhole = bytes.byteLength === HEADER_BYTES + pairs * BYTES_PER_PAIR;
  if (magic !== MAGIC || mark !== BYTE_ORDER_MARK || !isWhole) return null;
  return columnsOf(buffer, pairs, offset);
}

function columnsOf(buffer: ArrayBufferLike, pairs: number, begin = 0): PairColumnsSnapshot {
  let offset = begin + HEADER_BYTES;
  const take = <T>(
    make: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
    width: number,
  ): T => {
    const column = new make(buffer, offset, pairs);
    offset += width * pairs;
    return column;
  };
  return {
    distance: take(Float64Array, 8),
    logOdds: take(Float64Array, 8),
    lower: take(Int32Array, 4),
    upper: take(Int32Array, 4),
    nearLower: take(Int32Array, 4),
    nearUpper: take(Int32Array, 4),
    isKin: take(Uint8Array, 1),
  };
}
