import type { Observation } from '@stemma/lineage';
import { decodeSketch, encodeSketch, observeWeights, sketchWeights, toObservation } from '@stemma/sketch';
import { readModel, wholeReads, type ReadModel } from '@stemma/weights';
import { folderSource } from '../folder/folder-source';
import type { FolderFile } from '../folder/list-folder';

/** What models are compared by: the sketch that a hub's model would have, or all of its weights. */
export type ObserveFrom = 'sketch' | 'weights';

export interface Observed {
  readonly type: 'observed';
  readonly observation: Observation;
}

export interface Unreadable {
  readonly type: 'rejected';
  readonly reason: string;
  readonly detail: string;
}

/** Reads a model on disk as the sketcher reads one on a hub. */
export async function observeFiles(
  files: readonly FolderFile[],
  from: ObserveFrom,
): Promise<Observed | Unreadable> {
  const read = await readModel(folderSource(files), from === 'weights' ? wholeReads : {});
  return read.type === 'rejected' ? read : observed(read, from);
}

/** The sketch takes the way through its bytes, so that what is evaluated is what a store would hold. */
function observed(read: ReadModel, from: ObserveFrom): Observed | Unreadable {
  if (from === 'weights') return { type: 'observed', observation: observeWeights(read) };
  const decoded = decodeSketch(encodeSketch(sketchWeights(read)));
  if (decoded.type === 'rejected') return decoded;
  return { type: 'observed', observation: toObservation(decoded.sketch) };
}
