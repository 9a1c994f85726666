/**
 * What it costs to make the bytes of a stored sketch ready to be compared, beside comparing it, in one run: a model that an index
 * does not have in memory is read again for every arrival that comes near it.
 *
 *     node tools/run-ts.js libs/lineage/src/evidence/read-sketch.bench.ts [--models 192] [--rounds 12]
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { decodeForComparing, decodeSketch, encodeSketch, sketchWeights, toObservation } from '@stemma/sketch';
import { reportFigure } from '../../../../tools/bench-report';
import { comparePair } from './compare-pair';
import { initialise, train, type TestWeights } from './evidence.testing';
import type { Observation } from './observation';
import { pairTables } from './table-pair';

const { values: args } = parseArgs({
  options: { models: { type: 'string', default: '192' }, rounds: { type: 'string', default: '12' } },
});
const [MODELS, ROUNDS] = [Number(args.models), Number(args.rounds)];

/** A full sketch: all the samples and low-rank blocks that one can have. */
const FULL = { matrices: 24, rows: 32, columns: 32 };

type Dtype = 'F32' | 'BF16';

/** CPU microseconds of one call, the least of the rounds; a call in each round for every model. */
function time(call: (model: number) => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const from = process.cpuUsage();
    for (let model = 0; model < MODELS; model++) call(model);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / MODELS;
  });
  return Math.min(...rounds);
}

function sketchBytes(weights: TestWeights, model: number, dtype: Dtype): Uint8Array {
  const { rows, columns } = FULL;
  const slabs = weights.matrices.map((values, at) => {
    const floats = Float32Array.from(values);
    // The upper half of a float32.
    const halves = new Uint16Array(floats.buffer).filter((_, i) => i % 2 === 1);
    if (dtype === 'BF16') new Uint16Array(floats.buffer).forEach((_, i, all) => i % 2 === 0 && (all[i] = 0));
    const bytes = new Uint8Array(dtype === 'F32' ? floats.buffer : halves.buffer);
    const name = `layers.${at}.attn.q_proj.weight`;
    const place = { name, dtype, rows, width: columns, rowBegin: 0, rowEnd: rows };
    return { ...place, bytes, values: () => Float64Array.from(floats) };
  });
  const identity = { architecture: '0'.repeat(64), contentHash: model.toString(16).padStart(64, '0') };
  const rest = { kind: 'model', parameterCount: 24_576, fileHashes: [], embedding: null } as const;
  return encodeSketch(sketchWeights({ ...identity, ...rest, slabs }));
}

function read(bytes: Uint8Array): Observation {
  const decoded = decodeForComparing(bytes);
  assert(decoded.type === 'for-comparing', 'a sketch expected');
  return decoded.observation;
}

/** All of it, as what is told of an edge takes. */
function readWhole(bytes: Uint8Array): Observation {
  const decoded = decodeSketch(bytes, true);
  assert(decoded.type === 'sketch', 'a sketch expected');
  return toObservation(decoded.sketch);
}

function bench(dtype: Dtype): void {
  const base = initialise(1, FULL);
  const stored = Array.from({ length: MODELS }, (_, model) =>
    sketchBytes(train(base, model + 2, 0.05), model, dtype),
  );
  const arrival = read(sketchBytes(base, MODELS, dtype));
  const models = stored.map(read);
  // All of them stay in the kernel, and are the same objects: nothing is left but comparing.
  const compare = time((model) => comparePair(arrival, models[model]!));
  const lines: (readonly [string, number])[] = [
    ['all of a sketch, for telling', time((model) => readWhole(stored[model]!))],
    ['decode for comparing', time((model) => read(stored[model]!))],
    ['… and a table of it', time((model) => pairTables(arrival, read(stored[model]!)))],
    [
      '… and products in the kernel',
      time((model) => pairTables(arrival, read(stored[model]!))!.raw.products),
    ],
    ['… and compare', time((model) => comparePair(arrival, read(stored[model]!)))],
  ];
  console.log(`\n${dtype}, ${stored[0]!.byteLength} bytes`);
  console.log(`  ${'compare'.padEnd(32)} ${compare.toFixed(0).padStart(6)} µs of CPU`);
  const peer = { name: 'compare', value: compare };
  for (const [figure, value] of lines) {
    const ratio = (value / compare).toFixed(2).padStart(6);
    console.log(`  ${figure.padEnd(32)} ${value.toFixed(0).padStart(6)} µs of CPU ${ratio} × compare`);
  }
  const [, whole] = lines.at(-1)!;
  reportFigure({
    figure: `make a stored sketch of ${dtype} ready`,
    value: whole - compare,
    unit: 'µs',
    peer,
  });
}

for (const dtype of ['F32', 'BF16'] as const) bench(dtype);
