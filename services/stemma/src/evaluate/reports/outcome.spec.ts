import type { Recovered, RecoveredModel } from '@stemma/lineage';
import { judge } from './outcome';
import { pointOf } from './point';

const placed = (
  model: string,
  parent: string | null,
  confidence: number,
  runnersUp: RecoveredModel['runnersUp'] = [],
): RecoveredModel => ({
  model,
  parent,
  relation: null,
  verdict: parent === null ? 'root' : 'asserted',
  confidence,
  evidence: [],
  runnersUp,
});

const truth = [
  { model: 'r', tree: 't', parents: [] },
  { model: 'a', tree: 't', parents: ['r'] },
  { model: 'm', tree: 't', parents: ['r', 'a'] },
];

const recovered = (models: readonly RecoveredModel[]): Recovered => ({ models, direction: () => 1 });

describe('an outcome', () => {
  it('adds up what was given to true answers, found or not', () => {
    const outcome = judge(
      truth,
      recovered([
        placed('r', null, 0.5),
        placed('a', null, 0.7, [{ model: 'r', confidence: 0.2 }]),
        placed('m', 'a', 0.6, [
          { model: 'r', confidence: 0.3 },
          { model: null, confidence: 0.1 },
        ]),
      ]),
    );
    expect(outcome.trueAnswer).toBeCloseTo((0.5 + 0.2 + 0.9) / 3, 12);
    expect(outcome).toMatchObject({ trees: 2, directed: 0.5, rootsFound: 1 });
  });

  it('becomes a point with the mean and the spread of its draws', () => {
    const right = judge(truth, recovered([placed('r', null, 1), placed('a', 'r', 1), placed('m', 'a', 1)]));
    const wrong = judge(truth, recovered([placed('r', null, 1), placed('a', null, 1), placed('m', null, 1)]));
    const key = { graph: 'g', setting: 's', method: 'm' };
    expect(pointOf(key, [right, wrong, wrong, right])).toMatchObject({
      ...key,
      draws: 4,
      directed: 0.5,
      spread: 0.5,
      trees: 2,
    });
    expect(() => pointOf(key, [])).toThrow(/no draws of g, s/);
  });
});
