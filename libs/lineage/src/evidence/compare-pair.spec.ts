import fc from 'fast-check';
import { comparePair, mirrorPair } from './compare-pair';
import { DEFAULT_CONSTANTS } from './constants';
import type { Evidence, EvidenceKind } from './describe';
import { initialise, mapWeights, observe, sampleColumns, SEED, train } from './evidence.testing';
import { roundTo } from './number-format';
import { type Observation, observeEmbedding } from './observation';

const F32 = 2 ** -24;
const F16 = 2 ** -11;
const BF16 = 2 ** -8;

const base = initialise(1);
const child = train(base, 2, 0.1);

const find = (evidence: readonly Evidence[], kind: EvidenceKind): Evidence | undefined =>
  evidence.find((entry) => entry.kind === kind);

describe('a pair of kin', () => {
  it('knows the parent by the growth of the child', () => {
    const figures = comparePair(observe(base, 'a'), observe(child, 'b'));
    expect(figures.kinship).toBe('kin');
    expect(figures.growth).toBeGreaterThan(20);
    expect(Math.abs(figures.slope - 1)).toBeLessThan(0.25);
    expect(figures.logOdds).toBeGreaterThan(4);
    expect(find(figures.evidence, 'growth')?.sentence).toMatch(/as training leaves it/);
  });

  it('is not fooled by weight decay, which makes the child smaller than its parent', () => {
    const decayed = train(base, 2, 0.1, 0.05);
    expect(comparePair(observe(base, 'a'), observe(decayed, 'b')).logOdds).toBeGreaterThan(4);
    expect(comparePair(observe(decayed, 'b'), observe(base, 'a')).logOdds).toBeLessThan(-4);
  });

  it('reads the same from sampled columns with the norms of whole rows', () => {
    const [a, b] = [observe(base, 'a'), observe(child, 'b')].map((o) => sampleColumns(o, 16));
    const figures = comparePair(a!, b!);
    expect(figures.kinship).toBe('kin');
    expect(figures.slope).toBeGreaterThan(0.7);
    expect(figures.logOdds).toBeGreaterThan(4);
  });

  it('calls siblings a variant, and a child not', () => {
    const base = initialise(1, { matrices: 12, rows: 64, columns: 64 });
    const sibling = observe(train(base, 3, 0.15), 'c');
    const other = observe(train(base, 4, 0.15), 'd');
    expect(comparePair(sibling, other)).toMatchObject({ variant: true, kinship: 'possible' });
    expect(Math.abs(comparePair(sibling, other).slope)).toBeLessThan(0.3);
    expect(comparePair(observe(base, 'a'), other).variant).toBe(false);
  });

  it('measures a distance that adds up along a path', () => {
    const grandchild = train(child, 5, 0.1);
    const d2 = (p: Observation, q: Observation): number => comparePair(p, q).squaredDistance;
    const [g, p, c] = [observe(base, 'g'), observe(child, 'p'), observe(grandchild, 'c')];
    expect(d2(g, c) / (d2(g, p) + d2(p, c))).toBeCloseTo(1, 1);
  });
});

describe('exchanging the models', () => {
  const arbitrary = fc.record({
    seed: fc.integer({ min: 1, max: 1000 }),
    size: fc.double({ min: 0.001, max: 0.4, noNaN: true }),
    decay: fc.double({ min: 0, max: 0.1, noNaN: true }),
    formats: fc.constantFrom([F32, F32], [F32, F16], [BF16, F32], [F16, BF16]),
    columns: fc.constantFrom(8, 32, null),
    zeros: fc.constantFrom(0, 0.3),
    shuffled: fc.boolean(),
  });

  it('mirrors every figure and every sentence exactly', () => {
    fc.assert(
      fc.property(arbitrary, ({ seed, size, decay, formats, columns, zeros, shuffled }) => {
        const make = (index: 0 | 1): Observation => {
          const trained = index === 0 ? base : train(base, seed, size, decay);
          const round = roundTo(formats[index]);
          const weights = mapWeights(trained, (v) => (Math.abs(v) < 0.05 * zeros * index ? 0 : round(v)));
          const whole = observe(weights, `${index}`, formats[index]);
          const seen = columns === null ? whole : sampleColumns(whole, columns);
          const embedding = observeEmbedding(32, 64, weights.matrices[0]!, formats[index]);
          const tensors = shuffled && index === 1 ? [...seen.tensors].reverse() : seen.tensors;
          return { ...seen, tensors, embedding };
        };
        const [a, b] = [make(0), make(1)];
        const figures = comparePair(a, b);
        expect(comparePair(b, a)).toEqual(mirrorPair(figures));
        expect(mirrorPair(mirrorPair(figures))).toEqual(figures);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});

describe('models that are no relatives', () => {
  it('are strangers, with nothing measured about direction', () => {
    const figures = comparePair(observe(base, 'a'), observe(initialise(99), 'b'));
    expect(figures.kinship).toBe('stranger');
    expect(Math.abs(figures.z)).toBeLessThan(5);
    expect(figures.squaredDistance).toBeCloseTo(1, 1);
    expect(figures.logOdds).toBe(0);
    expect(figures.evidence.map(({ kind }) => kind)).toEqual(['kinship', 'distance']);
  });

  it('are possible relatives when they share an initialisation and little else', () => {
    const twins = [2, 3].map((seed) => observe(train(base, seed, 0.6), `${seed}`));
    const figures = comparePair(twins[0]!, twins[1]!);
    expect(figures.correlation).toBeGreaterThan(0.5);
    expect(figures.kinship).toBe('possible');
  });

  it('have a reason when their architectures differ', () => {
    const other = observe(initialise(7, { matrices: 2, rows: 8, columns: 8 }), 'b');
    const figures = comparePair(observe(base, 'a'), other);
    expect(figures).toMatchObject({ kinship: 'stranger', notComparable: 'other-architecture', logOdds: 0 });
    expect(figures.evidence[0]?.sentence).toMatch(/different architectures/);
  });

  it('have a reason when one is a sketch and the other whole', () => {
    const figures = comparePair(observe(base, 'a'), sampleColumns(observe(child, 'b'), 8));
    expect(figures.notComparable).toBe('no-common-coordinates');
  });
});

describe('weights that are not as they should be', () => {
  it('leaves out what is not finite', () => {
    const broken = mapWeights(child, (v, i) => (i % 97 === 0 ? NaN : i % 101 === 0 ? Infinity : v));
    const figures = comparePair(observe(base, 'a'), observe(broken, 'b'));
    expect(figures.kinship).toBe('kin');
    expect(figures.squaredDistance).toBeCloseTo(
      comparePair(observe(base, 'a'), observe(child, 'b')).squaredDistance,
      3,
    );
    expect(Number.isFinite(figures.logOdds)).toBe(true);
  });

  it('leaves out a tensor with nothing finite', () => {
    const [first, ...rest] = child.matrices;
    const broken = { ...child, matrices: [first!.map(() => NaN), ...rest] };
    const figures = comparePair(observe(base, 'a'), observe(broken, 'b'));
    expect(figures.kinship).toBe('kin');
    expect(figures.logOdds).toBeGreaterThan(3);
  });

  it('cannot compare what has nothing finite at all', () => {
    const nothing = observe(
      mapWeights(base, () => NaN),
      'b',
    );
    expect(comparePair(observe(base, 'a'), nothing)).toMatchObject({
      notComparable: 'nothing-finite',
      logOdds: 0,
    });
  });

  it('is not impressed by tensors that are one constant in both', () => {
    const constant = (seed: number): Observation => {
      const { matrices, ...shape } = initialise(seed);
      return observe({ ...shape, matrices: matrices.map((m, i) => (i < 3 ? m.fill(0.5) : m)) }, `${seed}`);
    };
    expect(comparePair(constant(1), constant(99)).kinship).toBe('stranger');
    const zeros = mapWeights(base, () => 0);
    expect(comparePair(observe(zeros, 'a'), observe(zeros, 'b')).notComparable).toBe('nothing-finite');
  });

  it('knows identical models for what they are', () => {
    const figures = comparePair(observe(base, 'a'), observe(base, 'a'));
    expect(figures).toMatchObject({
      kinship: 'kin',
      sameContent: true,
      sameNumbers: true,
      logOdds: 0,
      variant: false,
    });
    expect(figures.distance).toBeCloseTo(Math.log(DEFAULT_CONSTANTS.distanceFloorMin), 9);
    expect(find(figures.evidence, 'duplicate')?.sentence).toMatch(/byte for byte/);
  });
});

describe('marks of a conversion', () => {
  it('knows the narrower copy from the wider source', () => {
    const wide = observe(base, 'a', F32);
    const narrow = observe(mapWeights(base, roundTo(BF16)), 'b', BF16);
    const figures = comparePair(wide, narrow);
    expect(figures).toMatchObject({ cast: 1, sameNumbers: true });
    expect(figures.logOdds).toBeGreaterThanOrEqual(DEFAULT_CONSTANTS.castLogOdds);
    expect(figures.distance).toBeCloseTo(Math.log(BF16 ** 2), 9);
  });

  it('does not know the direction of a widened copy', () => {
    const numbers = mapWeights(base, roundTo(BF16));
    const figures = comparePair(observe(numbers, 'a', F32), observe(numbers, 'b', BF16));
    expect(figures).toMatchObject({ cast: 0, sameNumbers: true, logOdds: 0 });
  });

  it('tells pruning from training that fills the zeros', () => {
    const prune = (v: number): number => (Math.abs(v) < 0.02 ? 0 : v);
    const pruned = mapWeights(base, prune);
    const cut = comparePair(observe(base, 'a'), observe(pruned, 'b'));
    expect(cut.zeros).toBeGreaterThan(100);
    expect(find(cut.evidence, 'zeros')?.sentence).toMatch(/exactly zero in the child alone, which were cut/);
    expect(cut.logOdds).toBeGreaterThan(20);
    const filled = comparePair(observe(pruned, 'b'), observe(train(pruned, 5, 0.05), 'c'));
    expect(filled.zeros).toBe(0);
    expect(filled.growth).toBeGreaterThan(4);
  });

  it.each([4, 8])('tells %i-bit quantising from training what was quantised', (bits) => {
    const step = 0.2 / 2 ** (bits - 1);
    const quantised = mapWeights(base, (v) => Math.round(v / step) * step);
    const made = comparePair(observe(base, 'a'), observe(quantised, 'b'));
    expect(made.lattice).toBeGreaterThan(100);
    expect(made.logOdds).toBeGreaterThan(10);
    const trained = comparePair(observe(quantised, 'b'), observe(train(quantised, 5, 0.002), 'c'));
    expect(trained.lattice).toBeGreaterThan(100);
    // From the source of the quantised model's source nothing can be told.
    expect(comparePair(observe(train(base, 6, 0.3), 'd'), observe(quantised, 'b')).lattice).toBe(0);
  });

  it('takes a conversion for a training where its marks have no weight', () => {
    const pruned = mapWeights(base, (v) => (Math.abs(v) < 0.02 ? 0 : v));
    const constants = { ...DEFAULT_CONSTANTS, conversionWeight: 0 };
    const { evidence, logOdds } = comparePair(observe(base, 'a'), observe(pruned, 'b'), constants);
    expect(find(evidence, 'zeros')?.logOdds).toBe(0);
    // Pruning cuts rows short, as a training backwards would.
    expect(logOdds).toBeLessThan(0);
  });

  it('bounds the sum, whatever the weights say', () => {
    const constants = { ...DEFAULT_CONSTANTS, logOddsMax: 3 };
    expect(comparePair(observe(base, 'a'), observe(child, 'b'), constants).logOdds).toBe(3);
  });
});
