import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { floatBytes, safetensorsFile } from '@stemma/zoo';
import { uniformStream } from './uniform-stream';

/** Runs on an empty folder that is gone afterwards. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-eval-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes files under a folder, by their paths relative to it. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A tree of models as a folder has it: what is true of them, and their files. */
export interface FolderTree {
  /** As `truth.json` has it. */
  readonly truth: Readonly<Record<string, { readonly parent: string | readonly string[] | null }>>;
  readonly weights: Readonly<Record<string, Uint8Array>>;
}

/** The parent of every model by their places; null for the root. */
type Shape = readonly (number | null)[];

/** A root, two children, one grandchild. */
const SHAPE: Shape = [null, 0, 0, 1];

/** A tree of small models that are called m0, m1, … from the root on. */
export function smallTree(seed: number, shape: Shape = SHAPE): FolderTree {
  const models = modelsOf(seed, shape);
  return {
    truth: Object.fromEntries(
      shape.map((parent, i) => [`m${i}`, { parent: parent === null ? null : `m${parent}` }]),
    ),
    weights: Object.fromEntries(models.map((weights, i) => [`m${i}`, fileOf(weights)])),
  };
}

/** The same with one more model, `blend`, halfway between two of them. */
export function treeWithBlend(seed: number, shape: Shape, [p, q]: readonly [number, number]): FolderTree {
  const models = modelsOf(seed, shape);
  const tree = smallTree(seed, shape);
  const others = models[q]!;
  const blend = models[p]!.map((values, t) => values.map((value, i) => (value + others[t]![i]!) / 2));
  return {
    truth: { ...tree.truth, blend: { parent: [`m${p}`, `m${q}`] } },
    weights: { ...tree.weights, blend: fileOf(blend) },
  };
}

const SIDE = 48;
const MATRICES = ['query', 'key', 'value', 'output.dense'].flatMap((name) =>
  [0, 1, 2].map((layer) => `encoder.layer.${layer}.attention.${name}.weight`),
);

/** Values of every matrix, row by row. */
type Weights = readonly Float64Array[];

/** Steps in random directions, each row's of its own size: where all rows turn alike nothing tells growth from decay. */
function modelsOf(seed: number, shape: Shape): Weights[] {
  const uniform = uniformStream(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const models: Weights[] = [];
  for (const parent of shape) {
    const before = parent === null ? null : models[parent]!;
    models.push(
      MATRICES.map((_, t) => {
        const sizes = Array.from({ length: SIDE }, () => (before === null ? 1 : 0.3 * uniform()));
        return Float64Array.from(
          { length: SIDE * SIDE },
          (_value, i) => (before?.[t]![i] ?? 0) + sizes[Math.floor(i / SIDE)]! * normal(),
        );
      }),
    );
  }
  return models;
}

const fileOf = (weights: Weights): Uint8Array =>
  safetensorsFile(
    Object.fromEntries(
      MATRICES.map((name, t) => [
        name,
        { dtype: 'F32', shape: [SIDE, SIDE], bytes: floatBytes(weights[t]!, 'F32') },
      ]),
    ),
  );

/** A tree's models as files under a folder; '' for the folder itself. */
export const weightFiles = (folder: string, { weights }: FolderTree): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(weights).map(([name, bytes]) => [join(folder, `${name}.safetensors`), bytes]),
  );
