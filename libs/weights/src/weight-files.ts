import type { Rejected } from './rejection';
import { rejected } from './rejection';

/** The files of a repository that hold its weights, as positions in the listing. */
export interface WeightFiles {
  readonly type: 'files';
  /** A shard index to be read first (it names the files), or null. */
  readonly index: number | null;
  readonly files: readonly number[];
}

interface Listed {
  readonly path: string;
  readonly size: number;
}

interface FolderFile {
  /** Position in the listing. */
  readonly at: number;
  readonly size: number;
  /** Path within its folder. */
  readonly name: string;
}

const INDEX_SUFFIX = '.index.json';
/** One file each, most telling first: the model itself before an adapter on another model. */
const NAMES = [
  'model.safetensors',
  'diffusion_pytorch_model.safetensors',
  'adapter_model.safetensors',
  'pytorch_lora_weights.safetensors',
];
/** Of a pipeline's parts, the denoiser is what people fine-tune. */
const PIPELINE_FOLDERS = ['transformer/', 'unet/'];

/**
 * Chooses a repository's weights among its listed files. Order of preference within a folder: a shard index, a well-known single
 * file, a complete set `name-00001-of-0000N`, the largest other safetensors file (ties by path). The root comes first, except
 * in a pipeline (`model_index.json`), whose denoiser does. Pickles are never opened.
 */
export function chooseWeightFiles(listed: readonly Listed[]): WeightFiles | Rejected {
  const folders = new Map<string, FolderFile[]>();
  for (const [at, { path, size }] of listed.entries()) {
    const folder = folderOf(path);
    const files = folders.get(folder) ?? [];
    folders.set(folder, files);
    files.push({ at, size, name: path.slice(folder.length) });
  }
  const isPipeline = listed.some(({ path }) => path === 'model_index.json');
  const first = isPipeline ? [...PIPELINE_FOLDERS, ''] : ['', ...PIPELINE_FOLDERS];
  const others = [...folders.keys()].filter((folder) => !first.includes(folder)).sort();
  for (const folder of [...first, ...others]) {
    const choice = chooseInFolder(folders.get(folder) ?? []);
    if (choice !== null) return choice;
  }
  const pickles = listed.filter(({ path }) => /\.(bin|pt|pth|ckpt)$/.test(path)).length;
  const hint = pickles > 0 ? `; pickled files (${pickles} here) are never opened` : '';
  return rejected('no-weights', `None of the ${listed.length} files is a safetensors file${hint}.`);
}

/** Path up to and with the last slash; empty at the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The preferences within one folder; null where it holds no weights. */
function chooseInFolder(unsorted: readonly FolderFile[]): WeightFiles | null {
  const here = [...unsorted].sort((a, b) => (a.name < b.name ? -1 : 1));
  const positionOf = new Map(here.map(({ name, at }) => [name, at]));
  const firstOf = (names: readonly string[]) =>
    names.map((name) => positionOf.get(name)).find((at) => at !== undefined);
  const names = here.map(({ name }) => name);
  const index = firstOf([
    ...NAMES.map((name) => name + INDEX_SUFFIX),
    ...names.filter((name) => name.endsWith(`.safetensors${INDEX_SUFFIX}`)),
  ]);
  if (index !== undefined) return { type: 'files', index, files: [] };
  const known = firstOf(NAMES);
  if (known !== undefined) return { type: 'files', index: null, files: [known] };
  const weights = here.filter(({ name }) => name.endsWith('.safetensors'));
  const shards = completeShards(weights);
  if (shards !== null) return { type: 'files', index: null, files: shards };
  const largest = weights.reduce<FolderFile | null>(
    (best, file) => (best === null || file.size > best.size ? file : best),
    null,
  );
  return largest === null ? null : { type: 'files', index: null, files: [largest.at] };
}

/** Positions of the first complete `stem-00001-of-0000N` set, which some repositories carry without an index. */
function completeShards(weights: readonly FolderFile[]): number[] | null {
  const sets = new Map<string, number[]>();
  for (const { at, name } of weights) {
    const [, stem, , total] = /^(.*)-(\d{5})-of-(\d{5})\.safetensors$/.exec(name) ?? [];
    if (stem === undefined || total === undefined) continue;
    const key = `${stem}/${total}`;
    const files = sets.get(key) ?? [];
    sets.set(key, files);
    files.push(at);
  }
  for (const [key, files] of sets) if (files.length === Number(key.slice(-5))) return files;
  return null;
}
