import { stat } from 'node:fs/promises';
import {
  evaluateGraph,
  joinEvaluations,
  type Evaluation,
  type NamedObservation,
  type Recovered,
} from '@stemma/lineage';
import { UsageError } from '../cli/usage-error';
import { observeFiles, type ObserveFrom } from './observe';
import { readTruth, type TruthModel } from './truth';

export interface EvaluateOptions {
  readonly from: ObserveFrom;
  readonly recover: (models: readonly NamedObservation[]) => Recovered;
  /** Called after each model that was read. */
  readonly onRead?: (done: number, total: number) => void;
}

export interface EvaluatedFolder extends Evaluation {
  /** Models of the truth that could not be read: they are left out of the figures. */
  readonly unreadable: readonly {
    readonly model: string;
    readonly reason: string;
    readonly detail: string;
  }[];
}

/** Recovers every graph of a folder from the weights alone, each as one heap of models, and holds it against `truth.json`. */
export async function evaluateFolder(folder: string, options: EvaluateOptions): Promise<EvaluatedFolder> {
  const truth = await readTruth(folder);
  if (truth.length === 0) throw new UsageError(`${folder}/truth.json lists no models.`);
  const graphs = [...new Set(truth.map(({ graph }) => graph))];
  const evaluations: Evaluation[] = [];
  const unreadable: EvaluatedFolder['unreadable'][number][] = [];
  let done = 0;
  for (const graph of graphs) {
    const models = truth.filter((model) => model.graph === graph);
    const observations: NamedObservation[] = [];
    for (const model of models) {
      const observed = await observeFiles([await fileOf(model)], options.from);
      options.onRead?.(++done, truth.length);
      if (observed.type === 'rejected')
        unreadable.push({ model: model.id, reason: observed.reason, detail: observed.detail });
      else observations.push({ model: model.id, observation: observed.observation });
    }
    evaluations.push(evaluateReadable(graph, models, observations, options.recover));
  }
  return { ...joinEvaluations(evaluations), unreadable };
}

function evaluateReadable(
  graph: string,
  models: readonly TruthModel[],
  observations: readonly NamedObservation[],
  recover: EvaluateOptions['recover'],
): Evaluation {
  const readable = new Set(observations.map(({ model }) => model));
  const truth = models
    .filter(({ id }) => readable.has(id))
    .map(({ id, tree, parents }) => ({ model: id, tree, parents }));
  return evaluateGraph(graph, truth, recover(observations));
}

async function fileOf(
  model: TruthModel,
): Promise<{ path: string; size: number; absolutePath: string; modifiedAt: Date }> {
  const { size, mtime } = await stat(model.path).catch((cause: unknown) => {
    throw new UsageError(`truth.json lists ${model.id}, but ${model.path} is not there.`, { cause });
  });
  return { path: 'model.safetensors', size, absolutePath: model.path, modifiedAt: mtime };
}
