import assert from 'node:assert/strict';
import { confidenceNats, crowdNats, type Constants, type PairWeights } from '@stemma/lineage';
import type { CandidatePair } from '@stemma/store';
import { allocatePairs, type PairColumnsSnapshot } from './pair-snapshot';
import { NONE, PairTable } from './pair-table';

/** In place of the count at the lower label: the pair are no kin, or nobody has asked for their crowd yet. */
const NO_KIN = -2;
const UNCOUNTED = -1;
/** Sides of a pair: common kin nearer to its lower label, and to its upper one. */
const LOWER = 0;
const UPPER = 1;

/**
 * The candidate pairs and what decides of them: distance, log-odds, and the crowd of kin around them. Only kin are in the lists
 * of their labels.
 *
 * The crowd of a pair counts the common kin nearer to the one end and to the other. A pair that comes or goes makes or breaks
 * triangles, and each of them is one count for each of its sides: so it is known exactly whose crowd has changed.
 */
export class PairBook {
  /** With every pair of kin the common kin nearer to the one label and to the other. */
  readonly #table = new PairTable();
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
    return this.#table.distance(this.#slot(a, b));
  }

  /** Calls `visit` with every kin of a label and their distance, in no order. */
  forEachKin(label: number, visit: (other: number, distance: number) => void): void {
    this.#forEachHalf(label, (half) => visit(this.#table.other(half), this.#table.distance(half >> 1)));
  }

  /** Kin of a label, ascending. */
  kinOf(label: number): number[] {
    const kin: number[] = [];
    this.forEachKin(label, (other) => kin.push(other));
    return kin.sort((x, y) => x - y);
  }

  /** Log-odds of the pair alone that `label` is the parent, over its kin, ascending: sums must not depend on labels. */
  logOddsOf(label: number): number[] {
    const table = this.#table;
    const odds: number[] = [];
    for (let half = table.first(label); half !== NONE; half = table.next(half))
      odds.push((half & 1) === 0 ? table.logOdds(half >> 1) : 0 - table.logOdds(half >> 1));
    return odds.sort((x, y) => x - y);
  }

  /** What the edge parent → child costs by, null where they are no kin: the crowd counts where the pair itself says little. */
  weights(parent: number, child: number): PairWeights | null {
    const slot = this.#table.find(parent, child);
    if (slot === NONE || !this.#isKin(slot)) return null;
    return { distance: this.#table.distance(slot), logOdds: this.#logOddsAt(slot, parent < child) };
  }

  /** The same as the confidence counts it, in nats; NaN where they are no kin. */
  edgeNats(parent: number, child: number): number {
    const slot = this.#table.find(parent, child);
    if (slot === NONE || !this.#isKin(slot)) return NaN;
    return confidenceNats(this.#table.distance(slot), this.#logOddsAt(slot, parent < child), this.constants);
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

  /**
   * Counts the crowds of all restored pairs that go by theirs. Label by label its kin are marked, so that of a triangle no side has
   * to be looked up: among tens of millions of pairs that is to wait for memory.
   */
  countRestored(): void {
    const marks = new Int32Array(this.#table.labels).fill(NONE);
    for (let label = 0; label < marks.length; label++) {
      this.#forEachHalf(label, (half) => (marks[this.#table.other(half)] = half >> 1));
      this.#forEachHalf(label, (half) => this.#countByMarks(half, label, marks));
      this.#forEachHalf(label, (half) => (marks[this.#table.other(half)] = NONE));
    }
  }

  delete(a: number, b: number): void {
    const slot = this.#slot(a, b);
    if (this.#isKin(slot)) {
      this.#countTriangles(slot, -1);
      this.#table.unlink(slot);
      this.#stirred.delete(slot);
    }
    this.#table.remove(slot);
  }

  /** The kin pairs whose price has changed since {@link settled}, in no order. */
  stirredPairs(): { readonly a: number; readonly b: number }[] {
    const table = this.#table;
    const pairs: { a: number; b: number }[] = [];
    for (const [slot, before] of this.#stirred)
      if (this.#crowd(slot) !== before) pairs.push({ a: table.lower(slot), b: table.upper(slot) });
    return pairs;
  }

  /** All prices are taken note of. */
  settled(): void {
    this.#stirred.clear();
  }

  /** Makes room for so many pairs in all. */
  reserve(pairs: number): void {
    this.#table.reserve(pairs);
  }

  snapshot(): Uint8Array {
    const { bytes, columns } = allocatePairs(this.size);
    const table = this.#table;
    let at = 0;
    table.forEachSlot((slot) => {
      const isKin = this.#isKin(slot);
      columns.distance[at] = table.distance(slot);
      columns.logOdds[at] = table.logOdds(slot);
      columns.lower[at] = table.lower(slot);
      columns.upper[at] = table.upper(slot);
      columns.nearLower[at] = isKin ? table.count(slot, LOWER) : UNCOUNTED;
      columns.nearUpper[at] = isKin ? table.count(slot, UPPER) : UNCOUNTED;
      columns.isKin[at] = isKin ? 1 : 0;
      at++;
    });
    return bytes;
  }

  /** Puts the pairs of a snapshot into an empty book. */
  restore(columns: PairColumnsSnapshot): void {
    const { lower, upper, distance, logOdds, isKin, nearLower, nearUpper } = columns;
    this.reserve(lower.length);
    for (let at = 0; at < lower.length; at++) {
      const slot = this.#add(lower[at]!, upper[at]!, distance[at]!, logOdds[at]!, isKin[at] === 1);
      if (isKin[at] !== 1) continue;
      this.#table.setCount(slot, LOWER, nearLower[at]!);
      this.#table.setCount(slot, UPPER, nearUpper[at]!);
    }
  }

  #add(lower: number, upper: number, distance: number, logOdds: number, isKin: boolean): number {
    const slot = this.#table.add(lower, upper, distance, logOdds);
    this.#table.setCount(slot, LOWER, isKin ? UNCOUNTED : NO_KIN);
    if (isKin) this.#table.link(slot);
    return slot;
  }

  #isKin(slot: number): boolean {
    return this.#table.count(slot, LOWER) !== NO_KIN;
  }

  /** That the lower label is the parent, or the upper one, all told. */
  #logOddsAt(slot: number, ofLower: boolean): number {
    const own = this.#table.logOdds(slot);
    const all = Math.abs(own) < this.constants.crowdLogOddsMax ? own + this.#crowd(slot) : own;
    return ofLower ? all : 0 - all;
  }

  /** Crowd in nats, positive where the lower label has more of it. */
  #crowd(slot: number): number {
    if (this.#table.count(slot, LOWER) === UNCOUNTED) this.#count(slot);
    return crowdNats(this.#table.count(slot, LOWER), this.#table.count(slot, UPPER), this.constants);
  }

  #count(slot: number): void {
    this.#table.setCount(slot, LOWER, 0);
    this.#table.setCount(slot, UPPER, 0);
    this.#forEachTriangle(slot, (toLower, toUpper) => this.#countAt(slot, toLower, toUpper, 1));
  }

  /** The pair of a half of `label`, if the other end is the one with fewer kin. `marks` has the slots of all kin of the label. */
  #countByMarks(half: number, label: number, marks: Int32Array): void {
    const table = this.#table;
    const [slot, other] = [half >> 1, table.other(half)];
    const hasFewerKin = (table.degree(other) - table.degree(label) || other - label) < 0;
    const isCounted = table.count(slot, LOWER) !== UNCOUNTED;
    if (!hasFewerKin || isCounted || Math.abs(table.logOdds(slot)) >= this.constants.crowdLogOddsMax) return;
    table.setCount(slot, LOWER, 0);
    table.setCount(slot, UPPER, 0);
    const isLower = table.lower(slot) === other;
    this.#forEachHalf(other, (third) => {
      const across = marks[table.other(third)]!;
      if (across === NONE) return;
      if (isLower) this.#countAt(slot, third >> 1, across, 1);
      else this.#countAt(slot, across, third >> 1, 1);
    });
  }

  #forEachHalf(label: number, visit: (half: number) => void): void {
    const table = this.#table;
    for (let half = table.first(label); half !== NONE; half = table.next(half)) visit(half);
  }

  #countAt(slot: number, toLower: number, toUpper: number, sign: 1 | -1): void {
    const table = this.#table;
    const [nearLower, nearUpper] = [table.distance(toLower), table.distance(toUpper)];
    if (nearLower === nearUpper) return;
    const side = nearLower < nearUpper ? LOWER : UPPER;
    table.setCount(slot, side, table.count(slot, side) + sign);
  }

  /** A triangle stands or falls with each of its sides: the other two count the label opposite to them. */
  #countTriangles(slot: number, sign: 1 | -1): void {
    const [lower, upper] = [this.#table.lower(slot), this.#table.upper(slot)];
    this.#forEachTriangle(slot, (toLower, toUpper) => {
      this.#stir(toLower, lower, slot, toUpper, sign);
      this.#stir(toUpper, upper, slot, toLower, sign);
    });
  }

  /** The side `slot` ends at `end`; the label opposite to it is `near` away from there and `far` away from its other end. */
  #stir(slot: number, end: number, near: number, far: number, sign: 1 | -1): void {
    if (Math.abs(this.#table.logOdds(slot)) >= this.constants.crowdLogOddsMax) return;
    const isCounted = this.#table.count(slot, LOWER) !== UNCOUNTED;
    if (!this.#stirred.has(slot)) this.#stirred.set(slot, isCounted ? this.#crowd(slot) : NaN);
    if (!isCounted) return;
    if (this.#table.lower(slot) === end) this.#countAt(slot, near, far, sign);
    else this.#countAt(slot, far, near, sign);
  }

  /** Visits the common kin of a pair by the slots that join them to both ends, walking from the end with fewer kin. */
  #forEachTriangle(slot: number, visit: (toLower: number, toUpper: number) => void): void {
    const table = this.#table;
    const [lower, upper] = [table.lower(slot), table.upper(slot)];
    const fromLower = table.degree(lower) <= table.degree(upper);
    const [start, end] = fromLower ? [lower, upper] : [upper, lower];
    for (let half = table.first(start); half !== NONE; half = table.next(half)) {
      const other = table.other(half);
      if (other === end) continue;
      const across = table.find(other, end);
      if (across === NONE || !this.#isKin(across)) continue;
      if (fromLower) visit(half >> 1, across);
      else visit(across, half >> 1);
    }
  }

  #slot(a: number, b: number): number {
    const slot = this.#table.find(a, b);
    if (slot === NONE) assert.fail(`${a} and ${b} are no candidate pair`);
    return slot;
  }
}
