import { createHash } from 'node:crypto';

// Looked up once: `mix` runs for every sampled number.
const { imul } = Math;

/**
 * A 32-bit seed from names and numbers: the beginning of SHA-256 over them as JSON, so that ('ab', 'c') and ('a', 'bc') differ.
 * Coordinates are drawn from these and from nothing else: they are the same on every machine and for every file layout.
 */
export function seedOf(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE(0);
}

/** Scrambles a seed and a position into 32 even bits (the finaliser of MurmurHash3). */
export function mix(seed: number, position: number): number {
  let h = (seed ^ imul(position, 0x9e3779b1)) >>> 0;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
