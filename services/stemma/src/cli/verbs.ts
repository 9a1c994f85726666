import { recoverForest, recoverMother, type NamedObservation, type Recovered } from '@stemma/lineage';
import { dataFolder, PORT_DEFAULT, readEnv, toConfig, type Env } from '../config';
import { evaluateFolder } from '../evaluate/evaluate-folder';
import { printAncestors, printDescendants, printTree } from './ask';
import { renderEvaluation } from './eval-report';
import { indexModels } from './index-models';
import { countLine } from './progress';
import type { AskFlags, RecoverFlags, Verbs } from './program';
import { QueryClient } from './query-client';
import { printRecovered, recoverFolder } from './recover';
import { serverAddress } from './server-address';
import { readStages } from './stages';
import { start } from './start';
import { terminal } from './terminal';
import { watchChanges } from './watch';

/** What the command line's verbs do. */
export const verbs: Verbs = {
  start: (flags) => start(toConfig(flags, readEnv(), new Date())),

  index: (targets, flags) => indexModels(targets, flags),

  async ancestors(model, flags) {
    await printAncestors(await client(flags), model, terminal(flags.json ?? false));
  },

  async descendants(model, flags) {
    await printDescendants(await client(flags), model, flags.depth, terminal(flags.json ?? false));
  },

  async tree(model, flags) {
    await printTree(await client(flags), model, flags.limit, terminal(flags.json ?? false));
  },

  async watch(flags) {
    const asked = await client(flags);
    const stopping = new AbortController();
    process.once('SIGINT', () => stopping.abort()).once('SIGTERM', () => stopping.abort());
    const after = flags.after ?? (await asked.status()).seq;
    await watchChanges(asked, after, stopping.signal, terminal(flags.json ?? false));
  },

  async recover(folder, flags) {
    const line = countLine(process.stderr, 'reading');
    const recovered = await recoverFolder(folder, flags.from, await method(flags), (done, total) =>
      line.update(done, total),
    );
    line.stop();
    printRecovered(recovered, terminal(flags.json ?? false));
  },

  async eval(folder, flags) {
    const line = countLine(process.stderr, 'reading');
    const onRead = (done: number, total: number): void => line.update(done, total);
    const evaluation = await evaluateFolder(folder, {
      from: flags.from,
      recover: await method(flags),
      onRead,
    });
    line.stop();
    const out = terminal(flags.json ?? false);
    if (out.json) out.printJson(evaluation);
    else out.print(renderEvaluation(evaluation));
  },
};

async function client({ url, data }: AskFlags): Promise<QueryClient> {
  if (url !== undefined) return new QueryClient(url);
  const env: Env = readEnv();
  const folder = dataFolder(data === undefined ? {} : { data }, env, { kind: 'zoo' });
  return new QueryClient(await serverAddress(folder, Number(env.STEMMA_PORT ?? PORT_DEFAULT)));
}

async function method(flags: RecoverFlags): Promise<(models: readonly NamedObservation[]) => Recovered> {
  if (flags.method === 'stemma') return (models) => recoverForest(models);
  const stage = await readStages(flags.stage);
  const trees = flags.trees ?? 'estimated';
  const distance = flags.distance;
  return (models) => recoverMother(models, { stage, trees, distance });
}
