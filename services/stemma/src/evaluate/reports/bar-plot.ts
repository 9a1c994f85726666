import type { TopLevelSpec } from 'vega-lite';
import { INK, methodEncoding } from './plot';

export interface BarPlot {
  readonly title: string;
  readonly values: readonly {
    readonly panel: string;
    readonly bar: string;
    readonly value: number;
    readonly method: string;
  }[];
  readonly columns: number;
  /** What guessing reaches: a line through the bars. */
  readonly chance?: number | undefined;
}

/** Lying bars with their figures, one panel beside the other. */
export function barPlot({ title, values, columns, chance }: BarPlot): TopLevelSpec {
  const methods = [...new Set(values.map(({ method }) => method))];
  const y = {
    field: 'bar',
    type: 'nominal',
    sort: [...new Set(values.map(({ bar }) => bar))],
    title: null,
    axis: { ticks: false },
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { domain: [0, 1.2] },
    axis: { values: [0, 0.5, 1], format: '.1f', title: null },
  };
  const line = {
    mark: { type: 'rule', color: '#8a8a8a', strokeWidth: 1.5, strokeDash: [4, 3] },
    encoding: { x: { datum: chance } },
  };
  return {
    title,
    data: { values: [...values] },
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
      width: 200,
      height: { step: 22 },
      layer: [
        {
          mark: { type: 'bar', height: 14 },
          encoding: { y, x, color: { ...(methodEncoding(methods).color as object) } },
        },
        ...(chance === undefined ? [] : [line]),
        {
          mark: { type: 'text', align: 'left', dx: 4, fontSize: 10, color: INK },
          encoding: { y, x, text: { field: 'value', format: '.2f' } },
        },
      ],
    },
  } as TopLevelSpec;
}
