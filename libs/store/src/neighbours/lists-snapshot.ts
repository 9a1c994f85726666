import { createHash } from 'node:crypto';

/** Nearest lists in labels, which outlive a process as node numbers do not. */
export interface ListsSnapshot {
  readonly k: number;
  readonly spare: number;
  /** One label for each list. */
  readonly labels: Int32Array;
  /** How many entries each list has; the entries of all follow one another. */
  readonly lengths: Int32Array;
  readonly neighbours: Int32Array;
  readonly distances: Float32Array;
}

export interface SnapshotRejected {
  readonly type: 'rejected';
  readonly reason: 'damaged' | 'other-format' | 'other-models';
  readonly detail: string;
}

const MAGIC = 0x314c4e53; // "SNL1"
const HEADER = 5;
const HASH_BYTES = 32;

/**
 * Bytes of a snapshot, all little-endian 32-bit: magic, k, spare, lists, entries; labels, lengths, neighbours,
 * distances; then the SHA-256 of all before it.
 */
export function encodeLists({ k, spare, labels, lengths, neighbours, distances }: ListsSnapshot): Uint8Array {
  const words = HEADER + 2 * labels.length + 2 * neighbours.length;
  const bytes = new Uint8Array(words * 4 + HASH_BYTES);
  const parts = [
    Int32Array.of(MAGIC, k, spare, labels.length, neighbours.length),
    labels,
    lengths,
    neighbours,
    distances,
  ];
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

export function decodeLists(
  bytes: Uint8Array,
): (ListsSnapshot & { readonly type: 'lists' }) | SnapshotRejected {
  const end = bytes.byteLength - HASH_BYTES;
  if (end < HEADER * 4 || end % 4 !== 0)
    return rejected('damaged', `${bytes.byteLength} bytes are no snapshot`);
  const hash = createHash('sha256').update(bytes.subarray(0, end)).digest();
  if (!hash.equals(bytes.subarray(end))) return rejected('damaged', 'the snapshot is not what was written');
  const words = bytes.slice(0, end).buffer;
  const [magic, k, spare, lists, entries] = new Int32Array(words, 0, HEADER) as unknown as number[];
  if (magic !== MAGIC || HEADER + 2 * lists! + 2 * entries! !== end / 4) {
    return rejected('other-format', 'the snapshot is of another format');
  }
  const part = (index: number, length: number): Int32Array => new Int32Array(words, index * 4, length);
  const neighboursAt = HEADER + 2 * lists!;
  return {
    type: 'lists',
    k: k!,
    spare: spare!,
    labels: part(HEADER, lists!),
    lengths: part(HEADER + lists!, lists!),
    neighbours: part(neighboursAt, entries!),
    distances: new Float32Array(words, (neighboursAt + entries!) * 4, entries),
  };
}

export function rejected(reason: SnapshotRejected['reason'], detail: string): SnapshotRejected {
  return { type: 'rejected', reason, detail };
}
