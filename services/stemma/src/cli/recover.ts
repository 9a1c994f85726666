import pc from 'picocolors';
import type { NamedObservation, Recovered, RecoveredModel } from '@stemma/lineage';
import { observeFiles, type ObserveFrom } from '../evaluate/observe';
import { modelsIn } from '../folder/models-in';
import { remarksOn, type Remark } from '../folder/remarks';
import { counted, renderLeftOut, renderRemarks } from './notes';
import { RefusedError } from './query-client';
import { nestTrees, renderTrees } from './render-tree';
import { paintTree, type Terminal } from './terminal';

/** A folder's recovered forest, what is odd about its models, and what of the folder could not be read. */
export interface RecoveredFolder {
  readonly models: readonly RecoveredModel[];
  readonly remarks: readonly Remark[];
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
  const listed = await modelsIn(folder);
  const observations: NamedObservation[] = [];
  const unreadable: RecoveredFolder['unreadable'][number][] = [];
  for (const [i, { id, files }] of listed.entries()) {
    const observed = await observeFiles(files, from);
    if (observed.type === 'observed') observations.push({ model: id, observation: observed.observation });
    else unreadable.push({ model: id, reason: observed.reason, detail: observed.detail });
    onRead(i + 1, listed.length);
  }
  return { models: recover(observations).models, remarks: remarksOn(observations), unreadable };
}

/** Throws a {@link RefusedError} after it has said why, where none of the models could be read. */
export function printRecovered(recovered: RecoveredFolder, out: Terminal): void {
  const { models, remarks, unreadable } = recovered;
  if (out.json) out.printJson(recovered);
  else {
    const roots = nestTrees(models);
    if (roots.length > 0) out.print(renderTrees(roots, { columnsMax: out.columnsMax, paint: paintTree }));
    const leftOut = unreadable.length === 0 ? '' : `, ${unreadable.length} left out`;
    out.print(pc.dim(`${counted(models.length, 'model')} in ${counted(roots.length, 'tree')}${leftOut}`));
    renderRemarks(remarks, out.columnsMax).forEach((line) => out.print(line));
    renderLeftOut(unreadable, out.columnsMax).forEach((line) => out.print(line));
  }
  if (models.length === 0) throw new RefusedError('None of the models could be read.', 422);
}
