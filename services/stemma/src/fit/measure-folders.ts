import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { measureFamily, type LabelledObservation, type MeasuredFamily } from '@stemma/lineage';
import { UsageError } from '../cli/usage-error';
import { observeFiles } from '../evaluate/observe';
import { readTruth, type TruthModel } from '../evaluate/truth';

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
    for (const graph of new Set(truth.map((model) => model.graph))) {
      const models = truth.filter((model) => model.graph === graph);
      const observed = await observeAll(models, () => onRead(++done, total));
      families.push(measureFamily(`${folder}/${graph}`, `${folder}/${graph.split('-')[0]}`, observed));
    }
  }
  return families;
}

async function observeAll(models: readonly TruthModel[], onRead: () => void): Promise<LabelledObservation[]> {
  const observations: LabelledObservation[] = [];
  for (const { id, path, parents } of models) {
    const { size, mtime } = await stat(path);
    const file = { path: 'model.safetensors', size, absolutePath: path, modifiedAt: mtime };
    const observed = await observeFiles([file], 'sketch');
    onRead();
    if (observed.type === 'rejected') throw new UsageError(`${path} cannot be read: ${observed.detail}`);
    observations.push({ model: id, observation: observed.observation, parents });
  }
  return observations;
}
