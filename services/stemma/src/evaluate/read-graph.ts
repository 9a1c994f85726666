import { stat } from 'node:fs/promises';
import type { NamedObservation, TrueModel } from '@stemma/lineage';
import { UsageError } from '../cli/usage-error';
import type { FolderFile } from '../folder/list-folder';
import { observeFiles, type ObserveFrom } from './observe';
import { restrictTruth } from './restrict-truth';
import type { TruthModel } from './truth';

/** One graph: its models as they were observed, in each of the ways asked for, and the truth about them. */
export interface ReadGraph {
  readonly name: string;
  /** Of the models that could be read. */
  readonly truth: readonly TrueModel[];
  readonly observations: Readonly<Record<ObserveFrom, readonly NamedObservation[]>>;
  readonly unreadable: readonly UnreadableModel[];
}

/** A model that could not be read. */
export interface UnreadableModel {
  readonly model: string;
  readonly reason: string;
  readonly detail: string;
}

/** Models of a truth by graph, in the truth's order. */
export function byGraph(truth: readonly TruthModel[]): Map<string, TruthModel[]> {
  const graphs = new Map<string, TruthModel[]>();
  for (const model of truth) graphs.set(model.graph, [...(graphs.get(model.graph) ?? []), model]);
  return graphs;
}

/**
 * Reads every model of a graph from its own bytes, or throws a {@link UsageError} where none can be read. No other
 * name than that of its file is looked at, and that not for a hint.
 */
export async function readGraph(
  name: string,
  models: readonly TruthModel[],
  ways: readonly ObserveFrom[],
  onRead: () => void,
): Promise<ReadGraph> {
  const observations: Record<ObserveFrom, NamedObservation[]> = { sketch: [], weights: [] };
  const unreadable: UnreadableModel[] = [];
  for (const model of models) {
    const files = [await fileOf(model)];
    const observed = await Promise.all(ways.map((from) => observeFiles(files, from)));
    const rejected = observed.find(({ type }) => type === 'rejected');
    if (rejected?.type === 'rejected')
      unreadable.push({ model: model.id, reason: rejected.reason, detail: rejected.detail });
    else
      observed.forEach((found, i) => {
        if (found.type === 'observed')
          observations[ways[i]!].push({ model: model.id, observation: found.observation });
      });
    onRead();
  }
  const [first] = unreadable;
  if (first !== undefined && unreadable.length === models.length)
    throw new UsageError(`None of the models of ${name} can be read; ${first.model}: ${first.detail}`);
  const failed = new Set(unreadable.map(({ model }) => model));
  const truth = models.map(({ id, tree, parents }) => ({ model: id, tree, parents }));
  const readable = new Set(models.flatMap(({ id }) => (failed.has(id) ? [] : [id])));
  return { name, truth: restrictTruth(truth, readable), observations, unreadable };
}

async function fileOf(model: TruthModel): Promise<FolderFile> {
  const { size, mtime } = await stat(model.path).catch((cause: unknown) => {
    throw new UsageError(`truth.json lists ${model.id}, but ${model.path} is not there.`, { cause });
  });
  return { path: 'model.safetensors', size, absolutePath: model.path, modifiedAt: mtime };
}
