import { comparePair } from './compare-pair';
import { storedModels } from './stored-models.testing';
import { initialisation, type TwinPair, twinPairs } from './twins.testing';

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

  it('are possible relatives, too, where one was hardly trained', () => {
    const early = pairs.filter(({ stepsMin }) => stepsMin < 200);
    expect(early).toHaveLength(2 * 3 * 5);
    for (const { kind, names, figures } of early)
      expect([kind, names, figures.kinship]).toEqual([kind, names, 'possible']);
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

/** The price of never joining twins: a run that is young changes more in 140 steps than a fine-tune ever does. */
const TOO_YOUNG = ['run-0/step-60', 'run-1/step-60', 'run-2/step-60'];

it('a run is joined with its own later steps, but for those that were hardly trained', async () => {
  const models = await storedModels('twins', /./, 'sketch');
  const children = models.filter(({ parent }) => parent !== null);
  expect(children).toHaveLength(12);
  for (const { model, parent, observation } of children) {
    const before = models.find((other) => other.model === parent)!;
    const { kinship } = comparePair(before.observation, observation);
    if (!TOO_YOUNG.some((name) => parent!.endsWith(name))) expect([model, kinship]).toEqual([model, 'kin']);
    expect([model, kinship]).not.toEqual([model, 'stranger']);
  }
});
