// Typed-array reads carry `!`: slots come from the table.
import assert from 'node:assert/strict';
import { confidenceNats, crowdNats, type Constants, type PairWeights } from '@stemma/lineage';
import type { CandidatePair } from '@stemma/store';
import { allocatePairs, type PairColumnsSnapshot } from './pair-snapshot';
import { lengthened, NONE, PairTable } from './pair-table';

/** Counts that nobody has asked for yet. */
const UNCOUNTED = -1;

/**
 * The candidate pairs and what decides of them: distance, log-odds, and the crowd of kin around them. Only kin are in the lists
 * of their labels.
 *
 * The crowd of a pair counts the common kin nearer to the one end and to the other. A pair that comes or goes makes or breaks
 * triangles, and each of them is one count for each of its sides: so it is known exactly whose crowd has changed.
 */
export class PairBook {
  readonly #table = new PairTable();
  #distance = new Float64Array(0);
  /** That the lower label is the parent. */
  #logOdds = new Float64Array(0);
  #isKin = new Uint8Array(0);
  /** Common kin nearer to the lower label, and to the upper one. */
  #nearLower = new Int32Array(0);
  #nearUpper = new Int32Array(0);
  /** Slots of kin in whose crowd something has changed since all was settled, with what it was then. */
  readonly #stirred = new Map<number, number>();

  constructor(private readonly constants: Constants) {}

  get size(): number {
    return this.#table.size;
  }

  has(a: number, b: number): boolean {
    return this.#table.find(a, b) !== NONE;
  }

  kinCount(label: number): number {
    return this.#table.degree(label);
  }

  /** D of two candidates. */
  distance(a: number, b: number): number {
    return this.#distance[this.#slot(a, b)]!;
  }

  /** Calls `visit` with every kin of a label and their distance, in no order. */
  forEachKin(label: number, visit: (other: number, distance: number) => void): void {
    const { next } = this.#table;
    for (let half = this.#table.first(label); half !== NONE; half = next[half]!)
      visit(this.#table.other(half), this.#distance[half >> 1]!);
  }

  /** Kin of a label, ascending. */
  kinOf(label: number): number[] {
    const kin: number[] = [];
    this.forEachKin(label, (other) => kin.push(other));
    return kin.sort((x, y) => x - y);
  }

  /** Log-odds of the pair alone that `label` is the parent, over its kin, ascending: sums must not depend on labels. */
  logOddsOf(label: number): number[] {
    const { next } = this.#table;
    const odds: number[] = [];
    for (let half = this.#table.first(label); half !== NONE; half = next[half]!)
      odds.push((half & 1) === 0 ? this.#logOdds[half >> 1]! : 0 - this.#logOdds[half >> 1]!);
    return odds.sort((x, y) => x - y);
  }

  /** What the edge parent → child costs by, null where they are no kin: the crowd counts where the pair itself says little. */
  weights(parent: number, child: number): PairWeights | null {
    const slot = this.#table.find(parent, child);
    if (slot === NONE || this.#isKin[slot] === 0) return null;
    return { distance: this.#distance[slot]!, logOdds: this.#logOddsAt(slot, parent < child) };
  }

  /** The same as the confidence counts it, in nats; NaN where they are no kin. */
  edgeNats(parent: number, child: number): number {
    const slot = this.#table.find(parent, child);
    if (slot === NONE || this.#isKin[slot] === 0) return NaN;
    return confidenceNats(this.#distance[slot]!, this.#logOddsAt(slot, parent < child), this.constants);
  }

  put({ a, b, distance, logOdds, kinship }: CandidatePair): void {
    assert(a < b, `a pair has its smaller label first, got ${a} and ${b}`);
    const slot = this.#add(a, b, distance, logOdds, kinship === 'kin');
    if (kinship === 'kin') this.#countTriangles(slot, 1);
  }

  /** Like {@link put} where all pairs come back at once: nobody is stirred, and crowds are counted as they are asked for. */
  putRestored({ a, b, distance, logOdds, kinship }: CandidatePair): void {
    this.#add(a, b, distance, logOdds, kinship === 'kin');
  }

  delete(a: number, b: number): void {
    const slot = this.#slot(a, b);
    if (this.#isKin[slot] === 1) {
      this.#countTriangles(slot, -1);
      this.#table.unlink(slot);
      this.#stirred.delete(slot);
    }
    this.#table.remove(slot);
  }

  /** The kin pairs whose price has changed since {@link settled}, in no order. */
  stirredPairs(): { readonly a: number; readonly b: number }[] {
    const { lower, upper } = this.#table;
    const pairs: { a: number; b: number }[] = [];
    for (const [slot, before] of this.#stirred)
      if (this.#crowd(slot) !== before) pairs.push({ a: lower[slot]!, b: upper[slot]! });
    return pairs;
  }

  /** All prices are taken note of. */
  settled(): void {
    this.#stirred.clear();
  }

  snapshot(): Uint8Array {
    const { bytes, columns } = allocatePairs(this.size);
    let at = 0;
    this.#table.forEachSlot((slot) => {
      columns.distance[at] = this.#distance[slot]!;
      columns.logOdds[at] = this.#logOdds[slot]!;
      columns.lower[at] = this.#table.lower[slot]!;
      columns.upper[at] = this.#table.upper[slot]!;
      columns.nearLower[at] = this.#nearLower[slot]!;
      columns.nearUpper[at] = this.#nearUpper[slot]!;
      columns.isKin[at] = this.#isKin[slot]!;
      at++;
    });
    return bytes;
  }

  /** Puts the pairs of a snapshot into an empty book. */
  restore(columns: PairColumnsSnapshot): void {
    const { lower, upper, distance, logOdds, isKin, nearLower, nearUpper } = columns;
    for (let at = 0; at < lower.length; at++) {
      const slot = this.#add(lower[at]!, upper[at]!, distance[at]!, logOdds[at]!, isKin[at] === 1);
      this.#nearLower[slot] = nearLower[at]!;
      this.#nearUpper[slot] = nearUpper[at]!;
    }
  }

  #add(lower: number, upper: number, distance: number, logOdds: number, isKin: boolean): number {
    const slot = this.#table.add(lower, upper);
    if (slot >= this.#distance.length) this.#grow();
    this.#distance[slot] = distance;
    this.#logOdds[slot] = logOdds;
    this.#isKin[slot] = isKin ? 1 : 0;
    this.#nearLower[slot] = UNCOUNTED;
    this.#nearUpper[slot] = UNCOUNTED;
    if (isKin) this.#table.link(slot);
    return slot;
  }

  /** That the lower label is the parent, or the upper one, all told. */
  #logOddsAt(slot: number, ofLower: boolean): number {
    const own = this.#logOdds[slot]!;
    const all = Math.abs(own) < this.constants.crowdLogOddsMax ? own + this.#crowd(slot) : own;
    return ofLower ? all : 0 - all;
  }

  /** Crowd in nats, positive where the lower label has more of it. */
  #crowd(slot: number): number {
    if (this.#nearLower[slot] === UNCOUNTED) this.#count(slot);
    return crowdNats(this.#nearLower[slot]!, this.#nearUpper[slot]!, this.constants);
  }

  #count(slot: number): void {
    this.#nearLower[slot] = 0;
    this.#nearUpper[slot] = 0;
    this.#forEachTriangle(slot, (toLower, toUpper) => this.#countAt(slot, toLower, toUpper, 1));
  }

  #countAt(slot: number, toLower: number, toUpper: number, sign: 1 | -1): void {
    const [nearLower, nearUpper] = [this.#distance[toLower]!, this.#distance[toUpper]!];
    if (nearLower < nearUpper) this.#nearLower[slot]! += sign;
    if (nearUpper < nearLower) this.#nearUpper[slot]! += sign;
  }

  /** A triangle stands or falls with each of its sides: the other two count the label opposite to them. */
  #countTriangles(slot: number, sign: 1 | -1): void {
    const [lower, upper] = [this.#table.lower[slot]!, this.#table.upper[slot]!];
    this.#forEachTriangle(slot, (toLower, toUpper) => {
      this.#stir(toLower, lower, slot, toUpper, sign);
      this.#stir(toUpper, upper, slot, toLower, sign);
    });
  }

  /** The side `slot` ends at `end`; the label opposite to it is `near` away from there and `far` away from its other end. */
  #stir(slot: number, end: number, near: number, far: number, sign: 1 | -1): void {
    if (Math.abs(this.#logOdds[slot]!) >= this.constants.crowdLogOddsMax) return;
    const isCounted = this.#nearLower[slot] !== UNCOUNTED;
    if (!this.#stirred.has(slot)) this.#stirred.set(slot, isCounted ? this.#crowd(slot) : NaN);
    if (!isCounted) return;
    if (this.#table.lower[slot] === end) this.#countAt(slot, near, far, sign);
    else this.#countAt(slot, far, near, sign);
  }

  /** Visits the common kin of a pair by the slots that join them to both ends, walking from the end with fewer kin. */
  #forEachTriangle(slot: number, visit: (toLower: number, toUpper: number) => void): void {
    const table = this.#table;
    const [lower, upper] = [table.lower[slot]!, table.upper[slot]!];
    const fromLower = table.degree(lower) <= table.degree(upper);
    const [start, end] = fromLower ? [lower, upper] : [upper, lower];
    for (let half = table.first(start); half !== NONE; half = table.next[half]!) {
      const other = table.other(half);
      if (other === end) continue;
      const across = table.find(other, end);
      if (across === NONE || this.#isKin[across] === 0) continue;
      if (fromLower) visit(half >> 1, across);
      else visit(across, half >> 1);
    }
  }

  #slot(a: number, b: number): number {
    const slot = this.#table.find(a, b);
    if (slot === NONE) assert.fail(`${a} and ${b} are no candidate pair`);
    return slot;
  }

  #grow(): void {
    const { capacity } = this.#table;
    this.#distance = lengthened(this.#distance, capacity);
    this.#logOdds = lengthened(this.#logOdds, capacity);
    this.#isKin = lengthened(this.#isKin, capacity);
    this.#nearLower = lengthened(this.#nearLower, capacity);
    this.#nearUpper = lengthened(this.#nearUpper, capacity);
  }
}
