import pc from 'picocolors';
import { dataFolder, PORT_DEFAULT, readEnv, toConfig, type Env } from '../config';
import { compareMethods } from '../evaluate/compare-methods';
import { evaluateFolders, type EvaluatedFolder, type OnWork } from '../evaluate/evaluate-folder';
import { motherMethod, stemmaMethod, type Recover } from '../evaluate/recover-method';
import { printAncestors, printDescendants, printTree } from './ask';
import { renderComparison, renderEvaluation } from './eval-report';
import { exportToKafka } from './export-log';
import { indexModels } from './index-models';
import { countLine } from './progress';
import type { AskFlags, EvalFlags, RecoverFlags, Verbs } from './program';
import { QueryClient } from './query-client';
import { printRecovered, recoverFolder } from './recover';
import { serverAddress } from './server-address';
import { readStages } from './stages';
import { start } from './start';
import { terminal } from './terminal';
import { UsageError } from './usage-error';
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
    const after = flags.after ?? (await asked.status()).cursor;
    await watchChanges(asked, after, stopping.signal, terminal(flags.json ?? false));
  },

  exportLog: (flags) => exportToKafka(flags),

  async recover(folder, flags) {
    const recover = await methodOf(flags);
    const recovered = await underway((onWork) =>
      recoverFolder(
        folder,
        flags.from,
        (models) => recover(models, { trees: null }),
        (done, total) => onWork(done, total, 'reading'),
      ),
    );
    printRecovered(recovered, terminal(flags.json ?? false));
  },

  async eval(folders, flags) {
    const out = terminal(flags.json ?? false);
    const print = <T>(evaluated: T, render: (evaluated: T) => string): void => {
      if (out.json) out.printJson(evaluated);
      else out.print(render(evaluated));
    };
    if (flags.method === 'all') {
      if (flags.stage !== undefined || flags.trees !== undefined)
        throw new UsageError('--method all tells every method what it needs: leave --stage and --trees out.');
      return print(await underway((onWork) => compareMethods(folders, onWork)), renderComparison);
    }
    const recover = await methodOf(flags);
    const evaluate = (onWork: OnWork): Promise<EvaluatedFolder> =>
      evaluateFolders(folders, { from: flags.from, recover, onWork });
    print(await underway(evaluate), renderEvaluation);
  },
};

/** Shows how far the work is. The terminal is left as it was, also where the work fails. */
async function underway<T>(work: (onWork: OnWork) => Promise<T>): Promise<T> {
  const line = countLine(process.stderr, 'reading');
  try {
    return await work((done, total, what) => line.update(done, total, what));
  } finally {
    line.stop();
  }
}

async function client({ url, data }: AskFlags): Promise<QueryClient> {
  if (url !== undefined) return new QueryClient(url);
  const env: Env = readEnv();
  const folder = dataFolder(data === undefined ? {} : { data }, env, { kind: 'zoo' });
  return new QueryClient(await serverAddress(folder, Number(env.STEMMA_PORT ?? PORT_DEFAULT)));
}

async function methodOf(flags: RecoverFlags | EvalFlags): Promise<Recover> {
  const trees = flags.trees ?? 'estimated';
  if (flags.method === 'mother') return motherMethod(await readStages(flags.stage), flags.distance, trees);
  return stemmaMethod(trees, (asked, found) => {
    const why =
      asked < found ? 'models that are not kin are never joined' : 'there are no more models to part';
    process.stderr.write(pc.yellow(`--trees ${asked}: ${found} trees remain, ${why}.\n`));
  });
}
