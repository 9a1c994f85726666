// Typed arrays are read with `!` here: every index is bounded by the number of coordinates.
import { comparePair } from './compare-pair';
import type { Observation } from './observation';

/** A model and the family that it is of: models of two families are strangers. */
export interface FamilyModel {
  readonly family: string;
  readonly observation: Observation;
}

/** All pairs of strangers in a heap of models of one architecture. */
export interface StrangerTally {
  readonly pairs: number;
  /** Largest |z| and correlation, least 1 − cos² of a tensor. */
  readonly zMax: number;
  readonly correlationMax: number;
  readonly sineSquareMin: number;
  /** Pairs that are possible relatives, and pairs that are kin. */
  readonly possible: number;
  readonly joined: number;
}

// Looked up once: in jest's sandbox a look-up of a global costs more than the arithmetic.
const { abs, max, min, sqrt } = Math;

/** From here on a pair is compared in full: kin are relatives first, and relatives have a z far above this. */
const SUSPECT_Z = 4.5;

/**
 * Counts strangers that are joined. Centring and scaling is done once a model, so that a pair costs one inner product a tensor;
 * whatever comes near kinship goes through `comparePair`. Numbers must be finite, formats alike, tensors in one order.
 */
export function tallyStrangers(models: readonly FamilyModel[]): StrangerTally {
  const scaled = models.map(({ observation }) => scaleTensors(observation));
  const tally = { pairs: 0, zMax: 0, correlationMax: -1, sineSquareMin: 1, possible: 0, joined: 0 };
  const tensors = scaled[0]?.ends.length ?? 0;
  const products = new Float64Array(BLOCK * tensors);
  for (let begin = 0; begin < models.length; begin += BLOCK) {
    const block = scaled.slice(begin, begin + BLOCK);
    while (block.length < BLOCK) block.push(block[0]!);
    for (let a = 0; a < min(begin + BLOCK, models.length); a++) {
      multiply(scaled[a]!, block, products);
      for (let k = 0; k < BLOCK; k++) {
        const b = begin + k;
        if (b <= a || b >= models.length || models[a]!.family === models[b]!.family) continue;
        const near = nearness(scaled[a]!, scaled[b]!, products.subarray(k * tensors, (k + 1) * tensors));
        tally.pairs++;
        tally.zMax = max(tally.zMax, abs(near.z));
        tally.correlationMax = max(tally.correlationMax, near.correlation);
        tally.sineSquareMin = min(tally.sineSquareMin, near.sineSquareMin);
        if (near.z < SUSPECT_Z) continue;
        const { kinship } = comparePair(models[a]!.observation, models[b]!.observation);
        if (kinship === 'possible') tally.possible++;
        if (kinship === 'kin') tally.joined++;
      }
    }
  }
  return tally;
}

/** Models against which one is multiplied at a time. */
const BLOCK = 4;

interface ScaledModel {
  /** Tensor after tensor, each less its mean and of length one; all zeros where it is a constant. */
  readonly values: Float32Array;
  /** Where each tensor ends. */
  readonly ends: readonly number[];
  readonly means: Float64Array;
  /** Length of a tensor less its mean, and its sum of squares. */
  readonly lengths: Float64Array;
  readonly squares: Float64Array;
}

function scaleTensors({ tensors }: Observation): ScaledModel {
  const values = new Float32Array(tensors.reduce((sum, tensor) => sum + tensor.values.length, 0));
  const [means, lengths, squares] = [0, 1, 2].map(() => new Float64Array(tensors.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const ends: number[] = [];
  let end = 0;
  for (const [t, { values: numbers }] of tensors.entries()) {
    let sum = 0;
    for (let i = 0; i < numbers.length; i++) {
      sum += numbers[i]!;
      squares[t]! += numbers[i]! ** 2;
    }
    means[t] = sum / numbers.length;
    const spread = squares[t]! - sum * means[t];
    lengths[t] = spread > 1e-12 * squares[t]! ? sqrt(spread) : 0;
    if (lengths[t] > 0)
      for (let i = 0; i < numbers.length; i++) values[end + i] = (numbers[i]! - means[t]) / lengths[t];
    end += numbers.length;
    ends.push(end);
  }
  return { values, ends, means, lengths, squares };
}

/** Inner products, tensor by tensor, of one model with each of a block of four. */
function multiply({ values: a, ends }: ScaledModel, block: readonly ScaledModel[], out: Float64Array): void {
  const [p, q, r, s] = block.map(({ values }) => values) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  let i = 0;
  for (let t = 0; t < ends.length; t++) {
    let [sumP, sumQ, sumR, sumS] = [0, 0, 0, 0];
    for (const end = ends[t]!; i < end; i++) {
      const x = a[i]!;
      sumP += x * p[i]!;
      sumQ += x * q[i]!;
      sumR += x * r[i]!;
      sumS += x * s[i]!;
    }
    out[t] = sumP;
    out[t + ends.length] = sumQ;
    out[t + 2 * ends.length] = sumR;
    out[t + 3 * ends.length] = sumS;
  }
}

interface Nearness {
  readonly correlation: number;
  readonly z: number;
  readonly sineSquareMin: number;
}

/** As `comparePair` has them: a tensor that is a constant in one of both has no correlation. */
function nearness(a: ScaledModel, b: ScaledModel, products: Float64Array): Nearness {
  let sum = 0;
  let coordinates = 0;
  let sineSquareMin = 1;
  for (let t = 0, begin = 0; t < products.length; begin = a.ends[t++]!) {
    const count = a.ends[t]! - begin;
    const isVaried = a.lengths[t]! > 0 && b.lengths[t]! > 0;
    const squares = a.squares[t]! * b.squares[t]!;
    if (!isVaried && a.means[t]! === b.means[t]!) continue;
    if (isVaried) {
      sum += count * products[t]!;
      coordinates += count;
    }
    const product = products[t]! * a.lengths[t]! * b.lengths[t]! + count * a.means[t]! * b.means[t]!;
    if (squares > 0) sineSquareMin = min(sineSquareMin, max(0, 1 - product ** 2 / squares));
  }
  const correlation = coordinates === 0 ? 0 : sum / coordinates;
  return { correlation, z: correlation * sqrt(coordinates), sineSquareMin };
}
