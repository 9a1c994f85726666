import type { Evaluation, Stage } from '@stemma/lineage';
import { compareGraph, METHODS, type MethodName } from '../compare-methods';
import { sketchesOf, weightsOf, type Family } from './families';
import { decimal } from './markdown';
import { dotPlot } from './dot-plot';
import { rounded } from './point';
import { familyOf, titleOf, defineReport, type ReportContent, type Section } from './report';

type Metrics = Evaluation['graphs'][string];
type Figure = keyof Metrics['chance'];

/** Figures of one graph by method. */
export interface GraphAccuracy {
  readonly stage: Stage;
  readonly models: number;
  readonly edges: number;
  readonly graph: Readonly<Record<MethodName, Metrics>>;
  readonly trees: Readonly<Record<string, Readonly<Record<MethodName, Metrics>>>>;
}

export const ACCURACY_GRAPHS = ['ft', 'lora-v', 'lora-f', 'sd-like', 'llama-like', 'minilm'];

const FIGURES: readonly (readonly [Figure, string])[] = [
  ['directed', 'directed'],
  ['undirected', 'undirected'],
  ['rootsFound', 'roots found'],
  ['directionGivenPair', 'direction given the pair'],
  ['ari', 'ARI'],
  ['treesFound', 'trees found'],
  ['ece', 'ECE'],
];

const NAMES = Object.keys(METHODS) as MethodName[];

export const accuracy = defineReport<Readonly<Record<string, GraphAccuracy>>>({
  name: 'accuracy',
  title: 'Accuracy',
  shows:
    'How much of the true trees each method recovers, every figure beside what guessing reaches (in brackets).',
  measure: (families, onWork) =>
    Object.fromEntries(
      ACCURACY_GRAPHS.map((graph, done) => {
        onWork(done, ACCURACY_GRAPHS.length, `accuracy: ${graph}`);
        return [graph, measureAccuracy(familyOf(families, graph))];
      }),
    ),
  render: (data) => contentOf(Object.entries(data)),
});

/** All four methods on one family, its models as one heap. */
export function measureAccuracy(family: Family): GraphAccuracy {
  const { graph, truth } = family;
  const observations = { sketch: sketchesOf(family), weights: weightsOf(family) };
  const read = { name: graph, truth, observations, unreadable: [] };
  const { stage, evaluations } = compareGraph(read, () => undefined);
  const byMethod = (metricsOf: (evaluation: Evaluation) => Metrics): Record<MethodName, Metrics> =>
    Object.fromEntries(NAMES.map((name) => [name, roundedMetrics(metricsOf(evaluations[name]))])) as Record<
      MethodName,
      Metrics
    >;
  const trees = Object.keys(evaluations['stemma-sketch'].trees).filter((tree) => tree !== graph);
  return {
    stage,
    models: truth.length,
    edges: truth.filter(({ parents }) => parents.length > 0).length,
    graph: byMethod(({ graphs }) => graphs[graph]!),
    trees: Object.fromEntries(trees.map((tree) => [tree, byMethod((evaluation) => evaluation.trees[tree]!)])),
  };
}

function roundedMetrics({ chance, ...figures }: Metrics): Metrics {
  const round = <T extends object>(record: T): T =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, rounded(value as number)])) as T;
  return { ...round(figures), chance: round(chance) };
}

function contentOf(measured: readonly (readonly [string, GraphAccuracy])[]): ReportContent {
  return {
    plot: plotOf(measured),
    sections: measured.map(([graph, figures], i): Section => {
      const { models, edges, stage, trees } = figures;
      const families = Math.max(1, Object.keys(trees).length);
      const shape = `${models} models, ${families} ${families === 1 ? 'tree' : 'trees'}, ${edges} edges. The right stage for MoTHer is ${stage}.`;
      const rows = [
        ...rowsOf('all', figures.graph),
        ...Object.entries(trees).flatMap(([tree, ofTree]) => rowsOf(tree, ofTree)),
      ];
      return {
        heading: titleOf(graph),
        text: [...(i === 0 ? NOTES : []), ...(GRAPH_NOTES[graph] ?? []), shape],
        table: { columns: ['', 'method', ...FIGURES.map(([, title]) => title)], rows },
      };
    }),
  };
}

const NOTES = [
  'Stemma is told nothing: no stage, no number of trees. Each graph is one heap of models. MoTHer (the ICLR distance, kurtosis) has whole weights and is told the number of trees and the stage of training: right is the stage under which kurtosis points the right way on more of the true edges, wrong is the other one.',
  'Chance: *directed* knows the true undirected trees and draws each root; *undirected* draws spanning trees; *roots found* draws one model a tree; *direction given the pair* tosses a coin; *ARI* and *trees found* draw the clusters; *ECE* (better when lower) is as often right as the method and draws its confidence. MoTHer has no confidence and counts as certain.',
];

const GRAPH_NOTES: Readonly<Record<string, readonly string[]>> = {
  minilm: [
    'A real pretrained encoder, fine-tuned one to three times over; see [libs/zoo/pretrained](../../zoo/pretrained/README.md). It is one of the families that constants are fitted on ([fit](fit/README.md)): read its figures as a check that the fit is honest about a hard family, not as a test.',
  ],
};

const rowsOf = (name: string, byMethod: Readonly<Record<MethodName, Metrics>>): string[][] =>
  NAMES.map((method, i) => [
    i === 0 ? name : '',
    METHODS[method],
    ...FIGURES.map(([figure]) => {
      const { [figure]: value, chance } = byMethod[method];
      return `${decimal(value)} (${chance[figure].toFixed(2)})`;
    }),
  ]);

/** One panel a figure. */
function plotOf(measured: readonly (readonly [string, GraphAccuracy])[]): ReportContent['plot'] {
  const values = measured.flatMap(([graph, { graph: byMethod }]) =>
    NAMES.flatMap((method) =>
      FIGURES.filter(([figure]) => figure !== 'treesFound').map(([figure, title]) => ({
        lane: titleOf(graph),
        method: METHODS[method],
        panel: figure === 'ece' ? 'ECE (lower is better)' : title,
        value: byMethod[method][figure],
        chance: byMethod[method].chance[figure],
      })),
    ),
  );
  return dotPlot({
    title: 'Recovered trees against the truth (grey tick: what guessing reaches)',
    columns: 3,
    values,
  });
}
