import assert from 'node:assert/strict';
import type { Evidence } from '../evidence/describe';
import { minimumArborescence } from '../forest/arborescence';
import type { NamedObservation, Recovered, RecoveredModel } from '../recover/recovered';
import { wardClusters } from './clustering';
import { directionalScore, type ScoreKind } from './directional-score';
import { type DistanceOptions, motherDistance } from './layer-distance';
import type { LayerType } from './layer-type';

/** In the generalisation stage (pretraining and going on with it) the score rises along an edge, in specialisation it falls. */
export type Stage = 'generalization' | 'specialization';

export interface MotherOptions extends DistanceOptions {
  /** Of all models, or of each by its name: the stage of the training that made it. The method must be told. */
  readonly stage: Stage | ReadonlyMap<string, Stage>;
  /** Number of trees among the models, or found by the largest gap of the clustering. */
  readonly trees: number | 'estimated';
  readonly score?: ScoreKind | undefined;
  /** Layers that the score sums over; all by default. */
  readonly scoreLayers?: readonly LayerType[] | undefined;
  /** λ as a share of the mean distance. */
  readonly lambda?: number | undefined;
  /** In place of `motherDistance`, for who recovers the same models again and again. */
  readonly measure?: typeof motherDistance | undefined;
}

const LAMBDA = 0.3;

/** Distances and penalties of a set of models, by their places. */
interface MotherMatrices {
  readonly names: readonly string[];
  readonly distances: readonly (readonly number[])[];
  readonly scores: readonly number[];
  /** T: whether the stage of the training that made a model turns the score's direction around. */
  readonly turned: readonly boolean[];
}

/**
 * Model trees as [M] recovers them, for comparison: distances between whole weights, Ward clustering into trees, then in
 * each tree the minimum arborescence of M = D + λ (K ⊕ T), where K penalises an edge along which the score falls, T is
 * set where the child's stage turns that around, and λ is a share of the mean of D, its zero diagonal included.
 * The method has no confidence: every answer is given with 1.
 */
export function recoverMother(models: readonly NamedObservation[], options: MotherOptions): Recovered {
  const matrices = matricesOf(models, options);
  const clusterOf = wardClusters(matrices.distances, options.trees);
  const parents = new Array<number | null>(models.length).fill(null);
  for (const cluster of new Set(clusterOf)) {
    const members = models.flatMap((_, i) => (clusterOf[i] === cluster ? [i] : []));
    const found = treeOf(members, matrices, options.lambda ?? LAMBDA);
    members.forEach((member, i) => (parents[member] = found[i]!));
  }
  const places = new Map(matrices.names.map((name, place) => [name, place]));
  return {
    models: models.map((_, place) => describeModel(place, parents[place]!, matrices)),
    direction: (parent, child) => directionOf(places.get(parent)!, places.get(child)!, matrices),
  };
}

function matricesOf(models: readonly NamedObservation[], options: MotherOptions): MotherMatrices {
  const stageOf = (name: string): Stage => {
    const stage = typeof options.stage === 'string' ? options.stage : options.stage.get(name);
    assert(stage !== undefined, `a stage for every model expected, none found for ${name}`);
    return stage;
  };
  return {
    names: models.map(({ model }) => model),
    distances: measureDistances(models, options),
    scores: models.map(({ observation }) =>
      directionalScore(observation, options.score ?? 'kurtosis', options.scoreLayers),
    ),
    turned: models.map(({ model }) => stageOf(model) === 'specialization'),
  };
}

/** Models that cannot be compared are put twice as far apart as any that can. */
function measureDistances(models: readonly NamedObservation[], options: MotherOptions): number[][] {
  const measure = options.measure ?? motherDistance;
  const distances = models.map(() => new Array<number>(models.length).fill(0));
  const apart: (readonly [number, number])[] = [];
  let largest = 0;
  models.forEach(({ observation }, a) => {
    for (let b = 0; b < a; b++) {
      const other = models[b]!.observation;
      const comparable = other.architecture === observation.architecture;
      const distance = comparable ? measure(observation, other, options) : null;
      if (distance === null) apart.push([a, b]);
      else distances[a]![b] = distances[b]![a] = distance;
      largest = Math.max(largest, distance ?? 0);
    }
  });
  for (const [a, b] of apart) distances[a]![b] = distances[b]![a] = 2 * Math.max(largest, 1);
  return distances;
}

/** K ⊕ T: whether the score speaks against the edge. Equal scores never do, whatever the stage. */
function isPenalised(parent: number, child: number, { scores, turned }: MotherMatrices): boolean {
  return turned[child] ? scores[parent]! < scores[child]! : scores[parent]! > scores[child]!;
}

function directionOf(parent: number, child: number, matrices: MotherMatrices): number {
  return Number(isPenalised(child, parent, matrices)) - Number(isPenalised(parent, child, matrices));
}

/** Steps that the largest cost of a tree is divided into, so that the arborescence is exact. */
const STEPS = 2 ** 36;

/** The parent of each member of one tree, in their order; null for its root. */
function treeOf(members: readonly number[], matrices: MotherMatrices, lambda: number): (number | null)[] {
  const distance = (a: number, b: number): number => matrices.distances[a]![b]!;
  const sum = members.reduce((total, a) => members.reduce((row, b) => row + distance(a, b), total), 0);
  const penalty = (lambda * sum) / members.length ** 2;
  const edges = members.flatMap((parent, tail) =>
    members.flatMap((child, head) => {
      if (parent === child) return [];
      const cost = distance(parent, child) + (isPenalised(parent, child, matrices) ? penalty : 0);
      return [{ tail, head, cost }];
    }),
  );
  const largest = edges.reduce((most, { cost }) => Math.max(most, cost), Number.MIN_VALUE);
  // Dearer than any tree: one member alone becomes the root.
  const rootCost = (members.length + 1) * STEPS;
  const { parents } = minimumArborescence({
    nodes: members.length,
    tails: Int32Array.from(edges, ({ tail }) => tail + 1),
    heads: Int32Array.from(edges, ({ head }) => head + 1),
    costs: Float64Array.from(edges, ({ cost }) => Math.round((cost / largest) * STEPS)),
    rootCosts: new Float64Array(members.length + 1).fill(rootCost),
  });
  return members.map((_, i) => (parents[i + 1] === 0 ? null : members[parents[i + 1]! - 1]!));
}

function describeModel(place: number, parent: number | null, matrices: MotherMatrices): RecoveredModel {
  const model = matrices.names[place]!;
  const certain = { model, confidence: 1, runnersUp: [] };
  if (parent === null) return { ...certain, parent: null, relation: null, verdict: 'root', evidence: [] };
  const name = matrices.names[parent]!;
  const evidence = describeEdge(parent, place, matrices);
  return { ...certain, parent: name, relation: 'finetune', verdict: 'asserted', evidence };
}

function describeEdge(parent: number, child: number, matrices: MotherMatrices): Evidence[] {
  const distance = matrices.distances[parent]![child]!;
  const rise = matrices.scores[child]! - matrices.scores[parent]!;
  const expected = matrices.turned[child] ? 'falls' : 'rises';
  const agrees = isPenalised(parent, child, matrices) ? 'against' : 'with';
  return [
    {
      kind: 'distance',
      figure: distance,
      logOdds: 0,
      sentence: `The distance is ${distance.toPrecision(3)}.`,
    },
    {
      kind: 'kurtosis',
      figure: rise,
      logOdds: 0,
      sentence: `The score changes by ${rise.toPrecision(3)}, ${agrees} the stage given, in which it ${expected}.`,
    },
  ];
}
