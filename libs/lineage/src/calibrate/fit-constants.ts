import { type Constants, DEFAULT_CONSTANTS } from '../evidence/constants';
import type { MeasuredFamily } from './measured-family';
import { confidentScoreOf, type ConfidentScore, directionSurprise, scoreOf } from './score';

/** A constant that is fitted, and the values that are tried, ascending. */
export interface Knob {
  readonly name: NumericConstant;
  readonly values: readonly number[];
}

export type NumericConstant = {
  [Name in keyof Constants]: Constants[Name] extends number ? Name : never;
}[keyof Constants];

/** Constants that are fitted together, and what to: less is better. */
export interface Stage {
  readonly name: string;
  /** What `loss` measures, with its unit. */
  readonly loss: string;
  readonly knobs: readonly Knob[];
  readonly lossOf: (families: readonly MeasuredFamily[], constants: Constants) => number;
}

/**
 * In this order, since each stage uses what those before have fitted: what a pair's evidence weighs; what decides the tree; how sure
 * the answers are.
 */
export const STAGES: readonly Stage[] = [
  {
    name: 'direction of a pair',
    loss: 'surprise at the true direction (nats a true edge)',
    knobs: [
      { name: 'growthWeight', values: [0.1, 0.2, 0.3, 0.4, 0.6, 1] },
      { name: 'compression', values: [3, 10, 30, 100] },
      { name: 'embeddingWeight', values: [0, 0.04, 0.08, 0.15, 0.3] },
      { name: 'shrinkWeight', values: [0.25, 0.5, 1, 2] },
    ],
    lossOf: directionSurprise,
  },
  {
    name: 'forest',
    loss: 'edges not found, and a thousandth of those not even found undirected',
    knobs: [
      { name: 'alpha', values: [30, 100, 300, 1000] },
      { name: 'kappa', values: [0, 1, 3] },
      { name: 'crowdWeight', values: [0, 1, 2, 3, 4] },
      { name: 'crowdLogOddsMax', values: [2, 4, 8, 16, 32] },
    ],
    lossOf: (families, constants) => {
      const { edges, directed, undirected } = scoreOf(families, constants);
      return edges - directed + (edges - undirected) / 1000;
    },
  },
  {
    name: 'confidence',
    loss: 'surprise at the truth (nats a model)',
    knobs: [
      { name: 'confidenceAlpha', values: [25, 50, 100, 200, 400, 800] },
      { name: 'confidenceDirection', values: [0.25, 0.5, 0.75, 1, 1.5] },
      { name: 'lapse', values: [0.002, 0.005, 0.01, 0.02, 0.04] },
    ],
    lossOf: (families, constants) => confidentScoreOf(families, constants).surprise,
  },
];

/** Descents over all knobs of a stage; they have settled before in every case seen. */
const ROUNDS_MAX = 3;

export interface TriedValue {
  readonly value: number;
  readonly loss: number;
}

/** What every value of a knob gives while all others stand at the fitted ones. */
export interface FittedKnob {
  readonly stage: string;
  readonly name: NumericConstant;
  readonly fitted: number;
  readonly tried: readonly TriedValue[];
}

export interface Fit {
  readonly constants: Constants;
  readonly knobs: readonly FittedKnob[];
}

/**
 * Fits the constants of {@link STAGES} by coordinate descent over their grids, from `start`. A value replaces the present one only
 * where it is better; of equals the present one stays.
 */
export function fitConstants(
  families: readonly MeasuredFamily[],
  start: Constants = DEFAULT_CONSTANTS,
  onTried: () => void = () => undefined,
): Fit {
  let constants = start;
  const knobs: FittedKnob[] = [];
  for (const stage of STAGES) {
    for (let round = 0, settled = false; round < ROUNDS_MAX && !settled; round++) {
      settled = true;
      for (const knob of stage.knobs) {
        const best = bestOf(tryAll(stage, knob, families, constants, onTried), constants[knob.name]);
        if (best === constants[knob.name]) continue;
        constants = { ...constants, [knob.name]: best };
        settled = false;
      }
    }
    for (const knob of stage.knobs) {
      const tried = tryAll(stage, knob, families, constants, onTried);
      knobs.push({ stage: stage.name, name: knob.name, fitted: constants[knob.name], tried });
    }
  }
  return { constants, knobs };
}

function tryAll(
  stage: Stage,
  { name, values }: Knob,
  families: readonly MeasuredFamily[],
  constants: Constants,
  onTried: () => void,
): TriedValue[] {
  const present = constants[name];
  const all = values.includes(present) ? values : [...values, present].sort((x, y) => x - y);
  return all.map((value) => {
    onTried();
    return { value, loss: stage.lossOf(families, { ...constants, [name]: value }) };
  });
}

function bestOf(tried: readonly TriedValue[], present: number): number {
  const presentLoss = tried.find(({ value }) => value === present)!.loss;
  const least = tried.reduce((best, one) => (one.loss < best.loss ? one : best));
  return least.loss < presentLoss ? least.value : present;
}

export interface HeldOut {
  readonly group: string;
  /** Of the group that was left out, under the constants that were fitted without it. */
  readonly fittedWithout: ConfidentScore;
  /** The same under `constants` as they are committed. */
  readonly committed: ConfidentScore;
  readonly constants: Constants;
}

/** Leaves every group out once, fits on the rest, and scores what was left out. */
export function leaveOneOut(
  families: readonly MeasuredFamily[],
  committed: Constants = DEFAULT_CONSTANTS,
  onTried: () => void = () => undefined,
): HeldOut[] {
  const groups = [...new Set(families.map(({ group }) => group))];
  return groups.map((group) => {
    const out = families.filter((family) => family.group === group);
    const rest = families.filter((family) => family.group !== group);
    const { constants } = fitConstants(rest, committed, onTried);
    return {
      group,
      fittedWithout: confidentScoreOf(out, constants),
      committed: confidentScoreOf(out, committed),
      constants,
    };
  });
}
