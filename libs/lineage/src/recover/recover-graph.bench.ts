/**
 * Graphs of really trained models recovered from sketches against the paper's method on whole weights, each in a process of its
 * own, so that each has its own peak of memory:
 *
 *     node tools/run-ts.js libs/lineage/src/recover/recover-graph.bench.ts
 *
 * 105 models of 120,672 parameters, of which the paper's method looks at the 36,864 of attention, and 16 of 1.8 million. The
 * models are read before the clock starts; reading is told apart.
 */
import { fork } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { reportFigure } from '../../../../tools/bench-report';
import { storedModels } from '../evidence/stored-models.testing';
import { type MotherOptions, recoverMother } from '../mother/recover-mother';
import { evaluateGraph } from './metrics';
import { recoverForest } from './recover-forest';
import type { NamedObservation, Recovered } from './recovered';

/** A child is told its graph and its method. */
const { values: args } = parseArgs({ options: { graph: { type: 'string' }, method: { type: 'string' } } });

interface Graph {
  readonly name: string;
  readonly folder: 'models' | 'pretrained';
  readonly models: RegExp;
  /** What the paper's method is told; ours is not. */
  readonly known: Pick<MotherOptions, 'trees' | 'stage'>;
}

const GRAPHS: readonly Graph[] = [
  {
    name: 'the zoo, fine-tuned',
    folder: 'models',
    models: /^ft\//,
    known: { trees: 5, stage: 'generalization' },
  },
  { name: 'MiniLM', folder: 'pretrained', models: /^minilm$/, known: { trees: 1, stage: 'specialization' } },
];

interface Method {
  readonly name: string;
  readonly from: 'sketch' | 'weights';
  readonly recover: ((models: readonly NamedObservation[], known: Graph['known']) => Recovered) | null;
}

const METHODS: readonly Method[] = [
  { name: 'nothing, models read as sketches', from: 'sketch', recover: null },
  { name: 'Stemma from sketches', from: 'sketch', recover: (models) => recoverForest(models) },
  { name: 'Stemma from whole weights', from: 'weights', recover: (models) => recoverForest(models) },
  {
    name: "the paper's from whole weights",
    from: 'weights',
    recover: (models, known) => recoverMother(models, { distance: 'iclr', ...known }),
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

async function runMethod(graph: Graph, { from, recover }: Method): Promise<Run> {
  const begin = process.hrtime.bigint();
  const models = await storedModels(graph.folder, graph.models, from);
  const readSeconds = secondsSince(begin);
  const truth = models.map(({ model, tree, parent }) => ({
    model,
    tree,
    parents: parent === null ? [] : [parent],
  }));
  const started = process.hrtime.bigint();
  const named = models.map(({ model, observation }) => ({ model, observation }));
  const recovered = recover?.(named, graph.known);
  const seconds = secondsSince(started);
  // Kibibytes on every platform of Node.
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const directed =
    recovered === undefined ? null : evaluateGraph('graph', truth, recovered).graphs.graph!.directed;
  return { models: models.length, readSeconds, seconds, peakMiB, directed };
}

/** In a process of its own: its peak of memory is the method's. */
function runApart(graph: Graph, { name }: Method): Promise<Run> {
  const runner = path.join(__dirname, '../../../../tools/run-ts.js');
  return new Promise((resolve, reject) => {
    const child = fork(runner, [__filename, '--graph', graph.name, '--method', name]);
    child.on('message', (run) => resolve(run as Run));
    child.on('close', (code) => reject(new Error(`${name} ended with ${code} and no result`)));
  });
}

async function compareMethods(graph: Graph): Promise<void> {
  const runs: Run[] = [];
  console.log(`\n${graph.name.padEnd(34)} read s  recover s  peak MiB  directed`);
  for (const method of METHODS) {
    const run = await runApart(graph, method);
    runs.push(run);
    const figures = [
      run.readSeconds.toFixed(1).padStart(6),
      run.seconds.toFixed(2).padStart(10),
      run.peakMiB.toFixed(0).padStart(9),
      run.directed === null ? '' : run.directed.toFixed(3).padStart(9),
    ];
    console.log(`${method.name.padEnd(34)} ${figures.join(' ')}`.trimEnd());
  }
  const [, stemma, , paper] = runs as [Run, Run, Run, Run];
  const ratio = (of: (run: Run) => number): string => (of(paper) / of(stemma)).toFixed(1);
  console.log(
    `The paper's method takes ${ratio((run) => run.seconds)} times the time and ${ratio((run) => run.peakMiB)} times the memory.`,
  );
  const name = 'paper on whole weights';
  const figure = `${stemma.models} models recovered from sketches`;
  reportFigure({ figure, value: stemma.seconds, unit: 's', peer: { name, value: paper.seconds } });
  const memory = { figure: `${figure}, peak memory`, value: stemma.peakMiB, unit: 'MiB' };
  reportFigure({ ...memory, peer: { name, value: paper.peakMiB } });
}

async function main(): Promise<void> {
  for (const graph of GRAPHS) await compareMethods(graph);
}

const [graph, method] = [
  GRAPHS.find(({ name }) => name === args.graph),
  METHODS.find(({ name }) => name === args.method),
];
if (graph === undefined || method === undefined) void main();
else void runMethod(graph, method).then((run) => process.send?.(run));
