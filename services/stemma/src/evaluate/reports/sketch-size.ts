import { encodeSketch, defaultSketchOptions, sketchWeights, type SketchOptions } from '@stemma/sketch';
import type { NamedObservation } from '@stemma/lineage';
import type { OnWork } from '../evaluate-folder';
import { ACCURACY_GRAPHS } from './accuracy';
import { sketchesOf, sketchesOfSize, weightsOf, type Family } from './families';
import { decimal, pivot } from './markdown';
import { judge, ours } from './outcome';
import { linePlot } from './line-plot';
import { pointOf, type Point } from './point';
import { familyOf, titleOf, defineReport, type ReportContent } from './report';

const ALL = 'all';
const { coordinatesMax, rowsPerTensorMax } = defaultSketchOptions;

/** Numbers of a row that a tensor has at the default size, whatever its rows. */
const COLUMNS_SHARE = coordinatesMax / rowsPerTensorMax;

interface Setting {
  readonly name: string;
  /** Null: whole weights. */
  readonly options: Partial<SketchOptions> | null;
}

const coordinates: readonly Setting[] = [
  ...[1024, 2048, 4096, 8192, 16_384].map((count) => ({
    name: `${count / 1024}k`,
    options: { coordinatesMax: count },
  })),
  { name: ALL, options: null },
];

const rows: readonly Setting[] = [
  ...[2, 4, 8, 16, 32, 64, 128].map((count) => ({ name: String(count), options: rowsOf(count) })),
  { name: ALL, options: rowsOf(1 << 20) },
];

/** As many numbers a row as at the default size. */
function rowsOf(count: number): Partial<SketchOptions> {
  return {
    rowsPerTensorMax: count,
    rowsMax: Number.MAX_SAFE_INTEGER,
    coordinatesMax: COLUMNS_SHARE * Math.min(count, 4096),
  };
}

interface SketchSizes {
  readonly points: readonly Point[];
  /** Of one encoded sketch, by graph and setting; whole weights have none. */
  readonly kilobytes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export const sketchSize = defineReport<SketchSizes>({
  name: 'sketch-size',
  title: 'Size of the sketch',
  shows: 'What Stemma recovers from sketches of 1,024 to 16,384 numbers a model, and from whole weights.',
  measure: (families, onWork) => ({
    points: measurePoints(SIZES, coordinates, families, onWork),
    kilobytes: Object.fromEntries(
      ACCURACY_GRAPHS.map((graph) => [graph, kilobytesOf(familyOf(families, graph))]),
    ),
  }),
  render({ points, kilobytes }) {
    const content = contentOf(points, 'numbers sampled a model', coordinates, SIZE_NOTES);
    const rowsOfBytes = Object.entries(kilobytes).map(([graph, bySetting]) => [
      titleOf(graph),
      ...coordinates.map(({ name }) => bySetting[name]?.toFixed(1) ?? '–'),
    ]);
    const encoded = {
      heading: 'Encoded size',
      text: ['Of one sketch, in kB; the token embedding of MiniLM is sampled alike in all of them.'],
      table: { columns: ['', ...coordinates.map(({ name }) => name)], rows: rowsOfBytes },
    };
    return { ...content, sections: [...content.sections, encoded] };
  },
});

export const rowsPerTensor = defineReport<readonly Point[]>({
  name: 'rows',
  title: 'Rows of a tensor',
  shows:
    'What Stemma recovers when more or fewer rows of every tensor are sampled, with equally many numbers a row.',
  measure: (families, onWork) => measurePoints(ROWS, rows, families, onWork),
  render: (points) => contentOf(points, 'rows sampled of a tensor', rows, ROW_NOTES),
});

const SIZES = 'sketch-size';
const ROWS = 'rows';

function measurePoints(
  name: string,
  settings: readonly Setting[],
  families: readonly Family[],
  onWork: OnWork,
): Point[] {
  return ACCURACY_GRAPHS.flatMap((graph, i) => {
    const family = familyOf(families, graph);
    return settings.map((setting, k) => {
      onWork(
        i * settings.length + k,
        ACCURACY_GRAPHS.length * settings.length,
        `${name}: ${graph}, ${setting.name}`,
      );
      return pointOf({ graph, setting: setting.name, method: 'Stemma' }, [
        judge(family.truth, ours(observed(family, setting))),
      ]);
    });
  });
}

function observed(family: Family, { options }: Setting): readonly NamedObservation[] {
  if (options === null) return weightsOf(family);
  return options.coordinatesMax === coordinatesMax && options.rowsMax === undefined
    ? sketchesOf(family)
    : sketchesOfSize(family, options);
}

const kilobytesOf = ({ models }: Family): Record<string, number> =>
  Object.fromEntries(
    coordinates.flatMap(({ name, options }) => {
      if (options === null) return [];
      const bytes = encodeSketch(sketchWeights(models[0]!.sample, options)).byteLength;
      return [[name, Math.round(bytes / 100) / 10]];
    }),
  );

const FIGURES = [
  ['directed', 'Directed accuracy', 'directed'],
  ['undirected', 'Undirected recall', 'undirected'],
  ['directionGivenPair', 'Direction given the pair', 'direction given the pair'],
  ['trueAnswer', 'Probability given to the true answer', 'probability of the truth'],
] as const;

function contentOf(
  points: readonly Point[],
  corner: string,
  settings: readonly Setting[],
  notes: readonly string[],
): ReportContent {
  return {
    sections: FIGURES.map(([figure, heading], i) => ({
      heading,
      text: i === 0 ? notes : [],
      table: pivot(points, {
        corner,
        row: ({ setting }) => setting,
        column: ({ graph }) => titleOf(graph),
        cell: (point) => decimal(point[figure]),
      }),
    })),
    plot: linePlot({
      title: `What is recovered, by ${corner}`,
      columns: 3,
      width: 230,
      x: { title: corner, order: settings.map(({ name }) => name) },
      y: { title: 'share' },
      values: points.flatMap((point) =>
        FIGURES.map(([figure, , line]) => ({
          panel: titleOf(point.graph),
          method: line,
          x: point.setting,
          y: point[figure],
        })),
      ),
    }),
  };
}

const SIZE_NOTES = [
  'Numbers are shared equally over tensors: 32 rows of each, and as many columns as there are numbers for. `16k` is what a store holds; `all` are whole weights.',
];

const ROW_NOTES = [
  'A store holds 32 rows. Half of the rows bounds the columns that the distance sees, so that few rows blunt it as well as the direction. What was read of a tensor beside the sampled rows is known by its sum of squares in every setting.',
];
