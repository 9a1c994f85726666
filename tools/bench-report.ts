/** One figure for the table that `npm run bench` ends with. */
export interface Figure {
  /** What was measured, with its size: 'arrival at 100,000 models, p99'. */
  readonly figure: string;
  readonly value: number;
  /** Empty for a share or a count. */
  readonly unit: string;
  /** What else did the same work in the same run, in the same unit: the ratio is value / peer. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What DESIGN section 6 asks for, in the same unit: the ratio is value / limit. */
  readonly limit?: { readonly atMost: number } | { readonly atLeast: number };
}

/** Hands a figure to `npm run bench`; does nothing when the bench runs alone. */
export function reportFigure(figure: Figure): void {
  process.send?.(figure);
}

/** Says on standard error how far a long bench has come: one line that is overwritten on a terminal. '' clears it. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
