import { createHash } from 'node:crypto';
import { hubTags, type ZooFile, type ZooModel } from './zoo-model';

const isLfs = (file: ZooFile): boolean => /\.(safetensors|bin|pt|gguf|onnx|h5|msgpack)$/.test(file.path);

const hexOf = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');

/** A model in a listing or on its own: without `expand` everything, with it the ids and the fields it names. */
export function modelEntry(model: ZooModel, expand: readonly string[]): Record<string, unknown> {
  const ids = { _id: hexOf('md5', model.repo).slice(0, 24), id: model.repo, modelId: model.repo };
  const fields: Record<string, unknown> = {
    author: model.repo.split('/')[0],
    private: model.private,
    gated: model.gated,
    disabled: false,
    downloads: 0,
    likes: 0,
    lastModified: model.lastModified,
    createdAt: model.createdAt,
    sha: model.sha,
    tags: hubTags(model.card),
    pipeline_tag: model.card.pipeline_tag,
    library_name: model.card.library_name,
    cardData: model.card,
    config: model.config,
    siblings: model.files.map((file) => ({ rfilename: file.path })),
  };
  if (expand.length === 0) return { ...ids, ...fields };
  return {
    ...ids,
    ...Object.fromEntries(Object.entries(fields).filter(([field]) => expand.includes(field))),
  };
}

/** A file in a tree: git blobs have a SHA-1, big files are LFS objects with their SHA-256. */
export function fileEntry(file: ZooFile): Record<string, unknown> {
  const lfs = isLfs(file) ? { lfs: { oid: file.sha256, size: file.size, pointerSize: 134 } } : {};
  return { type: 'file', oid: hexOf('sha1', file.sha256), size: file.size, path: file.path, ...lfs };
}

/** What a tree lists under `folder` ('' is the root): the files below it, or one level with its folders. */
export function treeEntries(model: ZooModel, folder: string, recursive: boolean): Record<string, unknown>[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const below = model.files.filter((file) => file.path.startsWith(prefix));
  if (recursive) return below.map(fileEntry);
  const folders = new Set<string>();
  const files: ZooFile[] = [];
  for (const file of below) {
    const [name = '', ...deeper] = file.path.slice(prefix.length).split('/');
    if (deeper.length > 0) folders.add(prefix + name);
    else files.push(file);
  }
  const folderEntry = (path: string) => ({ type: 'directory', oid: hexOf('sha1', path), size: 0, path });
  return [...[...folders].map(folderEntry), ...files.map(fileEntry)];
}

/** The commits of a repository, newest first. */
export function commitEntries(history: readonly ZooModel[]): Record<string, unknown>[] {
  const entry = (model: ZooModel) => ({
    id: model.sha,
    title: 'Upload model',
    message: '',
    date: model.lastModified,
    authors: [{ user: model.repo.split('/')[0], avatar: '' }],
  });
  return [...history].reverse().map(entry);
}

const SORTABLE = ['createdAt', 'lastModified'] as const;

/** The models a listing asks for, newest first in the field it sorts by; ties and no field: by name. */
export function listedModels(models: readonly ZooModel[], query: URLSearchParams): ZooModel[] {
  const author = query.get('author');
  const tags = query.getAll('filter');
  const words = query.get('search');
  const field = SORTABLE.find((name) => name === query.get('sort'));
  return models
    .filter((model) => author === null || model.repo.startsWith(`${author}/`))
    .filter((model) => words === null || model.repo.includes(words))
    .filter((model) => tags.every((tag) => hubTags(model.card).includes(tag)))
    .sort((a, b) => {
      if (field !== undefined && a[field] !== b[field]) return a[field] < b[field] ? 1 : -1;
      return a.repo < b.repo ? -1 : 1;
    });
}
