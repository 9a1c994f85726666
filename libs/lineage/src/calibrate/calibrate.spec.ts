import { DEFAULT_CONSTANTS } from '../evidence/constants';
import { family } from '../recover/family.testing';
import { recoverForest } from '../recover/recover-forest';
import { fitConstants, leaveOneOut, STAGES } from './fit-constants';
import { countKinship } from './kinship-margins';
import { measureFamily } from './measure-family';
import { recoverConfidently, recoverMeasured } from './measured-family';
import { confidentScoreOf, directionSurprise, scoreOf } from './score';

const PARENTS = { r: null, a: 'r', b: 'r', c: 'a', d: 'a', e: 'c', s: null, t: 's' };

function measured(name: string, group: string) {
  const models = family(PARENTS).map((one) => {
    const parent = PARENTS[one.model as keyof typeof PARENTS];
    return { ...one, parents: parent === null ? [] : [parent] };
  });
  return { models, family: measureFamily(name, group, models) };
}

describe('a measured family', () => {
  const { models, family: one } = measured('one', 'g');

  it('leaves strangers out and keeps every true edge', () => {
    const inOneTree = (a: number, b: number) => a >= 6 === b >= 6;
    expect(one.pairs).toHaveLength(15 + 1);
    expect(one.pairs.every(({ a, b }) => inOneTree(a, b))).toBe(true);
    expect(one.models.map(({ parents }) => parents)).toEqual([[], [0], [0], [1], [1], [3], [], [6]]);
  });

  it('is recovered as its observations are, to the last bit of every confidence', () => {
    const recovered = recoverForest(models, { merges: false });
    const answers = recoverConfidently(one, DEFAULT_CONSTANTS);
    expect(answers.map(({ confidence }) => confidence)).toEqual(
      recovered.models.map(({ confidence }) => confidence),
    );
    expect(answers.map(({ right }) => right)).toEqual(
      recovered.models.map(({ model, parent }) => parent === PARENTS[model as keyof typeof PARENTS]),
    );
    expect(recoverMeasured(one, DEFAULT_CONSTANTS).map(({ right }) => right)).toEqual(
      answers.map(({ right }) => right),
    );
  });

  it('follows the constants: without evidence for a direction, no direction is likelier', () => {
    const silent = { ...DEFAULT_CONSTANTS, growthWeight: 0, crowdWeight: 0 };
    expect(directionSurprise([one], silent)).toBeCloseTo(Math.LN2, 12);
    expect(directionSurprise([one], DEFAULT_CONSTANTS)).toBeLessThan(0.3);
    expect(scoreOf([one], silent).undirected).toBe(6);
  });
});

describe('fitConstants', () => {
  const families = ['one', 'two'].map((name) => measured(name, name).family);

  it('finds values that are no worse than those it starts with, at each of its stages', () => {
    const start = { ...DEFAULT_CONSTANTS, growthWeight: 0.1, confidenceAlpha: 25, lapse: 0.04 };
    const { constants, knobs } = fitConstants(families, start);
    for (const stage of STAGES) {
      const before = {
        ...constants,
        ...Object.fromEntries(stage.knobs.map(({ name }) => [name, start[name]])),
      };
      expect(stage.lossOf(families, constants)).toBeLessThanOrEqual(stage.lossOf(families, before));
    }
    expect(constants.growthWeight).toBeGreaterThan(0.1);
    expect(confidentScoreOf(families, constants).surprise).toBeLessThan(
      confidentScoreOf(families, start).surprise,
    );
    for (const { name, fitted, tried } of knobs) {
      expect(constants[name]).toBe(fitted);
      expect(Math.min(...tried.map(({ loss }) => loss))).toBe(
        tried.find(({ value }) => value === fitted)!.loss,
      );
    }
  });

  it('keeps a present value that no other beats', () => {
    const { constants } = fitConstants(families);
    expect(constants.kappa).toBe(DEFAULT_CONSTANTS.kappa);
    expect(constants.embeddingWeight).toBe(DEFAULT_CONSTANTS.embeddingWeight);
  });

  it('scores a group with constants that were fitted without it', () => {
    const heldOut = leaveOneOut(families);
    expect(heldOut.map(({ group }) => group)).toEqual(['one', 'two']);
    for (const [i, { constants, fittedWithout }] of heldOut.entries()) {
      expect(constants).toEqual(fitConstants([families[1 - i]!]).constants);
      expect(fittedWithout).toEqual(confidentScoreOf([families[i]!], constants));
    }
  });
});

describe('countKinship', () => {
  it('counts true edges that are lost and relatives without a common ancestor that are joined', () => {
    const { family: one } = measured('one', 'g');
    const twins = { ...one, models: one.models.map(({ model }) => ({ model, parents: [] })) };
    const never = {
      ...DEFAULT_CONSTANTS,
      kinCorrelationMin: 2,
      kinSineSquareMax: -1,
    };
    expect(countKinship([one], DEFAULT_CONSTANTS)).toEqual({
      edges: 6,
      edgesLost: 0,
      unrelated: 0,
      unrelatedJoined: 0,
    });
    expect(countKinship([one], never)).toEqual({ edges: 6, edgesLost: 6, unrelated: 0, unrelatedJoined: 0 });
    expect(countKinship([twins], DEFAULT_CONSTANTS)).toEqual({
      edges: 0,
      edgesLost: 0,
      unrelated: 16,
      unrelatedJoined: 16,
    });
  });
});
