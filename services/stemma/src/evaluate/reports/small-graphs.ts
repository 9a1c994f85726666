import type { NamedObservation, TrueModel } from '@stemma/lineage';
import { METHODS } from '../compare-methods';
import { restrictTruth } from '../restrict-truth';
import { drawFor, drawItems, treesOfTruth } from './draws';
import { sketchesOf, weightsOf, type Family } from './families';
import { decimal, pivot } from './markdown';
import { comparedOnce, judge, measuredOnce, ours, theirs, type Outcome } from './outcome';
import { linePlot } from './line-plot';
import { rounded } from './point';
import { familyOf, defineReport, type ReportContent } from './report';

const GRAPHS = ['ft', 'lora-v', 'lora-f'];
const TREES = [1, 2, 5];
const SIZES = [1, 2, 3, 4, 6, 10, 21];
const DRAWS = 5;

const CLUSTERINGS = {
  stemma: METHODS['stemma-sketch'],
  given: 'MoTHer, trees given',
  estimated: 'MoTHer, trees estimated',
} as const;
type Clustering = keyof typeof CLUSTERINGS;

/** Means over draws and graphs. */
interface Clustered {
  readonly trees: number;
  readonly modelsPerTree: number;
  readonly method: string;
  readonly draws: number;
  readonly ari: number;
  /** Share of the draws in which the number of trees is right. */
  readonly numberRight: number;
}

export const smallGraphs = defineReport<readonly Clustered[]>({
  name: 'small-graphs',
  title: 'Clustering of small graphs',
  shows:
    'How well models are told apart by tree where there are few of them, with the number of trees found by Stemma, given to MoTHer, and estimated by MoTHer.',
  measure(families, onWork) {
    const clusterings = GRAPHS.map((graph) => clusteringsOf(familyOf(families, graph)));
    const settings = TREES.flatMap((trees) =>
      SIZES.filter((size) => trees * size > 1).map((size) => ({ trees, size })),
    );
    return settings.flatMap(({ trees, size }, done) => {
      onWork(done, settings.length, `${smallGraphs.name}: ${trees} trees of ${size}`);
      const outcomes = clusterings.flatMap((cluster) =>
        Array.from({ length: DRAWS }, (_, draw) => cluster(trees, size, draw)),
      );
      return (Object.keys(CLUSTERINGS) as Clustering[]).map((name) =>
        summarise(
          trees,
          size,
          name,
          outcomes.map((outcome) => outcome[name]),
        ),
      );
    });
  },
  render: contentOf,
});

function summarise(
  trees: number,
  modelsPerTree: number,
  name: Clustering,
  outcomes: readonly Outcome[],
): Clustered {
  const share = (figure: (outcome: Outcome) => number): number =>
    rounded(outcomes.reduce((sum, outcome) => sum + figure(outcome), 0) / outcomes.length);
  return {
    trees,
    modelsPerTree,
    method: CLUSTERINGS[name],
    draws: outcomes.length,
    ari: share(({ ari }) => ari),
    numberRight: share((outcome) => (outcome.trees === trees ? 1 : 0)),
  };
}

type ClusterDraw = (trees: number, size: number, draw: number) => Readonly<Record<Clustering, Outcome>>;

function clusteringsOf(family: Family): ClusterDraw {
  const compare = comparedOnce();
  const measure = measuredOnce();
  return (trees, size, draw) => {
    const truth = drawTrees(family, trees, size, draw);
    const kept = new Set(truth.map(({ model }) => model));
    const part = (models: readonly NamedObservation[]): NamedObservation[] =>
      models.filter(({ model }) => kept.has(model));
    const mother = (number: number | 'estimated'): Outcome =>
      judge(truth, theirs(part(weightsOf(family)), { stage: 'generalization', trees: number, measure }));
    return {
      stemma: judge(truth, ours(part(sketchesOf(family)), { compare })),
      given: mother(trees),
      estimated: mother('estimated'),
    };
  };
}

function drawTrees({ graph, truth }: Family, trees: number, size: number, draw: number): TrueModel[] {
  const uniform = drawFor(smallGraphs.name, graph, trees, size, draw);
  const drawn = drawItems(treesOfTruth(truth), trees, uniform).flatMap((tree) =>
    drawItems(tree, size, uniform),
  );
  return restrictTruth(truth, new Set(drawn.map(({ model }) => model)));
}

function contentOf(measured: readonly Clustered[]): ReportContent {
  const rows = [...measured].sort((p, q) => p.modelsPerTree - q.modelsPerTree || p.trees - q.trees);
  const table = (figure: 'ari' | 'numberRight'): ReturnType<typeof pivot> =>
    pivot(rows, {
      corner: 'models a tree',
      row: ({ modelsPerTree }) => String(modelsPerTree),
      column: ({ trees, method }) => `${plural(trees)}: ${method}`,
      cell: (row) => decimal(row[figure]),
    });
  return {
    sections: [
      {
        heading: 'Adjusted Rand index',
        text: [
          `Trees and their models are drawn at random, without regard to who is whose parent: ${DRAWS} draws from each of FT, LoRA-V and LoRA-F. 1 is the true clustering; chance is 0, but 1 where there is one tree alone and everything is put into it.`,
          'Where a common ancestor is missing Stemma leaves relatives apart that have both grown away from it: twins from one random initialisation look like this, and are not to be joined.',
        ],
        table: table('ari'),
      },
      {
        heading: 'The number of trees',
        text: ['Share of the draws in which it is right.'],
        table: table('numberRight'),
      },
    ],
    plot: linePlot({
      title: 'Clustering of small graphs',
      columns: TREES.length,
      x: { title: 'models a tree', order: SIZES.map(String) },
      y: { title: 'mean over draws' },
      values: (['ari', 'numberRight'] as const).flatMap((figure) =>
        rows.map((row) => ({
          panel: `${plural(row.trees)}: ${figure === 'ari' ? 'ARI' : 'right number'}`,
          method: row.method,
          x: String(row.modelsPerTree),
          y: row[figure],
        })),
      ),
    }),
  };
}

const plural = (trees: number): string => (trees === 1 ? '1 tree' : `${trees} trees`);
