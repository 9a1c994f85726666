import type { Figure } from './bench-report';

/** What one bench gave: its figures in the order in which it reported them. */
export interface BenchResult {
  readonly bench: string;
  readonly seconds: number;
  readonly failed: boolean;
  readonly figures: readonly Figure[];
}

/** Columns: the figure, its value, what it is held against, the ratio; 80 with the gaps. */
const WIDTHS = [32, 13, 20, 9] as const;
const GAP = '  ';

/** The table of all benches, at most 80 columns wide; a ratio that breaks its limit is marked with `!`. */
export function benchTable(results: readonly BenchResult[]): string {
  const head = ['bench / figure', 'value', 'peer or limit', 'ratio'];
  const rule = WIDTHS.map((width) => '-'.repeat(width)).join(GAP);
  return [...linesOf(head), rule, ...results.flatMap(linesOfResult)].join('\n');
}

function linesOfResult({ bench, seconds, failed, figures }: BenchResult): string[] {
  return [
    `${bench} (${failed ? 'FAILED after ' : ''}${seconds.toFixed(0)} s)`,
    ...figures.flatMap((figure) => linesOf(cellsOf(figure))),
  ];
}

function cellsOf(figure: Figure): string[] {
  const { name, against, broken } = reference(figure);
  const ratio = against === null ? '' : `${shortRatio(figure.value / against)}${broken ? '!' : ''}`;
  return [`  ${figure.figure}`, `${short(figure.value)} ${figure.unit}`.trimEnd(), name, ratio];
}

function reference({ value, unit, peer, limit }: Figure): {
  name: string;
  against: number | null;
  broken: boolean;
} {
  if (limit !== undefined && 'atMost' in limit) {
    return {
      name: `at most ${short(limit.atMost)} ${unit}`,
      against: limit.atMost,
      broken: !(value <= limit.atMost),
    };
  }
  if (limit !== undefined) {
    return {
      name: `at least ${short(limit.atLeast)} ${unit}`,
      against: limit.atLeast,
      broken: !(value >= limit.atLeast),
    };
  }
  if (peer !== undefined)
    return { name: `${peer.name} ${short(peer.value)}`, against: peer.value, broken: false };
  return { name: '', against: null, broken: false };
}

/** Far below one as a fraction of one. */
function shortRatio(ratio: number): string {
  return ratio > 0 && ratio < 0.01 ? `1/${short(1 / ratio)}` : short(ratio);
}

/** Three digits that count, or all of an integer. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** One row, words wrapped inside their columns: names to the left, numbers to the right. */
function linesOf(cells: readonly string[]): string[] {
  const wrapped = WIDTHS.map((width, column) => wrap(cells[column] ?? '', width));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    WIDTHS.map((width, column) => {
      const text = wrapped[column]?.[line] ?? '';
      return column === 0 || column === 2 ? text.padEnd(width) : text.padStart(width);
    })
      .join(GAP)
      .trimEnd(),
  );
}

/** Lines of at most `width` characters; those after the first keep the indent and two more. */
function wrap(text: string, width: number): string[] {
  const indent = `${/^ */.exec(text)?.[0] ?? ''}  `;
  const lines: string[] = [];
  let line = text;
  while (line.length > width) {
    const space = line.lastIndexOf(' ', width);
    const end = space > indent.length ? space : width;
    lines.push(line.slice(0, end));
    line = indent + line.slice(end).trimStart();
  }
  return [...lines, line];
}
