import { comparePair } from './compare-pair';
import { DEFAULT_CONSTANTS } from './constants';
import { initialise, mapWeights, observe, type TestWeights, train } from './evidence.testing';
import { findMerge, type Merge } from './merge';
import { roundTo } from './number-format';
import { type Observation, observeEmbedding } from './observation';
import { type Relation, relationOf, relationOfMerge } from './relation';

const F32 = 2 ** -24;
const BF16 = 2 ** -8;
const base = initialise(1);

const relate = (parent: Observation, child: Observation): Relation =>
  relationOf(parent, child, comparePair(parent, child)).relation;

describe('the relation of an edge', () => {
  const parent = observe(base, 'a');

  it.each<[Relation, string, Observation]>([
    ['finetune', 'all weights were trained', observe(train(base, 2, 0.1), 'b')],
    ['duplicate', 'the files are the same', observe(base, 'a')],
    ['duplicate', 'the weights are the same in another file', observe(base, 'b')],
    [
      'cast',
      'the weights were rounded to another format',
      observe(mapWeights(base, roundTo(BF16)), 'b', BF16),
    ],
    [
      'quantized',
      'the weights lie on a lattice',
      observe(
        mapWeights(base, (v) => Math.round(v / 0.01) * 0.01),
        'b',
      ),
    ],
    [
      'finetune',
      'weights were pruned',
      observe(
        mapWeights(base, (v) => (Math.abs(v) < 0.02 ? 0 : v)),
        'b',
      ),
    ],
    ['adapter', 'the file holds factors alone', { ...observe(base, 'b'), adapter: true }],
  ])('%s: %s', (relation, _, child) => {
    expect(relate(parent, child)).toBe(relation);
  });

  it('does not call a lattice of the parent a quantised child', () => {
    const quantised = mapWeights(base, (v) => Math.round(v / 0.01) * 0.01);
    expect(relate(observe(quantised, 'a'), observe(train(quantised, 3, 0.05), 'b'))).toBe('finetune');
  });

  it('looks at the token embedding where the backbone is the same', () => {
    const rows = initialise(5).matrices[0]!;
    const embedded = (values: Float64Array, hash: string): Observation => ({
      ...observe(base, hash),
      embedding: observeEmbedding(32, 64, values, F32),
    });
    expect(relate(embedded(rows, 'a'), embedded(rows, 'b'))).toBe('duplicate');
    const trained = rows.map((v, i) => (i < 640 ? v + 0.01 * Math.sin(i) : v));
    expect(relate(embedded(rows, 'a'), embedded(trained, 'b'))).toBe('finetune');
  });

  it('explains a low-rank change, by the word that it is given', () => {
    const [first, ...rest] = base.matrices;
    const change = (_: number, i: number): number => 0.01 * Math.sin(Math.floor(i / 64)) * Math.cos(i % 64);
    const lora = { ...base, matrices: [first!.map((v, i) => v + change(v, i)), ...rest] };
    const [a, b] = [parent, observe(lora, 'b')];
    const figures = comparePair(a, b);
    expect(relationOf(a, b, figures)).toMatchObject({
      relation: 'finetune',
      evidence: [
        { kind: 'low-rank', figure: 1, sentence: expect.stringMatching(/rank 1 of 32 .* low-rank adapter/) },
      ],
    });
    const adapters = { ...DEFAULT_CONSTANTS, lowRankRelation: 'adapter' as const };
    expect(relationOf(a, b, figures, adapters).relation).toBe('adapter');
  });
});

describe('a merge', () => {
  const tuned = [2, 3, 4].map((seed) => train(base, seed, 0.1));
  const candidates = [base, ...tuned].map((weights, i) => observe(weights, `${i}`));
  const mix = (weights: readonly number[], rounding = F32): Observation => {
    const models = [base, ...tuned];
    const round = roundTo(rounding);
    const matrices = base.matrices.map((matrix, m) =>
      matrix.map((_, i) => round(weights.reduce((sum, w, k) => sum + w * models[k]!.matrices[m]![i]!, 0))),
    );
    return observe({ ...base, matrices }, 'merge', rounding);
  };
  const find = (model: Observation, among = candidates): Merge | null =>
    findMerge(model, among, DEFAULT_CONSTANTS);
  const weightsOf = (merge: Merge | null): [number, number][] =>
    merge?.ingredients.map(({ candidate, weight }) => [candidate, Number(weight.toFixed(2))]) ?? [];

  it.each([
    ['a soup of two', [0, 0.5, 0.5, 0], [1, 2]],
    ['an interpolation', [0, 0.3, 0, 0.7], [3, 1]],
    ['task arithmetic, whose base is only subtracted', [-0.2, 0.4, 0.4, 0.4], [1, 2, 3]],
  ] as const)('is found: %s', (_, weights, ingredients) => {
    const found = weightsOf(find(mix(weights)));
    expect(new Set(found.map(([candidate]) => candidate))).toEqual(new Set<number>(ingredients));
    for (const [candidate, weight] of found) expect(weight).toBeCloseTo(weights[candidate]!, 1);
  });

  it('is found through rounding to bfloat16', () => {
    expect(weightsOf(find(mix([0, 0.3, 0, 0.7], BF16)))).toEqual([
      [3, 0.7],
      [1, 0.3],
    ]);
  });

  it.each<[string, TestWeights]>([
    ['a child of a candidate', train(tuned[0]!, 7, 0.1)],
    ['a child of the base', train(base, 8, 0.1)],
    ['a copy of a candidate', tuned[1]!],
  ])('is not %s', (_, weights) => {
    expect(find(observe(weights, 'x'))).toBeNull();
  });

  it('is not an ingredient of its own merge, nor the base of its children', () => {
    const merged = mix([0, 0.5, 0.5, 0]);
    expect(find(candidates[1]!, [merged, candidates[2]!])).toBeNull();
    expect(find(candidates[0]!, candidates.slice(1))).toBeNull();
  });

  it('is not the base of children that weight decay has shrunk, though it lies on their line', () => {
    const decayed = [0.01, 0.02, 0.08].map((decay, i) => train(base, 20 + i, 0.001, decay));
    expect(
      find(
        candidates[0]!,
        decayed.map((weights, i) => observe(weights, `${i}`)),
      ),
    ).toBeNull();
  });

  it('says what it is made of', () => {
    const merge = find(mix([0, 0.3, 0, 0.7]))!;
    const { relation, evidence } = relationOfMerge(merge, ['base', 'x', 'y', 'z']);
    expect(relation).toBe('merge');
    expect(evidence[0]?.sentence).toMatch(/0\.70 of z plus 0\.30 of x/);
  });
});
