import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../cli/usage-error';

/** What is known of one model of a folder laid out like the zoo. */
export interface TruthModel {
  /** `<graph>/<tree>` or `<tree>`; models of one tree know each other by their short names. */
  readonly tree: string;
  /** First part of the tree's key. */
  readonly graph: string;
  readonly name: string;
  /** `<tree key>/<name>`: unique in the folder. */
  readonly id: string;
  /** Ids of the true parents: none for a root, several for a merge. */
  readonly parents: readonly string[];
  readonly relation: string | null;
  readonly path: string;
}

const part = z.string().regex(/^(?!\.{1,2}$)[\w.+-]{1,128}$/, 'expected a plain file name');
const treeKey = z
  .string()
  .regex(
    /^(?!\.{1,2}(\/|$))[\w.+-]{1,128}(\/(?!\.{1,2}$)[\w.+-]{1,128})?$/,
    'expected "<graph>/<tree>" or "<tree>"',
  );
const model = z.object({
  parent: z.union([part, z.array(part).max(64), z.null()]),
  relation: z.string().max(64).nullish(),
});
const tree = z.record(part, model);
const trees = z.record(treeKey, tree);

const FILE = 'truth.json';
const TRUTH_BYTES_MAX = 64 << 20;
/** Folders above the one asked for in which a truth is looked for: `<folder>/<graph>/<tree>`. */
const LEVELS_ABOVE_MAX = 2;

/**
 * Reads the truth about a folder's models: its `truth.json`, or that of a folder above it as far as it speaks of this one. Trees
 * by `<graph>/<tree>` or `<tree>`; or the models themselves, where the folder is one tree. Throws a {@link UsageError} that says
 * what is wrong with it.
 */
export async function readTruth(folder: string): Promise<TruthModel[]> {
  const asked = basename(folder) === FILE ? dirname(resolve(folder)) : resolve(folder);
  let above = asked;
  for (let level = 0; level <= LEVELS_ABOVE_MAX; level++, above = dirname(above)) {
    const text = await readText(join(above, FILE));
    if (text === null) continue;
    const models = modelsOf(above, parse(join(above, FILE), text));
    const within = relative(above, asked).split(sep).join('/');
    const ofFolder = models.filter(({ tree: key }) => within === '' || `${key}/`.startsWith(`${within}/`));
    if (ofFolder.length > 0) return ofFolder;
    if (level === 0) throw new UsageError(`${join(asked, FILE)} lists no models.`);
  }
  throw new UsageError(
    `${join(folder, FILE)} cannot be read: a folder to evaluate needs a ${FILE} beside its models.`,
  );
}

/** Null where there is no such file. */
async function readText(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
    throw new UsageError(`${path} cannot be read.`, { cause });
  });
  if (text !== null && text.length > TRUTH_BYTES_MAX)
    throw new UsageError(`${path} is larger than ${TRUTH_BYTES_MAX} characters.`);
  return text;
}

type TruthFile =
  | { readonly type: 'trees'; readonly trees: z.infer<typeof trees> }
  | { readonly type: 'tree'; readonly tree: z.infer<typeof tree> };

function parse(path: string, text: string): TruthFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is not JSON.`, { cause });
  }
  if (isOneTree(json)) return { type: 'tree', tree: checked(path, tree, json) };
  return { type: 'trees', trees: checked(path, trees, json) };
}

/** Whether the entries are models: a model says who its parent is, a tree has models, whatever they are called. */
function isOneTree(json: unknown): boolean {
  const entries = typeof json === 'object' && json !== null ? Object.values(json) : [];
  return entries.some((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('parent' in entry)) return false;
    const { parent } = entry;
    return parent === null || typeof parent === 'string' || Array.isArray(parent);
  });
}

function checked<T>(path: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  // What is wrong with a key is said one level further down.
  const said = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  throw new UsageError(`${path}: ${issue?.path.join(' → ') ?? ''}: ${said ?? 'not a truth file'}`);
}

function modelsOf(folder: string, truth: TruthFile): TruthModel[] {
  if (truth.type === 'tree') return modelsOfTree(basename(folder), folder, truth.tree);
  return Object.entries(truth.trees).flatMap(([key, models]) => modelsOfTree(key, join(folder, key), models));
}

function modelsOfTree(key: string, folder: string, models: z.infer<typeof tree>): TruthModel[] {
  return Object.entries(models).map(([name, { parent, relation }]) => {
    const parents = parent === null ? [] : [...new Set([parent].flat())];
    const unknown = parents.find((id) => !Object.hasOwn(models, id));
    if (unknown !== undefined)
      throw new UsageError(`${FILE}: ${key}/${name} has a parent "${unknown}" that its tree does not list.`);
    if (parents.includes(name)) throw new UsageError(`${FILE}: ${key}/${name} is its own parent.`);
    return {
      tree: key,
      graph: key.split('/')[0] as string,
      name,
      id: `${key}/${name}`,
      parents: parents.map((id) => `${key}/${id}`),
      relation: relation ?? null,
      path: join(folder, `${name}.safetensors`),
    };
  });
}
