import type { Outcome } from './outcome';

/** One setting of one method on one graph: means over draws, to four decimals. */
export type Point = {
  readonly graph: string;
  readonly setting: string;
  readonly method: string;
  readonly draws: number;
  /** Standard deviation of `directed` over draws. */
  readonly spread: number;
} & { readonly [Figure in keyof Outcome]: number };

export type PointFigure = keyof Outcome;

export function pointOf(
  key: Pick<Point, 'graph' | 'setting' | 'method'>,
  outcomes: readonly Outcome[],
): Point {
  const [first] = outcomes;
  if (first === undefined) throw new Error(`no draws of ${key.graph}, ${key.setting}`);
  const figures = Object.keys(first) as PointFigure[];
  const means = figures.map((figure) => [figure, rounded(mean(outcomes.map((o) => o[figure])))] as const);
  const directed = outcomes.map((outcome) => outcome.directed);
  const centre = mean(directed);
  const spread = Math.sqrt(mean(directed.map((share) => (share - centre) ** 2)));
  return {
    ...key,
    draws: outcomes.length,
    spread: rounded(spread),
    ...(Object.fromEntries(means) as { readonly [Figure in PointFigure]: number }),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Four decimals: what differs beyond is nobody's business, and the files stay readable. */
export const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
