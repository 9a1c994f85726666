import { createHash } from 'node:crypto';

import { DynamicForest, type DynamicForestOptions } from './dynamic-forest';
import { faultOf, type ForestState } from './forest-state';

/**
 * A dynamic forest as bytes, all numbers in the byte order of the machine, which the header names.
 *
 * | bytes        | what                                                             |
 * |--------------|------------------------------------------------------------------|
 * | 8            | magic "stemmaTF"                                                 |
 * | 4            | format version, u32                                              |
 * | 4            | byte order mark 0x01020304, u32                                  |
 * | 4, 4         | nodes n and pairs p, u32                                         |
 * | 8·n, 8·n     | root costs, potentials, f64                                      |
 * | 8·p, 8·p     | costs lower→upper and upper→lower, f64, Infinity for "no edge"   |
 * | 4·n, 4·n     | labels, ascending, and parents, i32                              |
 * | 4·p, 4·p     | lower and upper label of each pair, i32                          |
 * | 32           | SHA-256 of all bytes before                                      |
 *
 * 24 bytes a node and a pair each. A restored forest has the same snapshot again.
 */
export const SNAPSHOT_VERSION = 1;

const MAGIC = 'stemmaTF';
const BYTE_ORDER_MARK = 0x01020304;
const HEADER_BYTES = 24;
const CHECKSUM_BYTES = 32;
const BYTES_PER_NODE = 24;
const BYTES_PER_PAIR = 24;

export type SnapshotRejection =
  | 'snapshot-truncated'
  | 'snapshot-foreign'
  | 'snapshot-version-unknown'
  | 'snapshot-checksum-wrong'
  | 'snapshot-inconsistent';

export interface RejectedSnapshot {
  readonly type: 'rejected';
  readonly reason: SnapshotRejection;
  /** What was expected and what was found, in a sentence. */
  readonly detail: string;
}

/** Reported changes must have been taken: a snapshot does not carry them. */
export function encodeSnapshot(forest: DynamicForest): Uint8Array {
  const state = forest.state();
  const nodes = state.labels.length;
  const pairs = state.lowers.length;
  const bytes = new Uint8Array(snapshotBytes(nodes, pairs));
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  new Uint32Array(bytes.buffer, MAGIC.length, 4).set([SNAPSHOT_VERSION, BYTE_ORDER_MARK, nodes, pairs]);
  const sections = sectionsOf(bytes.buffer, nodes, pairs);
  for (const [name, values] of Object.entries(state) as [keyof ForestState, Float64Array | Int32Array][])
    sections[name].set(values);
  bytes.set(checksum(bytes), bytes.length - CHECKSUM_BYTES);
  return bytes;
}

/**
 * The forest of a snapshot, ready to go on. Damage of any kind is a rejection; that the forest is optimal is taken on
 * trust, so `audit` at least a sample of it.
 */
export function decodeSnapshot(
  bytes: Uint8Array,
  options: DynamicForestOptions = {},
): DynamicForest | RejectedSnapshot {
  if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES)
    return rejected('snapshot-truncated', `at least ${HEADER_BYTES + CHECKSUM_BYTES} bytes`, bytes.length);
  const { buffer } = new Uint8Array(bytes); // a copy, since views need aligned bytes
  const magic = Buffer.from(buffer, 0, MAGIC.length).toString('latin1');
  if (magic !== MAGIC)
    return rejected('snapshot-foreign', `bytes that begin with ${MAGIC}`, JSON.stringify(magic));
  const [version = 0, mark = 0, nodes = 0, pairs = 0] = new Uint32Array(buffer, MAGIC.length, 4);
  if (mark !== BYTE_ORDER_MARK)
    return rejected('snapshot-foreign', "this machine's byte order", `mark 0x${mark.toString(16)}`);
  if (version !== SNAPSHOT_VERSION)
    return rejected('snapshot-version-unknown', `version ${SNAPSHOT_VERSION}`, version);
  if (bytes.length !== snapshotBytes(nodes, pairs))
    return rejected('snapshot-truncated', `${snapshotBytes(nodes, pairs)} bytes`, bytes.length);
  if (!checksum(bytes).equals(bytes.subarray(-CHECKSUM_BYTES)))
    return rejected('snapshot-checksum-wrong', 'the SHA-256 of the bytes at their end', 'another');
  const state = sectionsOf(buffer, nodes, pairs);
  const fault = faultOf(state, DynamicForest.labelMax(options));
  if (fault !== null) return { type: 'rejected', reason: 'snapshot-inconsistent', detail: fault };
  return DynamicForest.from(state, options);
}

function rejected(reason: SnapshotRejection, expected: string, found: string | number): RejectedSnapshot {
  return { type: 'rejected', reason, detail: `${expected} expected, ${found} found` };
}

function snapshotBytes(nodes: number, pairs: number): number {
  return HEADER_BYTES + nodes * BYTES_PER_NODE + pairs * BYTES_PER_PAIR + CHECKSUM_BYTES;
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes.subarray(0, -CHECKSUM_BYTES)).digest();
}

/** Views of the sections, all aligned since the eight-byte ones come first. */
function sectionsOf(buffer: ArrayBuffer, nodes: number, pairs: number): ForestState {
  let offset = HEADER_BYTES;
  const float64 = (length: number): Float64Array => {
    offset += 8 * length;
    return new Float64Array(buffer, offset - 8 * length, length);
  };
  const int32 = (length: number): Int32Array => {
    offset += 4 * length;
    return new Int32Array(buffer, offset - 4 * length, length);
  };
  return {
    rootCosts: float64(nodes),
    potentials: float64(nodes),
    costsUp: float64(pairs),
    costsDown: float64(pairs),
    labels: int32(nodes),
    parents: int32(nodes),
    lowers: int32(pairs),
    uppers: int32(pairs),
  };
}
