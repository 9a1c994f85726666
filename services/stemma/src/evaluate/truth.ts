import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  .regex(/^[\w.+-]{1,128}(\/[\w.+-]{1,128})?$/, 'expected "<graph>/<tree>" or "<tree>"');
const schema = z.record(
  treeKey,
  z.record(
    part,
    z.object({
      parent: z.union([part, z.array(part).max(64), z.null()]),
      relation: z.string().max(64).nullish(),
    }),
  ),
);

const TRUTH_BYTES_MAX = 64 << 20;

/** Reads `truth.json` of a folder. Throws a {@link UsageError} that says what is wrong with it. */
export async function readTruth(folder: string): Promise<TruthModel[]> {
  const path = join(folder, 'truth.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(
      `${path} cannot be read: a folder to evaluate needs a truth.json beside its models.`,
      { cause },
    );
  });
  if (text.length > TRUTH_BYTES_MAX)
    throw new UsageError(`${path} is larger than ${TRUTH_BYTES_MAX} characters.`);
  return modelsOf(folder, parseTruth(path, text));
}

function parseTruth(path: string, text: string): z.infer<typeof schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is not JSON.`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UsageError(`${path}: ${issue?.path.join(' → ') ?? ''}: ${issue?.message ?? 'not a truth file'}`);
}

function modelsOf(folder: string, truth: z.infer<typeof schema>): TruthModel[] {
  return Object.entries(truth).flatMap(([tree, models]) =>
    Object.entries(models).map(([name, { parent, relation }]) => {
      const parents = parent === null ? [] : [parent].flat();
      const unknown = parents.find((id) => !Object.hasOwn(models, id));
      if (unknown !== undefined)
        throw new UsageError(
          `truth.json: ${tree}/${name} has a parent "${unknown}" that its tree does not list.`,
        );
      return {
        tree,
        graph: tree.split('/')[0] as string,
        name,
        id: `${tree}/${name}`,
        parents: parents.map((id) => `${tree}/${id}`),
        relation: relation ?? null,
        path: join(folder, tree, `${name}.safetensors`),
      };
    }),
  );
}
