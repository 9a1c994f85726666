import { LAYER_TYPES, layerTypeOf, type LayerType, type NamedObservation } from '@stemma/lineage';
import { METHODS } from '../compare-methods';
import { ACCURACY_GRAPHS } from './accuracy';
import { sketchesOf, weightsOf, type Family } from './families';
import { decimal, pivot } from './markdown';
import { judge, ours, rightStageOf, theirs, treesOf } from './outcome';
import { dotPlot } from './dot-plot';
import { pointOf, type Point } from './point';
import { familyOf, titleOf, defineReport, type ReportContent } from './report';

const ALL = 'all layers';

export const layers = defineReport<readonly Point[]>({
  name: 'layers',
  title: 'Layer types',
  shows: 'Both methods on the matrices of one type alone: query, key, value, attention output, MLP.',
  measure: (families, onWork) =>
    ACCURACY_GRAPHS.flatMap((graph, done) => {
      onWork(done, ACCURACY_GRAPHS.length, `${layers.name}: ${graph}`);
      const family = familyOf(families, graph);
      const present = new Set(
        sketchesOf(family).flatMap(({ observation }) => observation.tensors.map(layerTypeOf)),
      );
      const settings = [null, ...LAYER_TYPES.filter((type) => present.has(type))];
      return settings.flatMap((type) => pointsOf(family, type));
    }),
  render: contentOf,
});

/** Null: all layers. */
function pointsOf(family: Family, type: LayerType | null): Point[] {
  const { graph, truth } = family;
  const key = { graph, setting: type ?? ALL };
  const only = type === null ? {} : { layers: [type], scoreLayers: [type] };
  const stage = rightStageOf(family, only);
  const mother = theirs(weightsOf(family), { ...only, stage, trees: treesOf(truth) });
  return [
    pointOf({ ...key, method: METHODS['stemma-sketch'] }, [judge(truth, ours(layersOf(family, type)))]),
    pointOf({ ...key, method: METHODS['mother-right'] }, [judge(truth, mother)]),
  ];
}

function layersOf(family: Family, type: LayerType | null): NamedObservation[] {
  return sketchesOf(family).map(({ model, observation }) => ({
    model,
    observation:
      type === null
        ? observation
        : { ...observation, tensors: observation.tensors.filter((tensor) => layerTypeOf(tensor) === type) },
  }));
}

function contentOf(points: readonly Point[]): ReportContent {
  const types = [ALL, ...LAYER_TYPES].filter((type) => points.some(({ setting }) => setting === type));
  const ordered = types.flatMap((type) => points.filter(({ setting }) => setting === type));
  const table = (figure: 'directed' | 'undirected' | 'directionGivenPair'): ReturnType<typeof pivot> =>
    pivot(
      [...ordered].sort((p, q) => order(p) - order(q)),
      {
        corner: 'layers',
        row: ({ setting }) => setting,
        column: ({ graph, method }) =>
          `${titleOf(graph)}: ${method === METHODS['stemma-sketch'] ? 'Stemma' : 'MoTHer'}`,
        cell: (point) => decimal(point[figure]),
      },
    );
  const order = ({ graph }: Point): number => ACCURACY_GRAPHS.indexOf(graph);
  return {
    sections: [
      { heading: 'Directed accuracy', text: NOTES, table: table('directed') },
      { heading: 'Undirected recall', text: [], table: table('undirected') },
      { heading: 'Direction given the pair', text: [], table: table('directionGivenPair') },
    ],
    plot: dotPlot({
      title: 'Directed accuracy on the matrices of one type',
      columns: 3,
      values: ordered.map((point) => ({
        panel: titleOf(point.graph),
        method: point.method,
        lane: point.setting,
        value: point.directed,
      })),
    }),
  };
}

const NOTES = [
  'Distance, score and evidence see the matrices of one type and nothing else. Stemma has sketches (of the same coordinates as ever: a sixth of the numbers, or less); MoTHer has the whole matrices, the number of trees and the stage that is right for this type. The LoRA graphs have attention matrices only; their trainings moved query and value alone, so that the others are the same in all models of a tree.',
];
