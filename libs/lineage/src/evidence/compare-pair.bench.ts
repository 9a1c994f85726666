/**
 * A pair compared from sketches against the same pair from whole weights, and a graph of 105 models recovered from sketches
 * against the paper's method on whole weights, all in one run on the zoo's models:
 *
 *     node dist/libs/lineage/src/evidence/compare-pair.bench.js [--rounds 200]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { recoverMother } from '../mother/recover-mother';
import { recoverForest } from '../recover/recover-forest';
import type { NamedObservation } from '../recover/recovered';
import { comparePair } from './compare-pair';
import { observeFile } from './evidence.testing';
import type { Observation } from './observation';

const COORDINATES = 16_384;
const ROWS_MAX = 32;
const { values: args } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });

/** The zoo of the checkout that the command runs in: the compiled bench lies elsewhere. */
const MODELS = path.join(process.cwd(), 'libs/zoo/models');

/** The size of a sketch: as many rows and columns a tensor, whole-row norms in float32. */
function asSketch(whole: Observation): Observation {
  const tensors = whole.tensors.map((tensor) => {
    const rows = Math.min(ROWS_MAX, tensor.rows);
    const columns = Math.min(tensor.columns, Math.floor(COORDINATES / whole.tensors.length / rows));
    const values = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const begin = row * tensor.columns;
      values.set(tensor.values.subarray(begin, begin + columns), row * columns);
    }
    const rowMeanSquares = Float32Array.from(tensor.rowMeanSquares.subarray(0, rows));
    return { ...tensor, rows, columns, values, rowMeanSquares, complete: false };
  });
  return { ...whole, tensors };
}

/** Median time of one call in microseconds. */
function time(call: () => unknown, rounds: number): number {
  const times = Float64Array.from({ length: rounds }, () => {
    const from = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - from) / 1e3;
  });
  return times.sort()[rounds >> 1]!;
}

function comparePairs(rounds: number): void {
  const read = (name: string): Observation => observeFile(path.join(MODELS, `${name}.safetensors`));
  const pairs = [
    ['parent and child', read('ft/mae/root'), read('ft/mae/posy')],
    ['strangers', read('ft/mae/root'), read('ft/dino/root')],
  ] as const;
  console.log('pair              sketch µs   whole µs   ratio');
  for (const [name, a, b] of pairs) {
    const [p, q] = [asSketch(a), asSketch(b)];
    time(() => comparePair(p, q), 20); // lets the compiler finish
    const sketch = time(() => comparePair(p, q), rounds);
    const whole = time(() => comparePair(a, b), rounds);
    const cells = [
      sketch.toFixed(0).padStart(9),
      whole.toFixed(0).padStart(10),
      (whole / sketch).toFixed(1).padStart(7),
    ];
    console.log(`${name.padEnd(17)} ${cells.join(' ')}`);
  }
}

function readGraph(graph: string): NamedObservation[] {
  const truth = JSON.parse(readFileSync(path.join(MODELS, 'truth.json'), 'utf8')) as Record<string, object>;
  return Object.entries(truth)
    .filter(([tree]) => tree.startsWith(`${graph}/`))
    .flatMap(([tree, models]) => Object.keys(models).map((name) => `${tree}/${name}`))
    .map((model) => ({ model, observation: observeFile(path.join(MODELS, `${model}.safetensors`)) }));
}

function recoverGraph(): void {
  const whole = readGraph('ft');
  const sketches = whole.map(({ model, observation }) => ({ model, observation: asSketch(observation) }));
  const seconds = (call: () => unknown): number => {
    const from = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - from) / 1e9;
  };
  const stemma = seconds(() => recoverForest(sketches));
  const mother = seconds(() => recoverMother(whole, { distance: 'iclr', stage: 'generalization', trees: 5 }));
  const resident = process.memoryUsage().rss / 2 ** 20;
  console.log(
    `\n${whole.length} models: ${stemma.toFixed(1)} s from sketches, ${mother.toFixed(1)} s by the paper's method on whole`,
  );
  console.log(
    `weights (× ${(mother / stemma).toFixed(1)}); ${resident.toFixed(0)} MiB resident, both kinds of observations held.`,
  );
}

comparePairs(Number(args.rounds));
recoverGraph();
