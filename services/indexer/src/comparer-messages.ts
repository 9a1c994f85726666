// Typed arrays are read with `!` here: every index is bounded by a count of rows.
import type { Constants, Kinship } from '@stemma/lineage';
import type { SketchInFile } from '@stemma/store';
import type { EdgeFinding } from './edge-book';
import type { ComparedFigures } from './rows';

/** What a thread is told. An owner is one loading of one partition: labels mean something within it alone. */
export type Told =
  | {
      readonly type: 'own';
      readonly owner: number;
      readonly observationsMax: number;
      readonly constants: Constants;
    }
  | { readonly type: 'begin'; readonly owner: number }
  | { readonly type: 'arrived'; readonly owner: number; readonly label: number; readonly sketch: Uint8Array }
  | { readonly type: 'disown'; readonly owner: number };

/** What a thread is asked: `labels` come in twos, the ends of a pair or an edge. */
export interface Asked {
  readonly type: 'compare' | 'relate';
  readonly owner: number;
  readonly labels: Int32Array;
  readonly places: SketchPlaces;
}

/** What it answers. A sketch that it cannot read it names: whoever asked reads that, or finds out why not. */
export type Answer =
  | { readonly type: 'compared'; readonly columns: Float64Array }
  | { readonly type: 'related'; readonly findings: readonly EdgeFinding[] }
  | { readonly type: 'unreadable'; readonly label: number }
  | { readonly type: 'failed'; readonly reason: string };

export type Request = Told | (Asked & { readonly id: number });
export type Response = Answer & { readonly id: number };

/** Where sketches lie: `label, file, offset, bytes, crc` a row, the file by its index. */
export interface SketchPlaces {
  readonly files: readonly string[];
  readonly rows: Float64Array;
}

const PLACE_COLUMNS = 5;

export function packPlaces(places: ReadonlyMap<number, SketchInFile>): SketchPlaces {
  const files = new Map<string, number>();
  const rows = new Float64Array(PLACE_COLUMNS * places.size);
  let at = 0;
  for (const [label, { path, offset, bytes, crc }] of places) {
    const file = files.get(path) ?? files.size;
    files.set(path, file);
    rows.set([label, file, offset, bytes, crc], at);
    at += PLACE_COLUMNS;
  }
  return { files: [...files.keys()], rows };
}

export function unpackPlaces({ files, rows }: SketchPlaces): Map<number, SketchInFile> {
  const places = new Map<number, SketchInFile>();
  for (let at = 0; at < rows.length; at += PLACE_COLUMNS) {
    const [label, file, offset, bytes, crc] = rows.subarray(at, at + PLACE_COLUMNS);
    places.set(label!, { path: files[file!]!, offset: offset!, bytes: bytes!, crc: crc! });
  }
  return places;
}

const NUMBERS = [
  'distance',
  'squaredDistance',
  'correlation',
  'growth',
  'slope',
  'embeddingGrowth',
  'otherLogOdds',
  'logOdds',
] as const;
const KINSHIPS: readonly Kinship[] = ['stranger', 'possible', 'kin'];
const FIGURE_COLUMNS = NUMBERS.length + 2;

/** Bit for bit: what is a number stays the number that it is. */
export function packFigures(figures: readonly ComparedFigures[]): Float64Array {
  const columns = new Float64Array(FIGURE_COLUMNS * figures.length);
  figures.forEach((one, row) => {
    const begin = FIGURE_COLUMNS * row;
    NUMBERS.forEach((name, column) => (columns[begin + column] = one[name]));
    columns[begin + NUMBERS.length] = KINSHIPS.indexOf(one.kinship);
    columns[begin + NUMBERS.length + 1] = Number(one.variant);
  });
  return columns;
}

export function unpackFigures(columns: Float64Array): ComparedFigures[] {
  return Array.from({ length: columns.length / FIGURE_COLUMNS }, (_, row) => {
    const at = (column: number): number => columns[FIGURE_COLUMNS * row + column]!;
    return {
      distance: at(0),
      squaredDistance: at(1),
      correlation: at(2),
      growth: at(3),
      slope: at(4),
      embeddingGrowth: at(5),
      otherLogOdds: at(6),
      logOdds: at(7),
      kinship: KINSHIPS[at(8)]!,
      variant: at(9) === 1,
    };
  });
}
