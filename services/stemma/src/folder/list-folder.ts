import { opendir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

/** A model found in a folder: one safetensors file, or a folder that holds one model's files. */
export interface FolderModel {
  /** Path relative to the folder, `/`-separated, without extension. Only a name: nothing is read from it. */
  readonly id: string;
  readonly files: readonly FolderFile[];
}

export interface FolderFile {
  /** Relative to the model's own folder, as a hub would list it. */
  readonly path: string;
  readonly size: number;
  readonly absolutePath: string;
  readonly modifiedAt: Date;
}

export interface ListFolderOptions {
  readonly depthMax?: number;
  readonly modelsMax?: number;
}

/** What marks a folder as one repository rather than a shelf of checkpoints. */
const REPOSITORY_MARKS = [
  'config.json',
  'model.safetensors.index.json',
  'model_index.json',
  'adapter_config.json',
];

/** Lists the models under a folder, sorted by id. Links are not followed. */
export async function listFolder(folder: string, options: ListFolderOptions = {}): Promise<FolderModel[]> {
  const { depthMax = 6, modelsMax = 100_000 } = options;
  const models: FolderModel[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const { files, folders } = await entries(path);
    const names = files.map((file) => basename(file));
    if (path !== folder && names.some((name) => REPOSITORY_MARKS.includes(name))) {
      models.push({ id: idOf(folder, path), files: await described(files, path) });
      return;
    }
    for (const file of files.filter((name) => name.endsWith('.safetensors'))) {
      models.push({
        id: idOf(folder, file.slice(0, -'.safetensors'.length)),
        files: await described([file], path),
      });
    }
    if (models.length > modelsMax) throw new RangeError(`${folder} holds more than ${modelsMax} models.`);
    if (depth < depthMax) for (const child of folders) await visit(child, depth + 1);
  };
  await visit(folder, 0);
  return models.sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function entries(path: string): Promise<{ files: string[]; folders: string[] }> {
  const files: string[] = [];
  const folders: string[] = [];
  for await (const entry of await opendir(path)) {
    if (entry.isFile()) files.push(join(path, entry.name));
    if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(join(path, entry.name));
  }
  return { files: files.sort(), folders: folders.sort() };
}

const idOf = (folder: string, path: string): string => relative(folder, path).split(sep).join('/');

async function described(files: readonly string[], folder: string): Promise<FolderFile[]> {
  return Promise.all(
    files.map(async (absolutePath) => {
      const { size, mtime } = await stat(absolutePath);
      return { path: idOf(folder, absolutePath), size, absolutePath, modifiedAt: mtime };
    }),
  );
}
