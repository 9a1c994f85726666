import {
  evaluateGraph,
  joinEvaluations,
  motherDistance,
  recoverForest,
  recoverMother,
  type Evaluation,
  type NamedObservation,
  type Stage,
} from '@stemma/lineage';
import { knownOf, readTruths, type OnWork } from './evaluate-folder';
import { rememberPairs } from './remember-pairs';
import { readGraph, type ReadGraph, type UnreadableModel } from './read-graph';

/** Ours on what a hub's reader keeps and on all weights; the paper's, which must be told the training stage, told right and wrong. */
export const METHODS = {
  'stemma-sketch': 'Stemma (sketch)',
  'stemma-weights': 'Stemma (full weights)',
  'mother-right': 'MoTHer, right stage',
  'mother-wrong': 'MoTHer, wrong stage',
} as const;

export type MethodName = keyof typeof METHODS;

export interface Comparison {
  readonly methods: Readonly<Record<MethodName, Evaluation>>;
  /** By graph, the stage that is right: under which the paper's score points the right way on more of the true edges. */
  readonly stages: Readonly<Record<string, Stage>>;
  readonly unreadable: readonly UnreadableModel[];
}

const NAMES = Object.keys(METHODS) as MethodName[];

/** Evaluates all four methods on every graph of some folders. The paper's is given whole weights and the number of trees. */
export async function compareMethods(folders: readonly string[], onWork?: OnWork): Promise<Comparison> {
  const graphs = await readTruths(folders);
  const models = [...graphs.values()].reduce((sum, { length }) => sum + length, 0);
  const total = (1 + NAMES.length) * models;
  const compared: ComparedGraph[] = [];
  const unreadable: UnreadableModel[] = [];
  let done = 0;
  for (const [name, ofGraph] of graphs) {
    const graph = await readGraph(name, ofGraph, ['sketch', 'weights'], () =>
      onWork?.(++done, total, `${name}: reading`),
    );
    unreadable.push(...graph.unreadable);
    compared.push(
      compareGraph(graph, (what) => {
        onWork?.(done, total, `${name}: ${what}`);
        done += ofGraph.length;
      }),
    );
  }
  const methods = Object.fromEntries(
    NAMES.map((name) => [name, joinEvaluations(compared.map(({ evaluations }) => evaluations[name]))]),
  ) as Record<MethodName, Evaluation>;
  return {
    methods,
    stages: Object.fromEntries(compared.map(({ name, stage }) => [name, stage])),
    unreadable,
  };
}

export interface ComparedGraph {
  readonly name: string;
  readonly stage: Stage;
  readonly evaluations: Readonly<Record<MethodName, Evaluation>>;
}

/** All four methods on one graph that was read in both ways. */
export function compareGraph(graph: ReadGraph, onMethod: (what: string) => void): ComparedGraph {
  const { sketch, weights } = graph.observations;
  const ours = (models: readonly NamedObservation[]): Evaluation =>
    evaluateGraph(graph.name, graph.truth, recoverForest(models));
  onMethod(METHODS['stemma-sketch']);
  const fromSketches = ours(sketch);
  onMethod(METHODS['stemma-weights']);
  const fromWeights = ours(weights);
  onMethod(METHODS['mother-right']);
  const measure = rememberPairs(motherDistance);
  const theirs = (stage: Stage): Evaluation => {
    const { trees } = knownOf(graph);
    const recovered = recoverMother(weights, { stage, trees, distance: 'iclr', measure });
    return evaluateGraph(graph.name, graph.truth, recovered);
  };
  const specialization = theirs('specialization');
  onMethod(METHODS['mother-wrong']);
  const generalization = theirs('generalization');
  const stage = rightStage(graph.name, { specialization, generalization });
  const [right, wrong] =
    stage === 'specialization' ? [specialization, generalization] : [generalization, specialization];
  return {
    name: graph.name,
    stage,
    evaluations: {
      'stemma-sketch': fromSketches,
      'stemma-weights': fromWeights,
      'mother-right': right,
      'mother-wrong': wrong,
    },
  };
}

/**
 * Which of both answers to a method's question was the right one. Taken from the truth, since a word for a training does not settle
 * it: kurtosis rises along the fine-tunings of the zoo, which by that word should be specialisations.
 */
function rightStage(graph: string, answers: Readonly<Record<Stage, Evaluation>>): Stage {
  const score = (stage: Stage): number => answers[stage].graphs[graph]!.directionGivenPair;
  return score('generalization') > score('specialization') ? 'generalization' : 'specialization';
}
