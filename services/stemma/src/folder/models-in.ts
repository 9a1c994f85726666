import { UsageError } from '../cli/usage-error';
import { listFolder, type FolderModel } from './list-folder';

/** The models of a folder that a person named; a {@link UsageError} where there is no such folder, or nothing in it. */
export async function modelsIn(folder: string): Promise<FolderModel[]> {
  const models = await listFolder(folder).catch((cause: unknown) => {
    if (cause instanceof RangeError) throw new UsageError(cause.message, { cause });
    throw new UsageError(`${folder} cannot be read: name a folder that holds safetensors files.`, { cause });
  });
  if (models.length === 0) throw new UsageError(`${folder} holds no safetensors files.`);
  return models;
}
