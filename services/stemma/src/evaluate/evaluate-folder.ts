import { evaluateGraph, joinEvaluations, type Evaluation } from '@stemma/lineage';
import { UsageError } from '../cli/usage-error';
import type { ObserveFrom } from './observe';
import { byGraph, readGraph, type ReadGraph, type UnreadableModel } from './read-graph';
import type { Recover } from './recover-method';
import { readTruth, type TruthModel } from './truth';

/** Steps of long work: models that were read, then graphs that were recovered. */
export type OnWork = (done: number, total: number, what: string) => void;

export interface EvaluateOptions {
  readonly from: ObserveFrom;
  readonly recover: Recover;
  readonly onWork?: OnWork;
}

export interface EvaluatedFolder extends Evaluation {
  /** Models of the truth that could not be read: they are left out of the figures. */
  readonly unreadable: readonly UnreadableModel[];
}

/** Recovers every graph of some folders from the weights alone, each as one heap of models, and holds it against the truth. */
export async function evaluateFolders(
  folders: readonly string[],
  { from, recover, onWork }: EvaluateOptions,
): Promise<EvaluatedFolder> {
  const graphs = await readTruths(folders);
  const total = [...graphs.values()].reduce((sum, models) => sum + models.length, 0);
  const evaluations: Evaluation[] = [];
  const unreadable: UnreadableModel[] = [];
  let done = 0;
  for (const [name, models] of graphs) {
    const graph = await readGraph(name, models, [from], () => onWork?.(++done, total, `reading ${name}`));
    unreadable.push(...graph.unreadable);
    onWork?.(done, total, `recovering ${name}`);
    evaluations.push(evaluateGraph(name, graph.truth, recover(graph.observations[from], knownOf(graph))));
  }
  return { ...joinEvaluations(evaluations), unreadable };
}

/** All graphs of some folders. A graph belongs to one folder: figures go by its name. */
export async function readTruths(folders: readonly string[]): Promise<Map<string, TruthModel[]>> {
  const graphs = new Map<string, TruthModel[]>();
  for (const folder of folders) {
    const truth = await readTruth(folder);
    if (truth.length === 0) throw new UsageError(`${folder}/truth.json lists no models.`);
    for (const [name, models] of byGraph(truth)) {
      if (graphs.has(name))
        throw new UsageError(
          `Two of the folders have a graph that is called ${name}: evaluate them one by one.`,
        );
      graphs.set(name, models);
    }
  }
  return graphs;
}

/** What a method that has to be told something of a graph is told. */
export const knownOf = ({ truth }: ReadGraph): { trees: number } => ({
  trees: new Set(truth.map(({ tree }) => tree)).size,
});
