import { encodeSketch, toObservation } from '@stemma/sketch';
import { Observations } from './observations';
import { freshWeights, sketchOf } from './weights.testing';

const sketches = [0, 1, 2, 3].map((seed) => sketchOf(freshWeights(seed)));

function observations(
  observationsMax: number,
  keeps?: (label: number) => boolean,
): { kept: Observations; read: number[] } {
  const read: number[] = [];
  const load = (label: number): Promise<Uint8Array> => {
    read.push(label);
    return Promise.resolve(encodeSketch(sketches[label]!));
  };
  return { kept: new Observations({ load, observationsMax, ...(keeps && { keeps }) }), read };
}

const arrived = (label: number) => toObservation(sketches[label]!);

describe('Observations', () => {
  it('has arrivals whole for the batch that they came with, then for comparing', async () => {
    const { kept, read } = observations(4);
    kept.begin();
    kept.put(0, arrived(0));
    const first = (await kept.fetch([0]))(0);
    expect((await kept.fetchWhole([0]))(0).lowRank?.length).toBeGreaterThan(0);
    kept.begin();
    kept.put(1, arrived(1));
    const later = await kept.fetch([0, 1]);
    expect(later(0)).toEqual({ ...first, lowRank: undefined });
    // What is known of its samples is known by these.
    expect(later(0).tensors).toBe(first.tensors);
    expect(() => later(2)).toThrow('not fetched');
    expect(read).toEqual([]);
    const whole = await kept.fetchWhole([0, 1]);
    expect(whole(0)).toEqual(arrived(0));
    expect(whole(1)).toEqual(arrived(1));
    expect(read).toEqual([0]);
  });

  it('drops what was used longest ago, but nothing that is asked for', async () => {
    const { kept, read } = observations(2);
    const all = await kept.fetch([0, 1, 2]);
    expect([0, 1, 2].map((label) => all(label).contentHash)).toEqual(
      [0, 1, 2].map((label) => sketches[label]!.contentHash),
    );
    // 1 and 2 are kept.
    await kept.fetch([1]);
    await kept.fetch([2, 1]);
    expect(read).toEqual([0, 1, 2]);
    await kept.fetch([0]);
    await kept.fetch([1, 0]);
    expect(read).toEqual([0, 1, 2, 0]);
    await kept.fetch([2]);
    expect(read).toEqual([0, 1, 2, 0, 2]);
  });

  it('keeps beyond their batch only those arrivals that it is to keep', async () => {
    const { kept, read } = observations(4, (label) => label % 2 === 0);
    kept.begin();
    for (const label of [0, 1, 2, 3]) kept.put(label, arrived(label));
    kept.begin();
    await kept.fetch([0, 1, 2, 3]);
    expect(read).toEqual([1, 3]);
  });
});
