/**
 * What a pair costs and what its parts cost, from sketches and from whole weights, beside the paper's distance and score on
 * whole weights, all in one run on the repository's really trained models:
 *
 *     node tools/run-ts.js libs/lineage/src/evidence/compare-pair.bench.ts [--rounds 200]
 */
import { parseArgs } from 'node:util';

import { reportFigure } from '../../../../tools/bench-report';
import { directionalScore } from '../mother/directional-score';
import { motherDistance } from '../mother/layer-distance';
import { comparePair } from './compare-pair';
import { DEFAULT_CONSTANTS } from './constants';
import { compareTensors, treeDistance } from './distance';
import { measureEmbedding } from './embedding-growth';
import { measureGrowth } from './growth';
import { growthRowsOf } from './growth-rows';
import type { Observation } from './observation';
import { storedModels } from './stored-models.testing';
import { pairTables } from './table-pair';

const { values: args } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const ROUNDS = Number(args.rounds);

/** Median time of one call in microseconds. */
function time(call: () => unknown): number {
  for (let round = 0; round < ROUNDS / 4; round++) call(); // lets the compiler finish
  const times = Float64Array.from({ length: ROUNDS }, () => {
    const from = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - from) / 1e3;
  });
  return times.sort()[ROUNDS >> 1]!;
}

type Pair = readonly [Observation, Observation];

const distance = ([a, b]: Pair): number => {
  const { coarse } = pairTables(a, b)!;
  return treeDistance(coarse, compareTensors(coarse), DEFAULT_CONSTANTS);
};

const slope = ([a, b]: Pair): number =>
  measureGrowth(growthRowsOf(pairTables(a, b)!.raw, DEFAULT_CONSTANTS), DEFAULT_CONSTANTS).slope;

const embedding = ([a, b]: Pair): number =>
  measureEmbedding(a.embedding, b.embedding, DEFAULT_CONSTANTS).ratio;

const PARTS: readonly (readonly [name: string, part: (pair: Pair) => unknown])[] = [
  ['distance and kinship', distance],
  ['growth slope', slope],
  ['token embedding', embedding],
  ['everything: comparePair', ([a, b]) => comparePair(a, b)],
];

/** What the paper's method does for a pair; it scores a model once, so half of a pair's scores is counted. */
const paper = ([a, b]: Pair): number =>
  motherDistance(a, b, { distance: 'iclr' })! + directionalScore(a, 'kurtosis');

async function read(
  folder: 'models' | 'pretrained',
  tree: string,
  names: readonly string[],
  as: 'sketch' | 'weights',
) {
  const models = await storedModels(folder, new RegExp(`^${tree}$`), as, (name) => names.includes(name));
  return names.map((name) => models.find(({ model }) => model === `${tree}/${name}`)!.observation);
}

/** Prints one pair's rows; the ratio is whole weights over sketch. */
function compare(name: string, sketches: Pair, wholes: Pair): void {
  console.log(`\n${name.padEnd(34)} sketch µs   whole µs    ratio`);
  const line = (part: string, sketch: number, whole: number): void => {
    const cells = [sketch, whole].map((us) => us.toFixed(0).padStart(10)).join(' ');
    console.log(`  ${part.padEnd(30)} ${cells} ${(whole / sketch).toFixed(1).padStart(9)}`);
  };
  for (const [part, measure] of PARTS) {
    const [sketch, whole] = [time(() => measure(sketches)), time(() => measure(wholes))];
    line(part, sketch, whole);
    const peer = { name: 'whole weights', value: whole };
    reportFigure({ figure: `${part}, ${name}`, value: sketch, unit: 'µs', peer });
  }
  const whole = time(() => paper(wholes));
  const sketch = time(() => comparePair(...sketches));
  line("against the paper's distance", sketch, whole);
  const peer = { name: 'paper on whole weights', value: whole };
  reportFigure({ figure: `comparePair, ${name}`, value: sketch, unit: 'µs', peer });
}

async function main(): Promise<void> {
  const zoo = async (tree: string, names: readonly string[]): Promise<[Observation[], Observation[]]> => [
    await read('models', tree, names, 'sketch'),
    await read('models', tree, names, 'weights'),
  ];
  const [mae, maeWhole] = await zoo('ft/mae', ['root', 'posy']);
  const [dino, dinoWhole] = await zoo('ft/dino', ['root']);
  compare('parent and child of the zoo', [mae[0]!, mae[1]!], [maeWhole[0]!, maeWhole[1]!]);
  compare('strangers of the zoo', [mae[0]!, dino[0]!], [maeWhole[0]!, dinoWhole[0]!]);
  const minilm = await read('pretrained', 'minilm', ['m00', 'm01'], 'sketch');
  const whole = await read('pretrained', 'minilm', ['m00', 'm01'], 'weights');
  compare('parent and child of MiniLM', [minilm[0]!, minilm[1]!], [whole[0]!, whole[1]!]);
}

void main();
