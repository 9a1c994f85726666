import { comparePair } from './compare-pair';
import { storedModels } from './stored-models.testing';
import { initialisation, type TwinPair, twinPairs } from './twins.testing';

/** Kinds of twins of which some are joined today, though none should be: they are closer than many a true edge. */
const JOINED = {
  sketch: ['twins-0 60+60', 'twins-1 60+200', 'twins-1 60+60', 'twins-1 60+700'],
  weights: ['twins-0 60+60', 'twins-1 60+200', 'twins-1 60+60'],
} as const;

describe.each(['sketch', 'weights'] as const)('runs from one initialisation, seen as %s', (as) => {
  let pairs: TwinPair[];
  beforeAll(async () => {
    pairs = await twinPairs(as);
  });

  it('are possible relatives after 200 steps or more, and never joined', () => {
    const trained = pairs.filter(({ stepsMin }) => stepsMin >= 200);
    expect(trained).toHaveLength(2 * 3 * 4);
    for (const { names, figures } of trained) {
      expect([names, figures.kinship]).toEqual([names, 'possible']);
      expect(figures.evidence[0]!.sentence).toMatch(/may be relatives, but too distant ones to be joined/);
    }
  });

  it('are possible relatives, too, where one was hardly trained, but for a known limit', () => {
    const early = pairs.filter(({ stepsMin }) => stepsMin < 200);
    expect(early).toHaveLength(2 * 3 * 5);
    const joined = early.filter(({ figures }) => figures.kinship === 'kin');
    expect([...new Set(joined.map(({ kind }) => kind))].sort()).toEqual(JOINED[as]);
    expect(early.filter(({ figures }) => figures.kinship === 'stranger')).toEqual([]);
  });
});

it('runs from different initialisations are strangers', async () => {
  const models = await storedModels('twins', /./, 'sketch');
  const [first, second] = ['twins-0', 'twins-1'].map((name) =>
    models.filter((model) => initialisation(model) === name),
  );
  for (const a of first!) {
    for (const b of second!) expect(comparePair(a.observation, b.observation).kinship).toBe('stranger');
  }
});

it('a run is joined with its own later steps', async () => {
  const models = await storedModels('twins', /./, 'sketch');
  const children = models.filter(({ parent }) => parent !== null);
  expect(children).toHaveLength(12);
  for (const { model, parent, observation } of children) {
    const before = models.find((other) => other.model === parent)!;
    expect([model, comparePair(before.observation, observation).kinship]).toEqual([model, 'kin']);
  }
});
