import assert from 'node:assert/strict';
import type { CandidatePair } from '@stemma/store';

/** The figures of all candidate pairs, by label. */
export class PairBook {
  readonly #byLabel = new Map<number, Map<number, CandidatePair>>();

  has(a: number, b: number): boolean {
    return this.#byLabel.get(a)?.has(b) ?? false;
  }

  get(a: number, b: number): CandidatePair | undefined {
    return this.#byLabel.get(a)?.get(b);
  }

  put(pair: CandidatePair): void {
    assert(pair.a < pair.b, `a pair has its smaller label first, got ${pair.a} and ${pair.b}`);
    this.#of(pair.a).set(pair.b, pair);
    this.#of(pair.b).set(pair.a, pair);
  }

  delete(a: number, b: number): void {
    this.#byLabel.get(a)?.delete(b);
    this.#byLabel.get(b)?.delete(a);
    if (this.#byLabel.get(a)?.size === 0) this.#byLabel.delete(a);
    if (this.#byLabel.get(b)?.size === 0) this.#byLabel.delete(b);
  }

  /** The pairs of a label with the label at their other end. */
  *pairsOf(label: number): Iterable<readonly [other: number, pair: CandidatePair]> {
    const pairs = this.#byLabel.get(label);
    if (pairs !== undefined) yield* pairs;
  }

  /** Kin among the candidates of a label, ascending. */
  kinOf(label: number): number[] {
    const kin: number[] = [];
    for (const [other, { kinship }] of this.pairsOf(label)) if (kinship === 'kin') kin.push(other);
    return kin.sort((x, y) => x - y);
  }

  /** Log-odds that `label` is the parent, over its kin pairs, ascending: their sum must not depend on labels. */
  logOddsOf(label: number): number[] {
    return this.kinOf(label)
      .map((other) => this.logOdds(label, other))
      .sort((x, y) => x - y);
  }

  /** Log-odds that `parent` is the parent of `child`. */
  logOdds(parent: number, child: number): number {
    const pair = this.get(parent, child);
    assert(pair !== undefined, `${parent} and ${child} are no candidate pair`);
    return pair.a === parent ? pair.logOdds : 0 - pair.logOdds;
  }

  #of(label: number): Map<number, CandidatePair> {
    const known = this.#byLabel.get(label);
    if (known !== undefined) return known;
    const pairs = new Map<number, CandidatePair>();
    this.#byLabel.set(label, pairs);
    return pairs;
  }
}
