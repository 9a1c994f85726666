import type { Constants } from '@stemma/lineage';
import { ACCURACY_GRAPHS } from './accuracy';
import { conversionsOf } from './conversions';
import { sketchesOf } from './families';
import { decimal, pivot } from './markdown';
import { judge, ours } from './outcome';
import { heatPlot } from './heat-plot';
import { pointOf, type Point } from './point';
import { familyOf, titleOf, defineReport, type ReportContent } from './report';

const OFF: Partial<Constants> = { growthWeight: 0, embeddingWeight: 0, shrinkWeight: 0, conversionWeight: 0 };

/** What is switched off, and how. */
const SETTINGS: readonly (readonly [string, Partial<Constants>])[] = [
  ['everything on', {}],
  ['no growth of matrices', { growthWeight: 0 }],
  ['no turned embedding rows', { embeddingWeight: 0 }],
  ['no certificate of decay', { shrinkWeight: 0 }],
  ['no crowd', { crowdWeight: 0 }],
  ['no marks of conversions', { conversionWeight: 0 }],
  ['plain distance', { distanceKind: 'plain' }],
  ['no kinship test', { zMin: -Infinity, possibleMin: -Infinity, kinSineSquareMax: Infinity }],
  ['growth of matrices alone', { ...OFF, growthWeight: 1, crowdWeight: 0 }],
  ['crowd alone', OFF],
  ['no direction at all', { ...OFF, crowdWeight: 0 }],
];

const FIGURES = [
  ['directed', 'Directed accuracy'],
  ['trueAnswer', 'Probability given to the true answer'],
  ['directionGivenPair', 'Direction given the pair'],
  ['undirected', 'Undirected recall'],
  ['ari', 'Adjusted Rand index'],
  ['ece', 'ECE (lower is better)'],
] as const;

export const evidence = defineReport<readonly Point[]>({
  name: 'evidence',
  title: 'Evidence switched off',
  shows:
    'What every piece of evidence is worth: Stemma from sketches, with one piece at a time switched off.',
  async measure(families, onWork) {
    const ofGraphs = ACCURACY_GRAPHS.map((graph) => familyOf(families, graph));
    const all = [...ofGraphs, await conversionsOf(familyOf(families, 'ft'))];
    return SETTINGS.flatMap(([setting, constants], i) =>
      all.map((family, k) => {
        onWork(i * all.length + k, SETTINGS.length * all.length, `${evidence.name}: ${setting}`);
        return pointOf({ graph: family.graph, setting, method: 'Stemma' }, [
          judge(family.truth, ours(sketchesOf(family), { constants })),
        ]);
      }),
    );
  },
  render: contentOf,
});

function contentOf(points: readonly Point[]): ReportContent {
  return {
    sections: FIGURES.map(([figure, heading], i) => ({
      heading,
      text: i === 0 ? NOTES : [],
      table: pivot(points, {
        corner: '',
        row: ({ setting }) => setting,
        column: ({ graph }) => titleOf(graph),
        cell: (point) => decimal(point[figure]),
      }),
    })),
    plot: heatPlot({
      title: 'Stemma from sketches with pieces of its evidence switched off',
      domain: [0.4, 1],
      values: FIGURES.slice(0, 2).flatMap(([figure, panel]) =>
        points.map((point) => ({
          panel,
          row: point.setting,
          column: titleOf(point.graph),
          value: point[figure],
        })),
      ),
    }),
  };
}

const NOTES = [
  'Weights of 0 in `Constants` switch evidence off; the constants are not fitted again without it. *Plain distance* is the logarithm of the relative mean square of the difference in place of the determinant. *No kinship test* takes every pair of one architecture for kin. *No direction at all* leaves the distance: ties are then broken by content.',
  '*conversions*: the roots of FT and their children, each with a copy of itself: two a tree are cast to bfloat16, two quantised to 8 bits, one pruned by a fifth. MiniLM alone has a token embedding. Constants are fitted on MiniLM among other families.',
];
