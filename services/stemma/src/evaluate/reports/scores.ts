import type { MotherDistance, MotherOptions, ScoreKind } from '@stemma/lineage';
import { METHODS } from '../compare-methods';
import { sketchesOf, weightsOf, type Family } from './families';
import { decimal, pivot } from './markdown';
import { judge, measuredOnce, ours, rightStageOf, theirs, treesOf } from './outcome';
import { barPlot } from './bar-plot';
import { pointOf, type Point } from './point';
import { familyOf, titleOf, defineReport, type ReportContent } from './report';
import { ACCURACY_GRAPHS } from './accuracy';

const SCORES: readonly ScoreKind[] = ['mean', 'variance', 'skewness', 'kurtosis', 'entropy'];
const DISTANCES: readonly MotherDistance[] = ['v1', 'iclr', 'lora'];
const OURS = 'growth (Stemma)';
const OUR_DISTANCE = 'log-determinants (Stemma)';

/** The paper's method with each score, told for each the stage under which it is more often right. */
export const scores = defineReport<readonly Point[]>({
  name: 'scores',
  title: 'Directional scores',
  shows:
    'How often each score of the paper tells the direction of a true edge when the right one of both signs is given, beside growth, which is given nothing.',
  measure: (families, onWork) =>
    ACCURACY_GRAPHS.flatMap((graph, done) => {
      onWork(done, ACCURACY_GRAPHS.length, `${scores.name}: ${graph}`);
      const family = familyOf(families, graph);
      const measure = measuredOnce();
      return [
        ...SCORES.map((score) => motherPoint(family, score, { score, measure })),
        pointOf({ graph, setting: OURS, method: METHODS['stemma-sketch'] }, [
          judge(family.truth, ours(sketchesOf(family))),
        ]),
      ];
    }),
  render: (points) =>
    contentOf(points, {
      figure: 'directionGivenPair',
      title: 'Direction of a true edge',
      corner: 'score',
      chance: 0.5,
      headings: ['Direction given the pair', 'Directed accuracy of the whole method'],
      notes: SCORE_NOTES,
    }),
});

export const distances = defineReport<readonly Point[]>({
  name: 'distances',
  title: 'Distances',
  shows: "The paper's method with each of its distances and the right stage, beside Stemma's.",
  measure: (families, onWork) =>
    ACCURACY_GRAPHS.flatMap((graph, done) => {
      onWork(done, ACCURACY_GRAPHS.length, `${distances.name}: ${graph}`);
      const family = familyOf(families, graph);
      return [
        ...DISTANCES.map((distance) => motherPoint(family, distance, { distance })),
        pointOf({ graph, setting: OUR_DISTANCE, method: METHODS['stemma-sketch'] }, [
          judge(family.truth, ours(sketchesOf(family))),
        ]),
      ];
    }),
  render: (points) =>
    contentOf(points, {
      figure: 'undirected',
      title: 'True edges that were found, in either direction',
      corner: 'distance',
      headings: ['Undirected recall', 'Directed accuracy'],
      notes: DISTANCE_NOTES,
    }),
});

function motherPoint(family: Family, setting: string, options: Partial<MotherOptions>): Point {
  const stage = rightStageOf(family, { score: options.score });
  const recovered = theirs(weightsOf(family), { ...options, stage, trees: treesOf(family.truth) });
  const key = { graph: family.graph, setting, method: METHODS['mother-right'] };
  return pointOf(key, [judge(family.truth, recovered)]);
}

interface Layout {
  /** Of the first table and the plot. */
  readonly figure: 'directionGivenPair' | 'undirected';
  readonly title: string;
  readonly corner: string;
  readonly chance?: number;
  readonly headings: readonly [string, string];
  readonly notes: readonly string[];
}

function contentOf(points: readonly Point[], layout: Layout): ReportContent {
  const table = (figure: 'directionGivenPair' | 'directed' | 'undirected'): ReturnType<typeof pivot> =>
    pivot(points, {
      corner: layout.corner,
      row: ({ setting }) => setting,
      column: ({ graph }) => titleOf(graph),
      cell: (point) => decimal(point[figure]),
    });
  return {
    sections: [
      { heading: layout.headings[0], text: layout.notes, table: table(layout.figure) },
      { heading: layout.headings[1], text: [], table: table('directed') },
    ],
    plot: barPlot({
      title: layout.title,
      columns: 3,
      chance: layout.chance,
      values: points.map((point) => ({
        panel: titleOf(point.graph),
        bar: point.setting,
        value: point[layout.figure],
        method: point.method,
      })),
    }),
  };
}

const SCORE_NOTES = [
  'Every score is summed over all matrices of the whole weights and is told, graph by graph, whether it rises or falls along an edge: the sign with which it is more often right on the true edges. That is an oracle, and why no figure is under 0.5. Growth is not told anything.',
];

const DISTANCE_NOTES = [
  '*v1*: the largest difference of one entry, every matrix scaled to 0..1. *iclr*: the mean over square attention matrices of the root mean square difference. *lora*: the sum over value matrices of the rank of the difference, up to what rounding gives. All on whole weights, with the number of trees and the right stage given. Stemma has sketches and neither.',
];
