import type { TopLevelSpec } from 'vega-lite';
import { INK } from './plot';

export interface HeatPlot {
  readonly title: string;
  readonly values: readonly {
    readonly panel: string;
    readonly row: string;
    readonly column: string;
    readonly value: number;
  }[];
  /** What has the lightest and the darkest colour. */
  readonly domain: readonly [number, number];
}

/** A table in colours, every cell with its figure; darker is better. */
export function heatPlot({ title, values, domain }: HeatPlot): TopLevelSpec {
  const order = (key: 'panel' | 'row' | 'column'): string[] => [
    ...new Set(values.map((value) => value[key])),
  ];
  const encoding = {
    y: { field: 'row', type: 'nominal', sort: order('row'), title: null, axis: NO_LINES },
    x: {
      field: 'column',
      type: 'nominal',
      sort: order('column'),
      title: null,
      axis: { ...NO_LINES, orient: 'top', labelAngle: 0 },
    },
  };
  const middle = (domain[0] + domain[1]) / 2;
  return {
    title,
    data: { values: [...values] },
    facet: { field: 'panel', type: 'nominal', sort: order('panel'), title: null },
    columns: 1,
    resolve: { axis: { x: 'independent' } },
    spec: {
      width: { step: 84 },
      height: { step: 24 },
      layer: [
        {
          mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
          encoding: {
            ...encoding,
            color: {
              field: 'value',
              type: 'quantitative',
              scale: { domain, clamp: true, range: ['#f3f6fa', '#0b559f'], interpolate: 'lab' },
              legend: null,
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 11 },
          encoding: {
            ...encoding,
            text: { field: 'value', format: '.3f' },
            color: { condition: { test: `datum.value > ${middle}`, value: 'white' }, value: INK },
          },
        },
      ],
    },
  } as TopLevelSpec;
}

const NO_LINES = { ticks: false, domain: false, grid: false };
