import { stripVTControlCharacters } from 'node:util';
import type { Evaluation } from '@stemma/lineage';
import { METHODS, type Comparison, type MethodName } from '../evaluate/compare-methods';
import { renderComparison, renderEvaluation } from './eval-report';

const CHANCE = {
  directed: 0.9143,
  undirected: 2 / 21,
  rootsFound: 1 / 21,
  directionGivenPair: 0.5,
  ari: 1,
  treesFound: 0,
  ece: 0.5,
};
const PERFECT = {
  directed: 1,
  undirected: 1,
  rootsFound: 1,
  directionGivenPair: 1,
  ari: 1,
  treesFound: 1,
  ece: 0.0123,
  chance: CHANCE,
};

const evaluation = (graph: string, directed: number): Evaluation => ({
  graphs: { [graph]: { ...PERFECT, directed } },
  trees: { [`${graph}/a-tree`]: { ...PERFECT, directed }, [`${graph}/another-tree`]: PERFECT },
  edges: [],
});

function comparison(graph: string): Comparison {
  const names = Object.keys(METHODS) as MethodName[];
  return {
    methods: Object.fromEntries(
      names.map((name, i) => [name, evaluation(graph, 1 - i / 8)]),
    ) as Comparison['methods'],
    stages: { [graph]: 'generalization' },
    unreadable: [{ model: `${graph}/x`, reason: 'truncated', detail: 'The file ends too early.' }],
  };
}

const plainLines = (text: string): string[] => stripVTControlCharacters(text).split('\n');

describe('a printed evaluation', () => {
  it('has a line for every method, each figure beside chance, within 80 columns', () => {
    const lines = plainLines(renderComparison(comparison('a-graph')));
    expect(lines.slice(0, 6)).toEqual([
      'a-graph               directed    undir.     roots   by pair       ARI       ECE',
      '  Stemma, sketch     1.000 .91 1.000 .10 1.000 .05 1.000 .50 1.000   1 0.012 .50',
      '  Stemma, weights    0.875 .91 1.000 .10 1.000 .05 1.000 .50 1.000   1 0.012 .50',
      '  MoTHer, right      0.750 .91 1.000 .10 1.000 .05 1.000 .50 1.000   1 0.012 .50',
      '  MoTHer, wrong      0.625 .91 1.000 .10 1.000 .05 1.000 .50 1.000   1 0.012 .50',
      'a-graph/a-tree',
    ]);
    expect(lines).toContain('  a-graph: generalization');
    expect(lines.at(-1)).toBe('a-graph/x was left out: truncated. The file ends too early.');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('keeps its columns where a graph has a long name', () => {
    const name = 'a-graph-with-a-name-that-is-very-long-indeed';
    const lines = plainLines(renderComparison(comparison(name)));
    expect(lines[0]).toHaveLength(80);
    const single = plainLines(renderEvaluation({ ...evaluation(name, 0.5), unreadable: [] }));
    expect(Math.max(...single.map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});
