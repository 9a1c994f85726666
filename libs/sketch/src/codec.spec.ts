import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeForComparing, decodeObservation, decodeSketch, encodeSketch } from './codec';
import { toObservation } from './observation';
import { sketchWeights } from './sketch';
import type { Sketch } from './sketch';
import { goldenWeights, readable, weightsOf, zooShapes } from './sketch.testing';

const golden = (name: string) => readFileSync(join(__dirname, 'golden', name));

function decoded(bytes: Uint8Array): Sketch {
  const result = decodeSketch(bytes);
  if (result.type === 'rejected') throw new Error(result.detail);
  return result.sketch;
}

describe('the codec', () => {
  it('brings back what it was given', () => {
    for (const weights of [
      weightsOf(zooShapes('BF16')),
      goldenWeights(),
      weightsOf([{ name: '', rows: 1, width: 1 }], 1, { kind: 'adapter' }),
    ]) {
      const sketch = sketchWeights(weights);
      expect(decoded(encodeSketch(sketch))).toEqual(sketch);
    }
  });

  it('reads from a view into a larger buffer, and keeps nothing of it', () => {
    const sketch = sketchWeights(goldenWeights());
    const bytes = Buffer.concat([Buffer.of(1, 2, 3), encodeSketch(sketch)]).subarray(3);
    const result = decoded(bytes);
    bytes.fill(0);
    expect(result).toEqual(sketch);
  });

  it.each([
    ['everything that a sketch can hold', goldenWeights()],
    ['halves', weightsOf(zooShapes('F16'))],
    ['brain floats', weightsOf(zooShapes('BF16'))],
  ])('reads what comparing takes, and keeps nothing of the bytes: %s', (_, weights) => {
    const sketch = sketchWeights(weights);
    const bytes = Buffer.concat([Buffer.of(1, 2, 3), encodeSketch(sketch)]).subarray(3);
    const [result, whole] = [decodeForComparing(bytes), decodeObservation(bytes)];
    bytes.fill(0);
    const { lowRank, ...observation } = toObservation(sketch);
    expect(lowRank.length).toBeGreaterThan(0);
    expect(result).toEqual({ type: 'for-comparing', observation });
    expect(whole).toEqual({ type: 'observed', observation: { ...observation, lowRank } });
  });

  it('refuses for comparing what it refuses', () => {
    const bytes = golden('version-1.sketch');
    expect(decodeForComparing(golden('version-2.sketch'))).toMatchObject({ reason: 'unknown-version' });
    expect(decodeForComparing(bytes.subarray(0, -1))).toMatchObject({ reason: 'damaged' });
    expect(decodeObservation(bytes.subarray(0, -1))).toMatchObject({ reason: 'damaged' });
    const cut = Uint8Array.from(bytes.subarray(0, -1));
    new DataView(cut.buffer).setUint32(8, cut.byteLength, true);
    expect(decodeForComparing(cut)).toMatchObject({
      reason: 'malformed',
      detail: expect.stringContaining('in the middle of a field') as string,
    });
  });

  it('reads version 1 as it was first written', () => {
    const bytes = golden('version-1.sketch');
    expect(readable(decoded(bytes))).toEqual(JSON.parse(golden('version-1.json').toString()));
    expect(Buffer.compare(encodeSketch(decoded(bytes)), bytes)).toBe(0);
  });

  it('still draws the coordinates, signs and hashes of version 1', () => {
    const bytes = encodeSketch(sketchWeights(goldenWeights()));
    expect(Buffer.compare(bytes, golden('version-1.sketch'))).toBe(0);
  });

  it('refuses a version by its number, before anything else is looked at', () => {
    expect(decodeSketch(golden('version-2.sketch'))).toEqual({
      type: 'rejected',
      reason: 'unknown-version',
      detail: 'This is a sketch of version 2; this program reads version 1.',
    });
  });

  it('refuses what is no sketch, what is cut or grown, and what is damaged', () => {
    const bytes = golden('version-1.sketch');
    expect(decodeSketch(new Uint8Array(0))).toMatchObject({ reason: 'not-a-sketch' });
    expect(decodeSketch(Buffer.from('{"architecture":"x","tensors":[]}'))).toMatchObject({
      reason: 'not-a-sketch',
    });
    expect(decodeSketch(bytes.subarray(0, -1))).toMatchObject({ reason: 'damaged' });
    expect(decodeSketch(Buffer.concat([bytes, Buffer.of(0)]))).toMatchObject({ reason: 'damaged' });
    const flipped = Uint8Array.from(bytes);
    flipped[bytes.byteLength >> 1]! ^= 1;
    expect(decodeSketch(flipped)).toMatchObject({
      reason: 'damaged',
      detail: 'The checksum of the sketch does not match its bytes.',
    });
  });

  it('does not encode a sketch beyond its bounds', () => {
    const deep = sketchWeights(weightsOf(zooShapes('F16')), { rowsPerTensorMax: 80 });
    expect(() => encodeSketch(deep)).toThrow('has 80 sampled rows');
    const sketch = sketchWeights(weightsOf(zooShapes()), { coordinatesMax: 24_000 });
    expect(() => encodeSketch(sketch)).toThrow(
      "expected a sketch within the format's bounds: There are 23040 samples",
    );
  });
});
