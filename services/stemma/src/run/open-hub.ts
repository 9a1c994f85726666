import { stat } from 'node:fs/promises';
import { HubClient } from '@stemma/hub';
import type { WeightsHub } from '@stemma/sketcher';
import type { Listing } from '@stemma/watcher';
import { HubServer, zooCatalogue } from '@stemma/zoo';
import { UsageError } from '../cli/usage-error';
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
  const name = hubName(hub);
  const close = async (): Promise<void> => undefined;
  if (hub.kind === 'folder') {
    const isFolder = await stat(hub.folder)
      .then((found) => found.isDirectory())
      .catch(() => false);
    if (!isFolder) throw new UsageError(`${hub.folder} is no folder that could be read.`);
    return { name, place: hub.folder, client: new FolderHub(hub.folder), modelUrl: null, close };
  }
  if (hub.kind === 'url') {
    const client = new HubClient({ url: hub.url, ...(token === null ? {} : { token }) });
    return { name, place: client.url, client, modelUrl: (model) => `${client.url}/${model}`, close };
  }
  const server = await HubServer.start({ models: (await zooCatalogue()).models });
  const client = new HubClient({ url: server.url });
  return {
    name,
    place: `the zoo, served on ${server.url}`,
    client,
    modelUrl: null,
    close: () => server.close(),
  };
}
