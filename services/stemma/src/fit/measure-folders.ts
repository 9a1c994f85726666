import { basename } from 'node:path';
import { measureFamily, type MeasuredFamily } from '@stemma/lineage';
import { UsageError } from '../cli/usage-error';
import { byGraph, readGraph, type ReadGraph } from '../evaluate/read-graph';
import { readTruth } from '../evaluate/truth';

/**
 * Sketches and measures the families of folders with a `truth.json`. A graph is a family; families of one folder whose names begin
 * alike up to the first hyphen are one group, which is left out as a whole.
 */
export async function measureFolders(
  folders: readonly string[],
  onRead: (done: number, total: number) => void,
): Promise<MeasuredFamily[]> {
  const truths = await Promise.all(folders.map(readTruth));
  const total = truths.reduce((sum, models) => sum + models.length, 0);
  let done = 0;
  const families: MeasuredFamily[] = [];
  for (const [i, truth] of truths.entries()) {
    const folder = basename(folders[i]!);
    for (const [name, models] of byGraph(truth)) {
      const graph = await readGraph(name, models, ['sketch'], () => onRead(++done, total));
      families.push(measureGraph(graph, folder));
    }
  }
  return families;
}

/** A model that cannot be read ends the fit: the committed measures are of all models of a folder or of none. */
function measureGraph({ name, truth, observations, unreadable }: ReadGraph, folder: string): MeasuredFamily {
  const [first] = unreadable;
  if (first !== undefined) throw new UsageError(`${first.model} cannot be read: ${first.detail}`);
  const parents = new Map(truth.map((model) => [model.model, model.parents]));
  const labelled = observations.sketch.map((one) => ({ ...one, parents: parents.get(one.model) ?? [] }));
  return measureFamily(`${folder}/${name}`, `${folder}/${name.split('-')[0]}`, labelled);
}
