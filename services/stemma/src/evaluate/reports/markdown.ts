import { COMMAND, SEED, type AnyReport, type ReportContent, type Table } from './report';

/** A report as a page: what it shows, the plot, the tables. */
export function renderReport({ name, title, shows }: AnyReport, { sections }: ReportContent): string {
  const blocks = [
    `# ${title}`,
    shows,
    `![${title}](${name}.svg)`,
    ...sections.flatMap(({ heading, text, table }) => [`## ${heading}`, ...text, renderTable(table)]),
    `Seed ${SEED}. Made by \`${COMMAND} -- ${name}\`; the figures as data are in [${name}.json](${name}.json).`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

export function renderTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const alignments = columns.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(columns), line(alignments), ...rows.map(line)].join('\n');
}

/** Items by two keys, in the order in which these first appear; a hole is a dash. */
export function pivot<T>(
  items: readonly T[],
  by: {
    readonly corner: string;
    readonly row: (item: T) => string;
    readonly column: (item: T) => string;
    readonly cell: (item: T) => string;
  },
): Table {
  const rows = [...new Set(items.map(by.row))];
  const columns = [...new Set(items.map(by.column))];
  const cellOf = (row: string, column: string): string => {
    const item = items.find((candidate) => by.row(candidate) === row && by.column(candidate) === column);
    return item === undefined ? '–' : by.cell(item);
  };
  return {
    columns: [by.corner, ...columns],
    rows: rows.map((row) => [row, ...columns.map((column) => cellOf(row, column))]),
  };
}

export const decimal = (value: number): string => value.toFixed(3);

export const withSpread = (value: number, spread: number, draws: number): string =>
  draws === 1 ? decimal(value) : `${decimal(value)} ± ${decimal(spread)}`;

/** The page that lists the reports. */
export function renderIndex(reports: readonly AnyReport[]): string {
  const table = renderTable({
    columns: ['report', 'shows', 'command'],
    rows: reports.map(({ name, title, shows }) => [
      `[${title}](${name}.md)`,
      shows,
      `\`${COMMAND} -- ${name}\``,
    ]),
  }).replace('| ---: | ---: |', '| --- | --- |');
  const figures = reports.map(({ name, title }) => `[![${title}](${name}.svg)](${name}.md)`);
  return `${[...INDEX, table, ...REST, ...figures].join('\n\n')}\n`;
}

const INDEX = [
  '# Evaluation',
  `How good the method is, table by table. \`npm run eval\` prints the first one in a few minutes; \`${COMMAND}\` measures everything anew and writes this folder (about twenty minutes on one core; \`${COMMAND} -- accuracy scores\` makes only some). Everything that is drawn by lot is drawn from the seed ${SEED}: a run gives the same bytes, unless the method has changed. A test holds the committed figures to the code.`,
];

const REST = [
  'Each report is a page of tables (`.md`), a plot (`.svg`) and its figures as data (`.json`). They are about the models of [libs/zoo](../../zoo/models/README.md), of [libs/zoo/pretrained](../../zoo/pretrained/README.md) and, for the siblings, of [siblings](siblings/train.py).',
  'Beside them: [fit](fit/README.md), the constants and the figures that justify them; [train](train/README.md), the scripts that trained the families; [reference.py](reference.py), the method as an executable specification, and [golden.py](golden.py), which makes the golden figures from it.',
];
