import type { TopLevelSpec } from 'vega-lite';
import { methodEncoding } from './plot';

export interface DotPlot {
  readonly title: string;
  readonly values: readonly {
    readonly panel: string;
    readonly lane: string;
    readonly method: string;
    readonly value: number;
    /** What guessing reaches: a tick. */
    readonly chance?: number;
  }[];
  readonly columns: number;
}

/** A lane for every method under each name, so that equal figures do not hide one another. */
export function dotPlot({ title, values, columns }: DotPlot): TopLevelSpec {
  const methods = [...new Set(values.map(({ method }) => method))];
  const lanes = [...new Set(values.map(({ lane }) => lane))];
  const encoding = {
    y: { field: 'lane', type: 'nominal', sort: lanes, title: null, axis: { ticks: false } },
    yOffset: { field: 'method', sort: methods },
  };
  const x = {
    type: 'quantitative',
    scale: { domain: [0, 1] },
    axis: { values: [0, 0.5, 1], format: '.1f', title: null },
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
      width: 210,
      height: { step: 13 },
      layer: [
        {
          transform: [{ filter: 'isValid(datum.chance)' }],
          mark: { type: 'tick', color: '#8a8a8a', thickness: 2, size: 11 },
          encoding: { ...encoding, x: { ...x, field: 'chance' } },
        },
        {
          mark: { type: 'point', filled: true, size: 62, opacity: 1 },
          encoding: { ...encoding, x: { ...x, field: 'value' }, ...methodEncoding(methods) },
        },
      ],
    },
  } as TopLevelSpec;
}
