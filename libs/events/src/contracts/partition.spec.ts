import fc from 'fast-check';
import { elsewhereKey, murmur2, partitionOf, sketchedKey } from './partition';

describe('murmur2', () => {
  // The vectors of Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });
});

it('gives a deletion a key of its own, so that compaction leaves the sketch', () => {
  const key = sketchedKey('ab', 'acme/base');
  expect(key).toBe('ab/acme/base');
  expect(sketchedKey('ab', 'acme/base', true)).toBe(`${key}#deleted`);
  expect([key, `${key}#deleted`, sketchedKey(null, 'acme/base', true)]).not.toContain(
    elsewhereKey('acme/base'),
  );
});

describe('partitionOf', () => {
  it('keeps an architecture together', () => {
    const architecture = 'ab'.repeat(32);
    const partitions = ['acme/base', 'acme/base-chat', 'other/thing'].map((repo) =>
      partitionOf(sketchedKey(architecture, repo), 12),
    );
    partitions.push(partitionOf(sketchedKey(architecture, 'acme/base', true), 12));
    expect(new Set(partitions).size).toBe(1);
    expect(partitions[0]).toBe(partitionOf(architecture, 12));
  });

  it('spreads an organisation: a key without a group goes by itself', () => {
    expect(partitionOf('foobar', 7)).toBe((-790332482 & 0x7fffffff) % 7);
    expect(new Set(Array.from({ length: 64 }, (_, i) => partitionOf(`acme/model-${i}`, 4)))).toEqual(
      new Set([0, 1, 2, 3]),
    );
  });

  it('is a partition for every key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1024 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
      }),
      { seed: Number(process.env.SEED ?? 7) },
    );
  });
});
