/**
 * The partition of a key: Kafka's default partitioner (murmur2 of the UTF-8 bytes, sign bit dropped, modulo),
 * so that any Kafka client with the default settings agrees, applied to the *group* of the key. A key is
 * `[group/]org/name`: what stands before the model's own two parts, where there is something, must stay
 * together (`<architecture key>/org/name` goes by the architecture key alone: one partition has the whole
 * architecture). A key without a group goes by itself.
 */
export function partitionOf(key: string, partitions: number): number {
  const name = key.lastIndexOf('/');
  const org = name > 0 ? key.lastIndexOf('/', name - 1) : -1;
  const group = org > 0 ? key.slice(0, org) : key;
  return (murmur2(Buffer.from(group, 'utf8')) & 0x7fffffff) % partitions;
}

/**
 * The key of a sketched event. A deletion has a key of its own, since what descends from a deleted model is still compared
 * with its sketch, which compaction must leave; where the sender does not know the architecture it goes under `-`.
 */
export function sketchedKey(architecture: string | null, repo: string, deleted = false): string {
  return `${architecture ?? '-'}/${repo}${deleted ? '#deleted' : ''}`;
}

/**
 * The key of a notice that a repository's newest revision is indexed elsewhere. One for all architectures: the newest notice
 * says all that the earlier ones did. Every notice names its partition, so nobody derives one from this key.
 */
export function elsewhereKey(repo: string): string {
  return `-/${repo}#elsewhere`;
}

/** 32-bit MurmurHash2 as in Kafka's `Utils.murmur2` (Austin Appleby, public domain). Signed result. */
export function murmur2(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ bytes.length;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = Math.imul(view.getInt32(at, true), m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = bytes.length - whole;
  for (let i = rest - 1; i >= 0; i -= 1) h ^= view.getUint8(whole + i) << (8 * i);
  if (rest > 0) h = Math.imul(h, m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}
