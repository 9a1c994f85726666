import { DEFAULT_CONSTANTS } from './constants';
import { measureEmbedding } from './embedding-growth';
import { normal, random } from './evidence.testing';
import { roundTo } from './number-format';
import { type EmbeddingObservation, observeEmbedding } from './observation';

const WIDTH = 64;
const ROWS = 200;

/** Rows of normal numbers; the second half of them is what a training touches. */
function embedding(seed: number): Float64Array {
  const next = normal(random(seed));
  return Float64Array.from({ length: ROWS * WIDTH }, () => 0.05 * next());
}

/** Rare tokens move less than frequent ones. */
function trained(rows: Float64Array, seed: number, decay: number, touchedFrom = ROWS / 2): Float64Array {
  const next = normal(random(seed));
  return rows.map((v, i) => {
    const row = Math.floor(i / WIDTH);
    return (1 - decay) * v + (row >= touchedFrom ? 0.0004 * (row - touchedFrom + 5) * next() : 0);
  });
}

function observe(rows: Float64Array, rounding = 2 ** -24): EmbeddingObservation {
  return observeEmbedding(rows.length / WIDTH, WIDTH, rows.map(roundTo(rounding)), rounding);
}

const measure = (a: EmbeddingObservation | null, b: EmbeddingObservation | null) =>
  measureEmbedding(a, b, DEFAULT_CONSTANTS);

describe('token embeddings', () => {
  const before = embedding(1);

  it.each([
    ['float32', 2 ** -24, 1e-4],
    ['float16', 2 ** -11, 1e-3],
    ['bfloat16', 2 ** -8, 1e-2],
  ])('certify in %s that the model with the common shrink is the child', (_, rounding, decay) => {
    const after = trained(before, 2, decay);
    const found = measure(observe(before, rounding), observe(after, rounding));
    expect(found.commonShrink / (2 * Math.log(1 - decay))).toBeCloseTo(1, 1);
    expect(found.shrinkRatio).toBeGreaterThan(30);
    const reverse = measure(observe(after, rounding), observe(before, rounding));
    expect(reverse.shrinkRatio).toBe(-found.shrinkRatio);
    expect(reverse.ratio).toBe(-found.ratio);
  });

  it('know the direction by the growth of touched rows where there is no decay', () => {
    const found = measure(observe(before), observe(trained(before, 2, 0)));
    expect(found.ratio).toBeGreaterThan(2);
    expect(found.commonShrink).toBe(0);
    expect(found).toMatchObject({ sharedRows: ROWS / 2, comparedRows: ROWS });
  });

  it('are right where training undoes what training did: rows that were touched first have no history', () => {
    const once = trained(before, 2, 0.001, 150);
    const back = trained(once, 3, 0.001, 50).map((v, i) => (i >= 150 * WIDTH ? 0.5 * (v + before[i]!) : v));
    expect(measure(observe(once), observe(back)).shrinkRatio).toBeGreaterThan(30);
  });

  it('share with the child the rows of its parent that it left alone', () => {
    const parent = trained(before, 2, 0.001, 100);
    const child = trained(parent, 3, 0.001, 180);
    const shared = (model: Float64Array): number => measure(observe(model), observe(child)).sharedRows;
    // Rounding may put a row or two beyond the common factor.
    expect(Math.abs(shared(parent) - 178)).toBeLessThanOrEqual(2);
    expect(Math.abs(shared(before) - 98)).toBeLessThanOrEqual(2);
  });

  it('give no certificate where rows shrank by different factors', () => {
    const next = random(5);
    const factors = Float64Array.from({ length: ROWS }, () => 1 - 0.02 * next());
    const uneven = before.map((v, i) => v * factors[Math.floor(i / WIDTH)]!);
    expect(measure(observe(before), observe(uneven)).commonShrink).toBe(0);
  });

  it('are compared at the token ids that both have', () => {
    const longer = Float64Array.of(...before, ...embedding(9).subarray(0, 20 * WIDTH));
    const found = measure(observe(before), observe(trained(longer, 2, 0)));
    expect(found.comparedRows).toBe(ROWS);
    expect(found.ratio).toBeGreaterThan(2);
  });

  it.each([
    ['one model has none', null],
    ['they have different widths', observeEmbedding(10, 8, new Float64Array(80).fill(1), 2 ** -24)],
    ['nothing in them is finite', observe(before.map(() => NaN))],
  ])('are silent where %s', (_, other) => {
    const silent = { ratio: 0, commonShrink: 0, shrinkRatio: 0, sharedRows: 0, comparedRows: 0 };
    expect(measure(observe(before), other)).toEqual(silent);
  });

  it('are silent about direction where they are identical', () => {
    expect(measure(observe(before), observe(before))).toMatchObject({
      ratio: 0,
      shrinkRatio: 0,
      sharedRows: ROWS,
    });
  });
});
