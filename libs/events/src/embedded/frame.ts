import { crc32 } from 'node:zlib';

/**
 * One record as it stands in a segment file, little-endian:
 *
 *      0  u32  length of what follows the checksum
 *      4  u32  CRC-32 of what follows the checksum
 *      8  u48  position
 *     14  u48  time, ms since 1970
 *     20  u32  how many records of the same write stand before this one
 *     24  u32  length of the key
 *     28       key, value (UTF-8)
 *
 * The count at 20 tells a torn tail from damage: a write begins only when the one before it is durable, so
 * behind the place where a write was torn there can be other records of that same write, but never one of a
 * later write.
 */
export const FRAME_HEADER_BYTES = 28;
/**
 * Bound of the format, so that a damaged length is seen as such. Appends are bounded lower, by the log's
 * options.
 */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024;

const PREFIX_BYTES = 8;
const POSITION_AT = 8;

export interface FrameHead {
  readonly position: number;
  readonly time: number;
  /** Position of the first record of the write that this one came with. */
  readonly writeBase: number;
}

/** A frame found in a buffer; `raw` is a view of it, the strings are decoded on demand. */
export interface Frame extends FrameHead {
  readonly type: 'frame';
  readonly raw: Buffer;
}

/** The frame goes on behind the buffer: it has `bytes` bytes, so far as can be seen. */
interface Short {
  readonly type: 'short';
  readonly bytes: number;
}

interface Damaged {
  readonly type: 'damaged';
  readonly why: string;
}

export function frameBytes(key: string, value: string): number {
  return FRAME_HEADER_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value);
}

/** Writes a frame at `at` and returns where it ends. */
export function writeFrame(target: Buffer, at: number, head: FrameHead, key: string, value: string): number {
  const keyAt = at + FRAME_HEADER_BYTES;
  const valueAt = keyAt + target.write(key, keyAt);
  const end = valueAt + target.write(value, valueAt);
  target.writeUInt32LE(end - at - PREFIX_BYTES, at);
  target.writeUIntLE(head.position, at + POSITION_AT, 6);
  target.writeUIntLE(head.time, at + 14, 6);
  target.writeUInt32LE(head.position - head.writeBase, at + 20);
  target.writeUInt32LE(valueAt - keyAt, at + 24);
  target.writeUInt32LE(crc32(target.subarray(at + PREFIX_BYTES, end)), at + 4);
  return end;
}

export function readFrame(bytes: Buffer, at: number): Frame | Short | Damaged {
  const left = bytes.length - at;
  if (left < FRAME_HEADER_BYTES) return { type: 'short', bytes: FRAME_HEADER_BYTES };
  const length = PREFIX_BYTES + bytes.readUInt32LE(at);
  if (length < FRAME_HEADER_BYTES || length > FRAME_BYTES_MAX) {
    return { type: 'damaged', why: `a record of ${length} bytes` };
  }
  if (bytes.readUInt32LE(at + 24) > length - FRAME_HEADER_BYTES) {
    return { type: 'damaged', why: 'a key longer than its record' };
  }
  if (left < length) return { type: 'short', bytes: length };
  const raw = bytes.subarray(at, at + length);
  if (crc32(raw.subarray(PREFIX_BYTES)) !== raw.readUInt32LE(4)) {
    return { type: 'damaged', why: 'a wrong checksum' };
  }
  const position = raw.readUIntLE(POSITION_AT, 6);
  const writeBase = position - raw.readUInt32LE(20);
  return { type: 'frame', position, time: raw.readUIntLE(14, 6), writeBase, raw };
}

export function frameKey({ raw }: Frame): string {
  return raw.toString('utf8', FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + raw.readUInt32LE(24));
}

export function frameValue({ raw }: Frame): string {
  return raw.toString('utf8', FRAME_HEADER_BYTES + raw.readUInt32LE(24));
}

export function isTombstone({ raw }: Frame): boolean {
  return raw.length === FRAME_HEADER_BYTES + raw.readUInt32LE(24);
}

/**
 * Whether `bytes`, which begin with something that is no whole frame where position `expected` should stand,
 * hold a record of a later write. Looks at every offset; the position is compared first, so that a checksum is
 * seldom computed in vain.
 */
export function holdsLaterWrite(bytes: Buffer, expected: number): boolean {
  const positionMax = expected + bytes.length / FRAME_HEADER_BYTES;
  for (let at = 1; at + FRAME_HEADER_BYTES <= bytes.length; at += 1) {
    const position = bytes.readUIntLE(at + POSITION_AT, 6);
    if (position <= expected || position > positionMax) continue;
    const found = readFrame(bytes, at);
    if (found.type === 'frame' && found.writeBase > expected) return true;
  }
  return false;
}
