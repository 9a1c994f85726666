import { DEFAULT_CONSTANTS } from '@stemma/lineage';
import { encodeSketch, toObservation } from '@stemma/sketch';
import { CompareAhead } from './compare-ahead';
import type { Comparer } from './comparer';
import type { LabelPair } from './kin-forest';
import { LocalComparer } from './local-comparer';
import { freshWeights, sketchOf, trained } from './weights.testing';

const root = freshWeights(1);
const sketches = [root, ...[2, 3, 4].map((seed) => trained(root, seed))].map((weights) => sketchOf(weights));

/** A real comparer that remembers what it was asked, and fails where it is told to. */
class AskedComparer extends LocalComparer {
  readonly asked: string[][] = [];
  failsAt: number | null = null;
  ended = 0;

  constructor() {
    super({ constants: DEFAULT_CONSTANTS, observationsMax: 8 });
    this.begin({ sketch: (label) => encodeSketch(sketches[label]!), sketchInFile: () => null });
    sketches.forEach((sketch, label) => this.arrived(label, () => toObservation(sketch)));
  }

  override async compare(pairs: readonly LabelPair[]): ReturnType<Comparer['compare']> {
    const turn = this.asked.push(pairs.map(({ a, b }) => `${a}:${b}`)) - 1;
    try {
      if (turn === this.failsAt) throw new Error('out of order');
      return await super.compare(pairs);
    } finally {
      this.ended++;
    }
  }
}

const pair = (a: number, b: number): LabelPair => ({ a, b });

describe('CompareAhead', () => {
  it('gives the figures that asking at the end gives, in the order of the pairs', async () => {
    const wanted = [pair(1, 2), pair(0, 3), pair(0, 1)];
    const ahead = new CompareAhead(new AskedComparer());
    ahead.ask([pair(0, 1)]);
    ahead.ask([pair(0, 1), pair(0, 2), pair(1, 2)]);
    expect(await ahead.figuresOf(wanted)).toEqual(await new AskedComparer().compare(wanted));
  });

  it('asks for every pair once, and for no empty list', async () => {
    const comparer = new AskedComparer();
    const ahead = new CompareAhead(comparer);
    ahead.ask([pair(0, 1)]);
    ahead.ask([pair(0, 1)]);
    ahead.ask([pair(0, 1), pair(0, 2)]);
    await ahead.figuresOf([pair(0, 2)]);
    expect(comparer.asked).toEqual([['0:1'], ['0:2']]);
  });

  it('fails with the first error, once nobody works for it any more', async () => {
    const comparer = new AskedComparer();
    comparer.failsAt = 0;
    const ahead = new CompareAhead(comparer);
    ahead.ask([pair(0, 1)]);
    ahead.ask([pair(0, 2)]);
    await expect(ahead.figuresOf([pair(1, 2)])).rejects.toThrow('out of order');
    expect(comparer.ended).toBe(3);
  });

  it('leaves no error behind where nobody asks for the figures', async () => {
    const comparer = new AskedComparer();
    comparer.failsAt = 0;
    new CompareAhead(comparer).ask([pair(0, 1)]);
    // An error that nobody has taken ends the process in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    expect(comparer.ended).toBe(1);
  });
});
