/**
 * A graph of 105 really trained models recovered from sketches against the paper's method on whole weights, each in a process
 * of its own, so that each has its own peak of memory:
 *
 *     node tools/run-ts.js libs/lineage/src/recover/recover-graph.bench.ts [--graph ft]
 *
 * The models are read before the clock starts; reading is told apart.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { reportFigure } from '../../../../tools/bench-report';
import { storedModels } from '../evidence/stored-models.testing';
import { recoverMother } from '../mother/recover-mother';
import { evaluateGraph } from './metrics';
import { recoverForest } from './recover-forest';
import type { NamedObservation, Recovered } from './recovered';

const { values: args } = parseArgs({
  options: { graph: { type: 'string', default: 'ft' }, method: { type: 'string' } },
});

interface Method {
  readonly name: string;
  readonly from: 'sketch' | 'weights';
  readonly recover: ((models: readonly NamedObservation[]) => Recovered) | null;
}

const METHODS: readonly Method[] = [
  { name: 'nothing, models read as sketches', from: 'sketch', recover: null },
  { name: 'Stemma from sketches', from: 'sketch', recover: (models) => recoverForest(models) },
  { name: 'Stemma from whole weights', from: 'weights', recover: (models) => recoverForest(models) },
  {
    name: "the paper's from whole weights",
    from: 'weights',
    recover: (models) => recoverMother(models, { distance: 'iclr', stage: 'generalization', trees: 5 }),
  },
];

/** What one method took. Memory is the peak of the whole process. */
interface Run {
  readonly models: number;
  readonly readSeconds: number;
  readonly seconds: number;
  readonly peakMiB: number;
  /** Share of the edges that are right; null where none was asked for. */
  readonly directed: number | null;
}

const secondsSince = (from: bigint): number => Number(process.hrtime.bigint() - from) / 1e9;

async function runMethod({ from, recover }: Method): Promise<Run> {
  const begin = process.hrtime.bigint();
  const models = await storedModels('models', new RegExp(`^${args.graph}/`), from);
  const readSeconds = secondsSince(begin);
  const truth = models.map(({ model, tree, parent }) => ({
    model,
    tree,
    parents: parent === null ? [] : [parent],
  }));
  const started = process.hrtime.bigint();
  const recovered = recover?.(models.map(({ model, observation }) => ({ model, observation })));
  const seconds = secondsSince(started);
  // Kibibytes on every platform of Node.
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const directed =
    recovered === undefined ? null : evaluateGraph('graph', truth, recovered).graphs.graph!.directed;
  return { models: models.length, readSeconds, seconds, peakMiB, directed };
}

/** In a process of its own: its peak of memory is the method's. */
function runApart({ name }: Method): Promise<Run> {
  const runner = path.join(__dirname, '../../../../tools/run-ts.js');
  return new Promise((resolve, reject) => {
    const child = fork(runner, [__filename, '--graph', args.graph, '--method', name]);
    child.on('message', (run) => resolve(run as Run));
    child.on('close', (code) => reject(new Error(`${name} ended with ${code} and no result`)));
  });
}

async function main(): Promise<void> {
  const runs: Run[] = [];
  console.log(`${'method'.padEnd(34)} read s  recover s  peak MiB  directed`);
  for (const method of METHODS) {
    const run = await runApart(method);
    runs.push(run);
    const figures = [
      run.readSeconds.toFixed(1).padStart(6),
      run.seconds.toFixed(2).padStart(10),
      run.peakMiB.toFixed(0).padStart(9),
      run.directed === null ? '' : run.directed.toFixed(3).padStart(9),
    ];
    console.log(`${method.name.padEnd(34)} ${figures.join(' ')}`.trimEnd());
  }
  const [, stemma, , mother] = runs as [Run, Run, Run, Run];
  const ratio = (of: (run: Run) => number): string => (of(mother) / of(stemma)).toFixed(1);
  console.log(
    `\n${stemma.models} models: the paper's method on whole weights takes ${ratio((run) => run.seconds)} times the time` +
      ` and ${ratio((run) => run.peakMiB)} times the memory of Stemma from sketches.`,
  );
  const name = 'paper on whole weights';
  const figure = `${stemma.models} models recovered from sketches`;
  reportFigure({ figure, value: stemma.seconds, unit: 's', peer: { name, value: mother.seconds } });
  reportFigure({
    figure: `${figure}, peak memory`,
    value: stemma.peakMiB,
    unit: 'MiB',
    peer: { name, value: mother.peakMiB },
  });
}

const chosen = METHODS.find(({ name }) => name === args.method);
if (chosen === undefined) void main();
else void runMethod(chosen).then((run) => process.send?.(run));
