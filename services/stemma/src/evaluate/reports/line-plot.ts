import type { TopLevelSpec } from 'vega-lite';
import { methodEncoding } from './plot';

export interface LinePlot {
  readonly title: string;
  readonly values: readonly LineValue[];
  readonly x: { readonly title: string | null; readonly order: readonly string[] };
  /** A share. */
  readonly y: { readonly title: string };
  readonly columns: number;
  /** Width of a panel, in pixels. */
  readonly width?: number;
}

export interface LineValue {
  readonly panel: string;
  readonly method: string;
  readonly x: string;
  readonly y: number;
  /** Standard deviation of y, drawn as a bar. */
  readonly spread?: number;
}

/** A line with marks for every method, one panel beside the other; x has steps, not a scale. */
export function linePlot({ title, values, x, y, columns, width = 190 }: LinePlot): TopLevelSpec {
  const methods = [...new Set(values.map(({ method }) => method))];
  const colours = methodEncoding(methods);
  const encoding = {
    x: { field: 'x', type: 'ordinal', sort: x.order, title: x.title, axis: { labelAngle: 0 } },
    // A step aside for every method, so that equal figures do not hide one another.
    xOffset: { field: 'method', sort: methods, scale: { type: 'point', padding: 2 * methods.length } },
    // Room above 1, so that no mark is taller than its panel.
    y: {
      field: 'y',
      type: 'quantitative',
      title: y.title,
      scale: { domain: [0, 1.05] },
      axis: { values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    },
  };
  return {
    title,
    data: { values: values.map((value) => ({ ...value, ...spreadOf(value) })) },
    facet: {
      field: 'panel',
      type: 'nominal',
      sort: [...new Set(values.map(({ panel }) => panel))],
      title: null,
    },
    columns,
    bounds: 'flush',
    spacing: { row: 52, column: 26 },
    spec: {
      width,
      height: 150,
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.7 },
          encoding: {
            ...encoding,
            y: { ...encoding.y, field: 'low' },
            y2: { field: 'high' },
            color: colours.color,
          },
        },
        { mark: { type: 'line', strokeWidth: 2 }, encoding: { ...encoding, color: colours.color } },
        {
          mark: { type: 'point', filled: true, size: 60, opacity: 1 },
          encoding: { ...encoding, ...colours },
        },
      ],
    },
  } as unknown as TopLevelSpec;
}

/** Within what a share can be. */
const spreadOf = ({ y, spread = 0 }: LineValue): { low: number; high: number } => ({
  low: Math.max(Math.min(0, y), y - spread),
  high: Math.min(Math.max(1, y), y + spread),
});
