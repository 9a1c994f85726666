import { comparePair } from './compare-pair';
import { normal, random, SEED } from './evidence.testing';
import type { Observation } from './observation';
import { drawnHeaps, drawnModels, type Heap, REAL_HEAPS, trapHeaps } from './stranger-heaps.testing';
import { type StrangerTally, tallyStrangers } from './stranger-tally.testing';
import { mapTensors, sizeOf } from './strangers.testing';

const byName = (heaps: readonly Heap[]): [string, Heap][] => heaps.map((heap) => [heap.name, heap]);
const tally = async (heap: Heap): Promise<StrangerTally> => tallyStrangers(await heap.models());

/** The largest heap is half a million pairs. */
const HEAP_TIMEOUT_MS = 240_000;

describe(`strangers (SEED=${SEED})`, () => {
  it('are a million pairs and more', () => {
    const heaps = [...REAL_HEAPS, ...drawnHeaps(SEED), ...trapHeaps(SEED)];
    expect(heaps.reduce((sum, { pairs }) => sum + pairs, 0)).toBeGreaterThan(1e6);
  });

  it.each(byName(REAL_HEAPS))('%s: none is even a possible relative', async (_, heap) => {
    const { pairs, possible, joined } = await tally(heap);
    expect({ pairs, possible, joined }).toEqual({ pairs: heap.pairs, possible: 0, joined: 0 });
  });

  it.each(byName(drawnHeaps(SEED)))(
    '%s: none is even a possible relative',
    async (_, heap) => {
      const { pairs, possible, joined } = await tally(heap);
      expect({ pairs, possible, joined }).toEqual({ pairs: heap.pairs, possible: 0, joined: 0 });
    },
    HEAP_TIMEOUT_MS,
  );

  it.each(byName(trapHeaps(SEED)))(
    '%s: none is joined',
    async (_, heap) => {
      const { pairs, joined } = await tally(heap);
      expect({ pairs, joined }).toEqual({ pairs: heap.pairs, joined: 0 });
    },
    HEAP_TIMEOUT_MS,
  );
});

describe('the counting of strangers', () => {
  /** A step of its own in every row, at right angles to what was there, so that the row has grown by it. */
  const trained = (model: Observation, share: number, seed: number): Observation => {
    const draw = random(seed);
    const next = normal(draw);
    const steps = model.tensors.map((tensor) =>
      Float64Array.from({ length: tensor.rows }, () => 2 * draw() * share * sizeOf(tensor)),
    );
    const moved = mapTensors(model, (value, { tensor, row }) => value + steps[tensor]![row]! * next());
    const tensors = moved.tensors.map((tensor, i) => ({
      ...tensor,
      rowMeanSquares: Float64Array.from(
        tensor.rowMeanSquares,
        (square, row) => square + steps[i]![row]! ** 2,
      ),
    }));
    return { ...moved, tensors };
  };

  it('finds a child and a distant relative among strangers', async () => {
    const strangers = await drawnModels('blocks', [['moments', 40]], SEED);
    const [first, second] = strangers;
    const child = { family: 'child', observation: trained(first!.observation, 0.1, SEED + 1) };
    const relative = { family: 'relative', observation: trained(second!.observation, 0.5, SEED + 2) };
    const { pairs, possible, joined, correlationMax, sineSquareMin } = tallyStrangers([
      ...strangers,
      child,
      relative,
    ]);
    expect({ pairs, possible, joined }).toEqual({ pairs: (42 * 41) / 2, possible: 1, joined: 1 });
    expect(correlationMax).toBeGreaterThan(0.99);
    expect(sineSquareMin).toBeLessThan(0.02);
    const named = { ...child, family: first!.family };
    expect(tallyStrangers([...strangers, named])).toMatchObject({ pairs: (41 * 40) / 2 - 1, joined: 0 });
  });

  it('measures what the comparison of a pair measures', async () => {
    const models = await drawnModels(
      'attention',
      [
        ['moments', 8],
        ['spectrum', 8],
      ],
      SEED,
    );
    for (const [i, a] of models.entries()) {
      for (const b of models.slice(i + 1)) {
        const { correlation, z, leastSineSquare } = comparePair(a.observation, b.observation);
        const found = tallyStrangers([a, b]);
        expect(found.correlationMax).toBeCloseTo(correlation, 6);
        expect(found.zMax).toBeCloseTo(Math.abs(z), 4);
        expect(found.sineSquareMin).toBeCloseTo(leastSineSquare, 6);
      }
    }
  });
});
