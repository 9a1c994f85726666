import fc from 'fast-check';

import { DynamicForest } from './dynamic-forest';
import { firstDifference, randomHistory } from './forest-history.testing';
import { decodeSnapshot, encodeSnapshot, SNAPSHOT_VERSION } from './snapshot';

const SEED = Number(process.env.SEED ?? 1);

function smallForest(): DynamicForest {
  const forest = new DynamicForest();
  forest.addNode(3, 10, []);
  forest.addNode(7, 10, [{ label: 3, costIn: 1, costOut: 4 }]);
  forest.addNode(8, 10, [{ label: 7, costIn: 2, costOut: Infinity }]);
  forest.takeChanges();
  return forest;
}

function restored(bytes: Uint8Array, options = {}): DynamicForest {
  const forest = decodeSnapshot(bytes, options);
  if (forest instanceof DynamicForest) return forest;
  throw new Error(`${forest.reason}: ${forest.detail}`);
}

/** Rewrites a field of a small snapshot and, unless told otherwise, makes its checksum right again. */
function withUint32(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value, true);
  return copy;
}

describe('snapshot', () => {
  it('brings back nodes, costs and parents', () => {
    const forest = restored(encodeSnapshot(smallForest()));
    expect(forest.labels()).toEqual([3, 7, 8]);
    expect(forest.labels().map((label) => forest.parentOf(label))).toEqual([0, 3, 7]);
    expect(forest.neighboursOf(7)).toEqual(smallForest().neighboursOf(7));
    expect(forest.takeChanges()).toEqual([]);
    expect(forest.audit().violations).toEqual([]);
  });

  it('takes 24 bytes a node and a pair, and the same bytes once restored', () => {
    const bytes = encodeSnapshot(smallForest());
    expect(bytes).toHaveLength(24 + 3 * 24 + 2 * 24 + 32);
    expect(encodeSnapshot(restored(bytes))).toEqual(bytes);
  });

  it('keeps the empty forest', () => {
    expect(restored(encodeSnapshot(new DynamicForest())).size).toBe(0);
  });

  it('goes on in the middle of any history as if nothing had happened', () => {
    for (let seed = SEED; seed < SEED + 40; seed++) {
      const history = randomHistory(seed, { labelsMax: 9, operations: 40, unique: seed % 2 === 0 });
      const difference = firstDifference(history, (forest, step) => {
        if (step % 5 !== 4) return forest;
        // Changes since the last check would be lost; the check that follows then reports them missing.
        const changes = forest.takeChanges();
        const copy = restored(encodeSnapshot(forest), history.options);
        copy.takeChanges = () => {
          Reflect.deleteProperty(copy, 'takeChanges');
          return changes;
        };
        return copy;
      });
      expect([seed, difference]).toEqual([seed, null]);
    }
  });

  it('refuses to leave changes behind', () => {
    const forest = smallForest();
    forest.removeNode(8);
    expect(() => encodeSnapshot(forest)).toThrow(/changes taken expected/);
  });

  const bytes = encodeSnapshot(smallForest());
  it.each([
    ['nothing', new Uint8Array(0), 'snapshot-truncated'],
    ['a cut', bytes.slice(0, -1), 'snapshot-truncated'],
    ['more nodes than bytes', withUint32(bytes, 16, 0xffffffff), 'snapshot-truncated'],
    ['something else', withUint32(bytes, 0, 0), 'snapshot-foreign'],
    ['another byte order', withUint32(bytes, 12, 0x04030201), 'snapshot-foreign'],
    ['a later version', withUint32(bytes, 8, SNAPSHOT_VERSION + 1), 'snapshot-version-unknown'],
    ['a flipped bit', withUint32(bytes, 40, 1), 'snapshot-checksum-wrong'],
  ])('refuses %s by name', (_, damaged, reason) => {
    expect(decodeSnapshot(damaged)).toMatchObject({ type: 'rejected', reason });
  });

  it('notices any change of any byte', () => {
    const index = fc.integer({ min: 0, max: bytes.length - 1 });
    const property = fc.property(index, fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = bytes.slice();
      damaged[at]! ^= change;
      expect(decodeSnapshot(damaged)).toMatchObject({ type: 'rejected' });
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  it('reads bytes that lie unaligned in a larger buffer', () => {
    const around = new Uint8Array(bytes.length + 3);
    around.set(bytes, 3);
    expect(restored(around.subarray(3)).size).toBe(3);
  });

  it('refuses labels beyond the largest that the forest takes', () => {
    expect(decodeSnapshot(bytes, { labelMax: 7 })).toMatchObject({ reason: 'snapshot-inconsistent' });
  });
});
