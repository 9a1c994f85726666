/**
 * Recall and speed of the three ways to find candidates, side by side on the same families: the exact scan (the
 * truth), hnswlib alone, hnswlib expanded through the forest. `--large` adds a star of 100,000 children,
 * `--dimensions N` takes wider fingerprints.
 */
import { ExactNeighbours } from './exact-neighbours';
import { families, type Families, type FamilyShape } from './families.testing';
import { HnswNeighbours } from './hnsw-neighbours';
import type { Neighbours } from './neighbours';

const at = process.argv.indexOf('--dimensions');
const DIMENSIONS = at === -1 ? 128 : Number(process.argv[at + 1]);
const K = 32;
const QUERIES = 200;

const CASES: readonly (readonly [FamilyShape, number, number])[] = [
  ['star', 1, 1_000],
  ['star', 1, 10_000],
  ['star', 20, 1_000],
  ['chain', 10, 1_000],
  ['mixed', 20, 1_000],
];

interface Outcome {
  readonly recall: number;
  readonly parents: number;
  readonly addMs: number;
  readonly queryMs: number;
}

const elapsedMs = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e6;

function measure(index: Neighbours, { vectors, parents }: Families, truths: readonly number[][]): Outcome {
  const filling = process.hrtime.bigint();
  vectors.forEach((vector, label) => index.add(label, vector));
  index.nearest(vectors[0]!, 1);
  const addMs = elapsedMs(filling) / vectors.length;
  let [found, asked, parentsFound, children] = [0, 0, 0, 0];
  const asking = process.hrtime.bigint();
  for (const [query, label] of queries(vectors.length).entries()) {
    const hits = new Set(index.nearest(vectors[label]!, K, label).map((hit) => hit.label));
    const truth = truths[query] ?? [...hits];
    asked += truth.length;
    found += truth.filter((each) => hits.has(each)).length;
    const parent = parents[label]!;
    if (parent === null) continue;
    children++;
    if (hits.has(parent)) parentsFound++;
  }
  const queryMs = elapsedMs(asking) / QUERIES;
  return { recall: found / asked, parents: parentsFound / children, addMs, queryMs };
}

const queries = (models: number): number[] =>
  Array.from({ length: QUERIES }, (_, i) => Math.floor((i * models) / QUERIES));

function compare(shape: FamilyShape, count: number, models: number): void {
  const set = families({ seed: 11, families: count, models, dimensions: DIMENSIONS, shape });
  const exact = new ExactNeighbours({ dimensions: DIMENSIONS });
  const outcomes: [string, Outcome][] = [['exact', measure(exact, set, [])]];
  const truths = queries(set.vectors.length).map((label) =>
    exact.nearest(set.vectors[label]!, K, label).map((hit) => hit.label),
  );
  outcomes.push(['hnsw', measure(new HnswNeighbours({ dimensions: DIMENSIONS }), set, truths)]);
  const expanded = new HnswNeighbours({ dimensions: DIMENSIONS, descent: set.descent, expandedMax: 200_000 });
  outcomes.push(['hnsw + forest', measure(expanded, set, truths)]);
  for (const [name, { recall, parents, addMs, queryMs }] of outcomes) {
    const cells = [`${count} x ${models} ${shape}`, name, recall.toFixed(3), parents.toFixed(3)];
    console.log(`| ${[...cells, addMs.toFixed(3), queryMs.toFixed(2)].join(' | ')} |`);
  }
}

console.log(
  `seed 11, ${DIMENSIONS} dimensions, k = ${K}, ${QUERIES} queries, M 16, efConstruction 200, ef 128`,
);
console.log('| families | search | recall@32 | parent in 32 | ms an addition | ms a query |');
console.log('|---|---|---|---|---|---|');
for (const [shape, count, models] of CASES) compare(shape, count, models);
if (process.argv.includes('--large')) compare('star', 1, 100_000);
