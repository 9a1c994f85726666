import pc from 'picocolors';
import type { NamedObservation, Recovered, RecoveredModel } from '@stemma/lineage';
import { observeFiles, type ObserveFrom } from '../evaluate/observe';
import { listFolder } from '../folder/list-folder';
import { nestTrees, renderTrees } from './render-tree';
import { paintTree, type Terminal } from './terminal';
import { UsageError } from './usage-error';

/** A folder's recovered forest, and what of the folder could not be read. */
export interface RecoveredFolder {
  readonly models: readonly RecoveredModel[];
  readonly unreadable: readonly {
    readonly model: string;
    readonly reason: string;
    readonly detail: string;
  }[];
}

/** `stemma recover`: the trees of all models in a folder, from the weights alone. */
export async function recoverFolder(
  folder: string,
  from: ObserveFrom,
  recover: (models: readonly NamedObservation[]) => Recovered,
  onRead: (done: number, total: number) => void,
): Promise<RecoveredFolder> {
  const listed = await listFolder(folder).catch((cause: unknown) => {
    throw new UsageError(`${folder} cannot be read: name a folder that holds safetensors files.`, { cause });
  });
  if (listed.length === 0) throw new UsageError(`${folder} holds no safetensors files.`);
  const observations: NamedObservation[] = [];
  const unreadable: RecoveredFolder['unreadable'][number][] = [];
  for (const [i, { id, files }] of listed.entries()) {
    const observed = await observeFiles(files, from);
    if (observed.type === 'observed') observations.push({ model: id, observation: observed.observation });
    else unreadable.push({ model: id, reason: observed.reason, detail: observed.detail });
    onRead(i + 1, listed.length);
  }
  return { models: recover(observations).models, unreadable };
}

export function printRecovered(recovered: RecoveredFolder, out: Terminal): void {
  if (out.json) return out.printJson(recovered);
  const roots = nestTrees(recovered.models);
  if (roots.length > 0) out.print(renderTrees(roots, { columnsMax: out.columnsMax, paint: paintTree }));
  const summary = `${recovered.models.length} models in ${roots.length} ${roots.length === 1 ? 'tree' : 'trees'}`;
  out.print(pc.dim(summary));
  for (const { model, reason, detail } of recovered.unreadable)
    out.print(pc.yellow(`${model} was left out: ${reason}. ${detail}`));
}
