import pc from 'picocolors';
import type { EvaluatedFolder } from '../evaluate/evaluate-folder';

type Figures = EvaluatedFolder['graphs'][string];

const COLUMNS: readonly (readonly [heading: string, key: keyof Figures['chance']])[] = [
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
  const heading = ' '.repeat(NAME_COLUMNS) + COLUMNS.map(([name]) => name.padStart(CELL_COLUMNS)).join('');
  const lines = [pc.bold(heading)];
  for (const [graph, figures] of Object.entries(graphs)) {
    lines.push(row(pc.bold(graph.slice(0, NAME_COLUMNS - 1)), graph, figures));
    lines.push(pc.dim(row('  chance', '  chance', figures.chance)));
    for (const [tree, ofTree] of Object.entries(trees)) {
      if (tree.startsWith(`${graph}/`)) lines.push(row(`  ${tree}`, `  ${tree}`, ofTree));
    }
  }
  for (const { model, reason, detail } of unreadable)
    lines.push(pc.yellow(`${model} was left out: ${reason}. ${detail}`));
  return lines.join('\n');
}

function row(shown: string, name: string, figures: Figures['chance']): string {
  const gap = ' '.repeat(Math.max(1, NAME_COLUMNS - name.length));
  return shown + gap + COLUMNS.map(([, key]) => figures[key].toFixed(3).padStart(CELL_COLUMNS)).join('');
}
