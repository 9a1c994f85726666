import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { decodeForComparing, decodeSketch, encodeSketch } from './codec';
import { toObservation } from './observation';
import { sketchWeights } from './sketch';
import { goldenWeights } from './sketch.testing';

const seed = Number(process.env['SEED'] ?? 1);
const numRuns = Number(process.env['RUNS'] ?? 1_000);

/** Bytes with a length and checksum that fit, so that what lies behind them is reached. */
function sealed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  new DataView(copy.buffer).setUint32(8, copy.byteLength, true);
  copy.set(createHash('sha256').update(copy.subarray(20)).digest().subarray(0, 8), 12);
  return copy;
}

/** Whoever takes only what comparing takes is bound to the same, but for what it passes over. */
function expectSoundForComparing(bytes: Uint8Array): void {
  const result = decodeForComparing(bytes);
  const whole = decodeSketch(bytes, true);
  if (result.type === 'rejected') expect(whole.type).toBe('rejected');
  else if (whole.type === 'rejected') expect(whole.detail).toMatch(/low-rank|fingerprint/);
  else {
    const observation = toObservation(whole.sketch);
    expect({ ...result.observation, lowRank: observation.lowRank }).toEqual(observation);
  }
}

/** The promise: refused with a sentence, or a sketch that encodes to the same bytes and can be observed. */
function expectRefusedOrSame(bytes: Uint8Array): 'refused' | 'same' {
  expectSoundForComparing(bytes);
  const result = decodeSketch(bytes);
  if (result.type === 'rejected') {
    expect(result.detail).toMatch(/^[A-Z0-9].*\.$/s);
    return 'refused';
  }
  expect(Buffer.compare(encodeSketch(result.sketch), bytes)).toBe(0);
  const { tensors, embedding } = toObservation(result.sketch);
  for (const { values, rows, columns } of tensors) expect(values.length).toBe(rows * columns);
  if (embedding !== null) expect(embedding.values.length).toBe(embedding.rowIds.length * embedding.columns);
  return 'same';
}

describe('hostile sketches', () => {
  const bytes = encodeSketch(sketchWeights(goldenWeights()));
  // Most of the file are projections, where any bytes but NaN are fine: aim at the rest.
  const field = fc.oneof(
    fc.nat(bytes.byteLength - 1),
    fc.integer({ min: 20, max: 170 }),
    fc.integer({ min: 690, max: 1_700 }),
    fc.integer({ min: bytes.byteLength - 200, max: bytes.byteLength - 1 }),
  );
  const edits = fc.array(fc.tuple(field, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  const mutated = (mutations: [number, number][]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, value] of mutations) copy[at] = value;
    return copy;
  };

  it('any change of a byte is noticed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const copy = Uint8Array.from(bytes);
        copy[at]! ^= change;
        expect(decodeSketch(copy).type).toBe('rejected');
      }),
      { seed, numRuns: 500 },
    );
  });

  it('changed bytes with a fitting checksum are refused or encode to themselves', () => {
    const outcomes = { refused: 0, same: 0 };
    fc.assert(
      fc.property(edits, (mutations) => {
        outcomes[expectRefusedOrSame(sealed(mutated(mutations)))]++;
      }),
      { seed, numRuns },
    );
    // Both must have been seen, or the test tests nothing.
    expect(Math.min(outcomes.refused, outcomes.same)).toBeGreaterThan(numRuns / 20);
  });

  it('cut, grown and spliced bytes with a fitting checksum are refused or encode to themselves', () => {
    fc.assert(
      fc.property(
        fc.nat(bytes.byteLength),
        fc.nat(300),
        fc.uint8Array({ maxLength: 40 }),
        (at, skip, insert) => {
          expectRefusedOrSame(
            sealed(Buffer.concat([bytes.subarray(0, Math.max(20, at)), insert, bytes.subarray(at + skip)])),
          );
        },
      ),
      { seed, numRuns },
    );
  });

  it('any bytes at all are refused or encode to themselves', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (body, hasHeader) => {
        expectRefusedOrSame(hasHeader ? sealed(Buffer.concat([bytes.subarray(0, 20), body])) : body);
      }),
      { seed, numRuns: 500 },
    );
  });
});
