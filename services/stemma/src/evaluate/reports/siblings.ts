import type { TrueModel } from '@stemma/lineage';
import { METHODS } from '../compare-methods';
import { sketchesOf, weightsOf, type Family } from './families';
import { decimal, pivot } from './markdown';
import { judge, ours, rightStageOf, theirs, treesOf } from './outcome';
import { linePlot } from './line-plot';
import { pointOf, rounded, type Point, type PointFigure } from './point';
import { familyOf, defineReport, type ReportContent } from './report';

/** Graphs of `eval/siblings`, from unlike to nearly identical, and what their siblings differ in. */
const DEGREES: Readonly<Record<string, string>> = {
  'other-task': 'the task',
  'other-seed': 'the order of the data and the fresh head',
  'half-head': 'half of the fresh head',
  'other-order': 'the order of the data',
  'other-rate': 'the learning rate, by 1 %',
};

/** Of each: its table's heading, its panel's title. */
const FIGURES: readonly (readonly [PointFigure, string, string])[] = [
  ['directed', 'Directed accuracy', 'directed'],
  ['undirected', 'Undirected recall', 'undirected'],
  ['directionGivenPair', 'Direction given the pair', 'direction given the pair'],
  ['ece', 'ECE (lower is better)', 'ECE (lower is better)'],
];

interface Siblings {
  /** Mean cosine of what two siblings changed, by degree. */
  readonly likeness: Readonly<Record<string, number>>;
  readonly points: readonly Point[];
}

export const siblings = defineReport<Siblings>({
  name: 'siblings',
  title: 'Near-identical siblings',
  shows:
    'What becomes of the trees as siblings grow alike, up to trainings that differ in the learning rate by one part in a hundred.',
  folders: ['libs/lineage/eval/siblings'],
  measure(families, onWork) {
    const likeness: Record<string, number> = {};
    const points = Object.keys(DEGREES).flatMap((degree, done) => {
      onWork(done, Object.keys(DEGREES).length, `${siblings.name}: ${degree}`);
      const family = familyOf(families, degree);
      likeness[degree] = rounded(likenessOf(family));
      return pointsOf(family);
    });
    return { likeness, points };
  },
  render: contentOf,
});

function pointsOf(family: Family): Point[] {
  const { graph, truth } = family;
  const key = { graph: 'siblings', setting: graph };
  const stage = rightStageOf(family);
  const mother = (told: typeof stage): ReturnType<typeof judge> =>
    judge(truth, theirs(weightsOf(family), { stage: told, trees: treesOf(truth) }));
  const other = stage === 'generalization' ? 'specialization' : 'generalization';
  return [
    pointOf({ ...key, method: METHODS['stemma-sketch'] }, [judge(truth, ours(sketchesOf(family)))]),
    pointOf({ ...key, method: METHODS['stemma-weights'] }, [judge(truth, ours(weightsOf(family)))]),
    pointOf({ ...key, method: METHODS['mother-right'] }, [mother(stage)]),
    pointOf({ ...key, method: METHODS['mother-wrong'] }, [mother(other)]),
  ];
}

/** Mean cosine of what two siblings have changed of their parent. */
export function likenessOf({ truth, models }: Family): number {
  const values = new Map(models.map(({ model, whole }) => [model, whole.slabs.map((slab) => slab.values())]));
  const change = ({ model, parents }: TrueModel): Float64Array[] =>
    values.get(model)!.map((tensor, t) => tensor.map((v, i) => v - values.get(parents[0]!)![t]![i]!));
  const children = truth.filter(({ parents }) => parents.length > 0);
  const cosines = children.flatMap((a, i) =>
    children
      .slice(i + 1)
      .filter((b) => b.parents[0] === a.parents[0])
      .map((b) => cosine(change(a), change(b))),
  );
  return cosines.reduce((sum, cos) => sum + cos, 0) / cosines.length;
}

function cosine(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  const product = (p: readonly Float64Array[], q: readonly Float64Array[]): number =>
    p.reduce((sum, tensor, t) => tensor.reduce((inner, v, i) => inner + v * q[t]![i]!, sum), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

function contentOf({ likeness, points }: Siblings): ReportContent {
  const degree = ({ setting }: Point): string => {
    const cosine = likeness[setting]!;
    return cosine.toFixed(cosine > 0.99 ? 4 : 2);
  };
  return {
    sections: FIGURES.map(([figure, title], i) => ({
      heading: title,
      text: i === 0 ? NOTES : [],
      table: pivot(points, {
        corner: 'siblings differ in (cosine of their changes)',
        row: (point) => `${DEGREES[point.setting]} (${degree(point)})`,
        column: ({ method }) => method,
        cell: (point) => decimal(point[figure]),
      }),
    })),
    plot: linePlot({
      title: 'Trees of ever more similar siblings',
      columns: FIGURES.length,
      width: 200,
      x: {
        title: 'cosine of what two siblings changed',
        order: [...new Set(points.map(degree))],
      },
      y: { title: 'share' },
      values: FIGURES.flatMap(([figure, , panel]) =>
        points.map((point) => ({
          panel,
          method: point.method,
          x: degree(point),
          y: point[figure],
        })),
      ),
    }),
  };
}

const NOTES = [
  'Ten trees were trained for this (two roots, five degrees of likeness; [siblings/train.py](siblings/train.py)): a root, three children, two children of each of two of these, full fine-tuning. All that stand side by side differ in what the table says and in nothing else. Constants were not fitted on them.',
  'Where siblings share most of their training they are nearer to each other than to their parent, and a chain through them is shorter than the true tree: their real common ancestor is a state of the training that nobody published. Chance of *directed* is 0.80 (the true undirected trees, a root drawn at random), of *undirected* 0.25.',
];
