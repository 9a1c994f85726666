import { quoted, rejected, type HubRejected } from './outcome';

/** A file of a revision: size in bytes, SHA-256 in hex where the hub tells it. */
export interface RepositoryFile {
  readonly path: string;
  readonly size: number;
  readonly hash: string | null;
}

const PATH_CHARS_MAX = 1_024;
const UNREADABLE =
  /\.(bin|pt|pth|ckpt|pkl|pickle|h5|keras|msgpack|onnx|gguf|ggml|tflite|pb|npz|mlmodel|ot|nemo)$/i;
const PICKLED = /\.(bin|pt|pth|ckpt|pkl|pickle|nemo)$/i;

/** Whether choosing and reading weights needs the file: safetensors, their shard index, and what makes a pipeline of folders. */
export const isWeightsFile = (path: string): boolean =>
  path.endsWith('.safetensors') || path.endsWith('.safetensors.index.json') || path === PIPELINE;

export const PIPELINE = 'model_index.json';

/** Reads a tree entry, which a hub may have made up; null where it is no file with a usable path and size. */
export function fileOf(entry: Readonly<Record<string, unknown>>): RepositoryFile | null {
  const { type, path, size, lfs } = entry;
  if (type !== 'file' || typeof path !== 'string' || !isPlainPath(path)) return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return null;
  const oid = typeof lfs === 'object' && lfs !== null ? (lfs as { oid?: unknown }).oid : undefined;
  return { path, size, hash: typeof oid === 'string' && /^[0-9a-f]{64}$/.test(oid) ? oid : null };
}

/** Relative, without empty, `.` or `..` segments, without control characters or backslashes. */
function isPlainPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (path.length > PATH_CHARS_MAX || /[\x00-\x1f\x7f\\]/.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** The URL path of a file: every segment encoded, the slashes kept. */
export const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Why a revision with these files cannot be read, or null where it has a safetensors file. */
export function refusalOf(repo: string, files: readonly RepositoryFile[]): HubRejected | null {
  if (files.some(({ path }) => path.endsWith('.safetensors'))) return null;
  const other =
    files.find(({ path }) => PICKLED.test(path)) ?? files.find(({ path }) => UNREADABLE.test(path));
  if (other === undefined)
    return rejected('no-weights', `None of the ${files.length} files of ${repo} holds weights.`);
  const danger = PICKLED.test(other.path) ? ', since opening a pickle runs it' : '';
  return rejected(
    'unsupported-format',
    `${repo} has its weights as ${quoted(other.path)}; only safetensors files are read${danger}.`,
  );
}
