import assert from 'node:assert/strict';
import * as vega from 'vega';
import { compile, type Config, type TopLevelSpec } from 'vega-lite';

/** Colours of Okabe and Ito, which the colour-blind tell apart; methods keep theirs in every plot. */
const METHOD_COLOURS: Readonly<Record<string, string>> = {
  'Stemma (sketch)': '#0072B2',
  'Stemma (full weights)': '#56B4E9',
  'MoTHer, right stage': '#E69F00',
  'MoTHer, wrong stage': '#D55E00',
  'MoTHer, trees given': '#E69F00',
  'MoTHer, trees estimated': '#CC79A7',
};

/** For anything else that has lines of its own. */
const COLOURS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00'];
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross'];
export const INK = '#222222';
const GRID = '#e4e4e4';

const CONFIG: Config = {
  background: 'white',
  padding: 12,
  font: 'DejaVu Sans, Helvetica, Arial, sans-serif',
  title: { color: INK, fontSize: 15, anchor: 'start', offset: 14 },
  axis: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: GRID,
    domainColor: '#888888',
    tickColor: '#888888',
    labelLimit: 260,
  },
  header: { labelColor: INK, labelFontSize: 12, labelFontWeight: 'bold', titleFontSize: 12, titleColor: INK },
  legend: {
    labelColor: INK,
    labelFontSize: 12,
    titleFontSize: 12,
    labelLimit: 260,
    symbolSize: 90,
    symbolOpacity: 1,
  },
  view: { stroke: '#cccccc' },
};

/** Names in the file are counted through the life of the process, so that plots would depend on those before them. */
const COUNTED_NAMES = /(id="|url\(#)(clip|gradient)\d+/;

/** Draws a plot as SVG; equal plots give equal bytes. */
export async function renderPlot(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile({ ...spec, config: CONFIG });
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  assert(!COUNTED_NAMES.test(svg), 'a plot without clipping and gradients expected');
  return `${svg}\n`;
}

/** Colour and shape by method, so that no plot depends on colour alone. */
export function methodEncoding(methods: readonly string[]): Record<string, unknown> {
  const domain = [...methods];
  const legend = { orient: 'bottom', title: null, columns: methods.length };
  return {
    color: {
      field: 'method',
      type: 'nominal',
      scale: {
        domain,
        range: domain.map((method, i) => METHOD_COLOURS[method] ?? COLOURS[i % COLOURS.length]),
      },
      legend,
    },
    shape: {
      field: 'method',
      type: 'nominal',
      scale: { domain, range: domain.map((_, i) => SHAPES[i % SHAPES.length]) },
      legend,
    },
  };
}
