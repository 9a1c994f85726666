import { COMMAND, SEED, type Report, type ReportContent, type Table } from './report';

/** A report as a page: what it shows, the plot, the tables. */
export function renderReport({ name, title, shows }: Report, { sections }: ReportContent): string {
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
