import pc from 'picocolors';
import type { Evaluation } from '@stemma/lineage';
import { METHODS, type Comparison, type MethodName } from '../evaluate/compare-methods';
import type { EvaluatedFolder } from '../evaluate/evaluate-folder';
import type { UnreadableModel } from '../evaluate/read-graph';

type Metrics = Evaluation['graphs'][string];
type Figure = keyof Metrics['chance'];

const HEADINGS: readonly (readonly [heading: string, figure: Figure])[] = [
  ['directed', 'directed'],
  ['undir.', 'undirected'],
  ['roots', 'rootsFound'],
  ['by pair', 'directionGivenPair'],
  ['ARI', 'ari'],
  ['trees', 'treesFound'],
  ['ECE', 'ece'],
];
const NAME_COLUMNS = 22;
const CELL_COLUMNS = 8;

/** Graphs, then their trees, each figure above its chance level; 80 columns wide. */
export function renderEvaluation({ graphs, trees, unreadable }: EvaluatedFolder): string {
  const heading = ' '.repeat(NAME_COLUMNS) + HEADINGS.map(([name]) => name.padStart(CELL_COLUMNS)).join('');
  const lines = [pc.bold(heading)];
  for (const [graph, figures] of Object.entries(graphs)) {
    lines.push(pc.bold(fitted(graph, NAME_COLUMNS)) + cells(figures));
    lines.push(pc.dim(fitted('  chance', NAME_COLUMNS) + cells(figures.chance)));
    for (const [tree, ofTree] of Object.entries(trees)) {
      if (tree.startsWith(`${graph}/`)) lines.push(fitted(`  ${tree}`, NAME_COLUMNS) + cells(ofTree));
    }
  }
  return [...lines, ...leftOut(unreadable)].join('\n');
}

const cells = (figures: Metrics['chance']): string =>
  HEADINGS.map(([, figure]) => figures[figure].toFixed(3).padStart(CELL_COLUMNS)).join('');

/** A name in so many columns, its end cut off where it is too long. */
const fitted = (name: string, columns: number): string =>
  name.length <= columns ? name.padEnd(columns) : `${name.slice(0, columns - 1)}…`;

const leftOut = (unreadable: readonly UnreadableModel[]): string[] =>
  unreadable.map(({ model, reason, detail }) => pc.yellow(`${model} was left out: ${reason}. ${detail}`));

/** Without `trees`, which ARI tells as well: a column of names and six pairs of figures make 80. */
const COMPARED = HEADINGS.filter(([, figure]) => figure !== 'treesFound');
const METHOD_COLUMNS = 20;
const PAIR_COLUMNS = 10;

const SHORT_TITLES: Readonly<Record<MethodName, string>> = {
  'stemma-sketch': 'Stemma, sketch',
  'stemma-weights': 'Stemma, weights',
  'mother-right': 'MoTHer, right',
  'mother-wrong': 'MoTHer, wrong',
};

/** Every graph and then its trees, one line a method, each figure followed by its chance level; 80 columns wide. */
export function renderComparison({ methods, stages, unreadable }: Comparison): string {
  const { graphs, trees } = methods['stemma-sketch'];
  const heading = COMPARED.map(([name]) => name.padStart(PAIR_COLUMNS)).join('');
  const blocks = Object.keys(graphs).map((graph) => {
    const ofGraph = Object.keys(trees).filter((tree) => tree.startsWith(`${graph}/`));
    return [
      pc.bold(fitted(graph, METHOD_COLUMNS) + heading),
      ...methodRows((method) => methods[method].graphs[graph]!),
      ...ofGraph.flatMap((tree) => [tree, ...methodRows((method) => methods[method].trees[tree]!)]),
      '',
    ];
  });
  const told = Object.entries(stages).map(([graph, stage]) => `  ${graph}: ${stage}`);
  return [...blocks.flat(), ...NOTES, ...told, ...leftOut(unreadable)].join('\n');
}

function methodRows(metricsOf: (method: MethodName) => Metrics): string[] {
  return (Object.keys(METHODS) as MethodName[]).map((method) => {
    const metrics = metricsOf(method);
    const cells = COMPARED.map(
      ([, figure]) => ` ${metrics[figure].toFixed(3)} ${pc.dim(chanceOf(metrics, figure))}`,
    );
    return `  ${SHORT_TITLES[method].padEnd(METHOD_COLUMNS - 2)}${cells.join('')}`;
  });
}

/** `.91`, or `  1`. */
const chanceOf = ({ chance }: Metrics, figure: Figure): string =>
  chance[figure]
    .toFixed(2)
    .replace(/^0/, '')
    .replace(/^1\.00$/, '1')
    .padStart(3);

const NOTES = [
  'Behind each figure, what guessing reaches: a root drawn at random in the true',
  'undirected tree (directed), a random spanning tree (undir.), one root a tree',
  '(roots), a coin (by pair: the direction, given the pair), random clusters (ARI).',
  'ECE is better when lower; MoTHer has no confidence and counts as certain.',
  'MoTHer compares whole weights and is told the number of trees and the stage of',
  'training. Right is the stage whose direction holds for more of the true edges:',
];
