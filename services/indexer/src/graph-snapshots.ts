/** Byte strings by key as one: for each the lengths of both as u32, little-endian, then both. */
export function packByKey(parts: Iterable<readonly [key: string, bytes: Uint8Array]>): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const [key, bytes] of parts) {
    const name = Buffer.from(key, 'utf8');
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(name.byteLength, 0);
    lengths.writeUInt32LE(bytes.byteLength, 4);
    chunks.push(lengths, name, bytes);
  }
  return Buffer.concat(chunks);
}

/** Null where the lengths do not add up. */
export function unpackByKey(bytes: Uint8Array): Map<string, Uint8Array> | null {
  const packed = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = new Map<string, Uint8Array>();
  for (let at = 0; at < packed.byteLength;) {
    if (at + 8 > packed.byteLength) return null;
    const nameEnd = at + 8 + packed.readUInt32LE(at);
    const end = nameEnd + packed.readUInt32LE(at + 4);
    if (end > packed.byteLength) return null;
    parts.set(packed.toString('utf8', at + 8, nameEnd), bytes.subarray(nameEnd, end));
    at = end;
  }
  return parts;
}
