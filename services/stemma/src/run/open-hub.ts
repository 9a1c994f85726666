import { stat } from 'node:fs/promises';
import { modelPages, openHub as openRemoteHub, UsageError } from '@stemma/service';
import type { WeightsHub } from '@stemma/sketcher';
import type { Listing } from '@stemma/watcher';
import { hubName, type StemmaConfig } from '../config';
import { FolderHub } from '../folder/folder-hub';

/** A hub that models are listed on and read from, with what must be closed after it. */
export interface OpenHub {
  readonly name: string;
  /** For people: where it is. */
  readonly place: string;
  readonly client: Listing & WeightsHub;
  /** Address of a model's own page, where the hub has such pages. */
  readonly modelUrl: ((model: string) => string) | null;
  close(): Promise<void>;
}

/** Opens the hub of the configuration; the zoo's is a server of our own on loopback. */
export async function openHub({ hub, token }: Pick<StemmaConfig, 'hub' | 'token'>): Promise<OpenHub> {
  if (hub.kind !== 'folder') {
    const opened = await openRemoteHub(hub, token === null ? {} : { token });
    return { ...opened, modelUrl: modelPages(hub) };
  }
  const isFolder = await stat(hub.folder)
    .then((found) => found.isDirectory())
    .catch(() => false);
  if (!isFolder) throw new UsageError(`${hub.folder} is no folder that could be read.`);
  const client = new FolderHub(hub.folder);
  return { name: hubName(hub), place: hub.folder, client, modelUrl: null, close: async () => undefined };
}
