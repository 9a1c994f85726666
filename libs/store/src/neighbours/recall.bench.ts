/**
 * node tools/run-ts.js libs/store/src/neighbours/recall.bench.ts [--large]
 *
 * How often the true parent of a model is a candidate of it: among the k nearest alone, and in the candidate graph; by
 * the exact scan, by hnswlib alone and by hnswlib expanded through the forest, side by side on the same families.
 * `--large` adds a star of 100,000, `--dimensions N` takes wider fingerprints.
 */
import { parseArgs } from 'node:util';

import { reportFigure, showProgress } from '../../../../tools/bench-report';
import { CandidateGraph, type CandidateGraphOptions } from './candidate-graph';
import { families, type Families, type FamilyShape } from './families.testing';
import { HnswNeighbours } from './hnsw-neighbours';

const { values } = parseArgs({
  options: { large: { type: 'boolean', default: false }, dimensions: { type: 'string', default: '128' } },
});
const dimensions = Number(values.dimensions);
const K = 32;

interface Case {
  readonly shape: FamilyShape;
  readonly families: number;
  readonly models: number;
  readonly sigma?: number;
}

const QUICK: readonly Case[] = [
  { shape: 'star', families: 1, models: 1_000 },
  { shape: 'star', families: 1, models: 3_000 },
  { shape: 'chain', families: 4, models: 500 },
  { shape: 'mixed', families: 4, models: 500 },
  { shape: 'popular', families: 1, models: 2_000 },
];
const FULL: readonly Case[] = [
  { shape: 'star', families: 1, models: 1_000 },
  { shape: 'star', families: 1, models: 10_000 },
  { shape: 'star', families: 1, models: 10_000, sigma: 1 },
  { shape: 'star', families: 20, models: 1_000 },
  { shape: 'chain', families: 10, models: 1_000 },
  { shape: 'mixed', families: 20, models: 1_000 },
  { shape: 'popular', families: 1, models: 10_000 },
];
const LARGE: Case = { shape: 'star', families: 1, models: 100_000 };

interface Outcome {
  readonly pairs: ReadonlySet<string>;
  /** Shares of the children whose parent is among the k nearest of either, and in the graph. */
  readonly nearest: number;
  readonly candidate: number;
  readonly arrivalMs: number;
}

const pairOf = (a: number, b: number): string => (a < b ? `${a}:${b}` : `${b}:${a}`);

function measure(
  name: string,
  { vectors, parents }: Families,
  options: Partial<CandidateGraphOptions>,
): Outcome {
  const graph = new CandidateGraph({ dimensions, k: K, precedes: (a, b) => a < b, ...options });
  const from = performance.now();
  vectors.forEach((vector, label) => {
    graph.add({ label, content: `content-${label}`, vector });
    if (label % 2_000 === 1_999) showProgress(`${name}: ${label + 1} of ${vectors.length}`);
  });
  const arrivalMs = (performance.now() - from) / vectors.length;
  showProgress('');
  const pairs = new Set(graph.pairs().map(({ a, b }) => pairOf(a, b)));
  const near = new Set(
    vectors.flatMap((_, label) => graph.nearest(label).map((other) => pairOf(label, other.label))),
  );
  const edges = parents.flatMap((parent, child) => (parent === null ? [] : [pairOf(parent, child)]));
  const share = (found: ReadonlySet<string>): number =>
    edges.filter((edge) => found.has(edge)).length / edges.length;
  return { pairs, nearest: share(near), candidate: share(pairs), arrivalMs };
}

function compare(each: Case): void {
  const { shape, families: count, models, sigma = 0.5 } = each;
  const name = `${count === 1 ? '' : `${count} x `}${shape} of ${models.toLocaleString('en-US')}${sigma === 0.5 ? '' : `, sigma ${sigma}`}`;
  const set = families({ seed: 11, dimensions, ...each });
  const { descent } = set;
  const outcomes: Record<string, Outcome> = {
    exact: measure(`${name}, exact`, set, {}),
    hnsw: measure(`${name}, hnsw`, set, { neighbours: (context) => new HnswNeighbours({ ...context }) }),
    'hnsw + forest': measure(`${name}, hnsw + forest`, set, {
      descent,
      neighbours: (context) => new HnswNeighbours({ ...context, expandedMax: 200_000 }),
    }),
  };
  const truth = outcomes['exact']!;
  for (const [way, { pairs, nearest, candidate, arrivalMs }] of Object.entries(outcomes)) {
    const recall = [...truth.pairs].filter((pair) => pairs.has(pair)).length / truth.pairs.size;
    const cells = [
      name.padEnd(26),
      way.padEnd(13),
      nearest.toFixed(3).padStart(9),
      candidate.toFixed(3).padStart(9),
      recall.toFixed(3).padStart(9),
      (pairs.size / set.vectors.length).toFixed(1).padStart(6),
      arrivalMs.toFixed(2).padStart(7),
    ];
    console.log(cells.join(' '));
    if (way !== 'hnsw') report(`parent found, ${name}`, way, outcomes);
  }
}

function report(figure: string, way: string, outcomes: Readonly<Record<string, Outcome>>): void {
  const { nearest, candidate } = outcomes[way]!;
  const peer =
    way === 'exact'
      ? { name: 'nearest alone', value: nearest }
      : { name: 'exact', value: outcomes['exact']!.candidate };
  reportFigure({ figure: way === 'exact' ? figure : `${figure}, ${way}`, value: candidate, unit: '', peer });
}

console.log(`seed 11, ${dimensions} dimensions, k = ${K}, M 16, efConstruction 200, ef 128`);
console.log(
  'shares of the true parents that are among the nearest, and candidates; share of the exact graph',
);
console.log(`${'families'.padEnd(26)} ${'search'.padEnd(13)}   nearest candidate the graph  pairs ms each`);
const cases = process.env['QUICK'] === '1' ? QUICK : FULL;
for (const each of values.large ? [...cases, LARGE] : cases) compare(each);
