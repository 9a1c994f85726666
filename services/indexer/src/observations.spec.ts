import { encodeSketch, toObservation } from '@stemma/sketch';
import { Observations } from './observations';
import { freshWeights, sketchOf } from './weights.testing';

const sketches = [0, 1, 2, 3].map((seed) => sketchOf(freshWeights(seed)));

function observations(observationsMax: number): { kept: Observations; read: number[] } {
  const read: number[] = [];
  const load = (label: number): Promise<Uint8Array> => {
    read.push(label);
    return Promise.resolve(encodeSketch(sketches[label]!));
  };
  return { kept: new Observations(load, observationsMax), read };
}

const arrived = (label: number) => toObservation(sketches[label]!);

describe('Observations', () => {
  it('has arrivals whole for the batch that they came with, then for comparing', async () => {
    const { kept, read } = observations(4);
    kept.put(0, arrived(0));
    await kept.prepare([0]);
    const first = kept.get(0);
    await kept.prepareWhole([0]);
    expect(kept.whole(0).lowRank?.length).toBeGreaterThan(0);
    kept.put(1, arrived(1));
    await kept.prepare([0, 1]);
    expect(kept.get(0)).toEqual({ ...first, lowRank: undefined });
    // What is known of its samples is known by these.
    expect(kept.get(0).tensors).toBe(first.tensors);
    expect(() => kept.whole(0)).toThrow('not prepared');
    expect(read).toEqual([]);
    await kept.prepareWhole([0, 1]);
    expect(kept.whole(0)).toEqual(arrived(0));
    expect(read).toEqual([0]);
  });

  it('drops what was used longest ago, but nothing that is asked for', async () => {
    const { kept, read } = observations(2);
    await kept.prepare([0, 1, 2]);
    expect([0, 1, 2].map((label) => kept.get(label).contentHash)).toEqual(
      [0, 1, 2].map((label) => sketches[label]!.contentHash),
    );
    await kept.prepare([0]);
    await kept.prepare([2]);
    expect(read).toEqual([0, 1, 2]);
    await kept.prepare([1]);
    await kept.prepare([2, 1]);
    expect(read).toEqual([0, 1, 2, 1]);
    expect(() => kept.get(3)).toThrow('not prepared');
  });
});
