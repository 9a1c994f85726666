import assert from 'node:assert/strict';

/** Keeps one copy of each distinct value and hands out its small integer; equal keys mean equal values. */
export class Interner<T> {
  readonly #codes = new Map<string, number>();
  readonly #values: T[] = [];

  constructor(private readonly codesMax: number) {}

  code(value: T): number {
    const key = typeof value === 'string' ? value : `\0${JSON.stringify(value)}`;
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    const code = this.#values.length;
    assert.ok(code < this.codesMax, `interner is full: expected at most ${this.codesMax} values, got ${key}`);
    this.#codes.set(key, code);
    this.#values.push(value);
    return code;
  }

  value(code: number): T {
    assert.ok(code < this.#values.length, `no value has code ${code}: ${this.#values.length} are known`);
    return this.#values[code] as T;
  }
}
