import assert from 'node:assert/strict';
import { floatBytes, safetensorsFile, type TensorBytes } from './safetensors-file';
import { gaussianStream, hashUnit } from './seeded';
import { truthOf, type Truth } from './truth';
import { memoryFile, revisionSha, type CardData, type ZooModel } from './zoo-model';

export interface FamilyOptions {
  readonly seed: number;
  /** How many models, the root included. */
  readonly models: number;
  readonly organisation?: string;
  readonly rootName?: string;
  /** Index of the parent of model `index` ≥ 1 among the earlier ones; default: one of them by hash. */
  readonly parentOf?: (index: number) => number;
  readonly blocks?: number;
  readonly width?: number;
  /** Rows of the token embedding; 0 leaves it out. */
  readonly vocabulary?: number;
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Size of a child's own update, relative to the root mean square of each tensor of its parent. */
  readonly step?: number;
  /** Share by which a child shrinks its parent's weights before its update, as weight decay does. */
  readonly decay?: number;
  /** Time of the root; each model follows a minute after the one before. */
  readonly firstPublished?: string;
}

export interface Member {
  /** Readable by eye: `base`, `base/a` its first child, `base/a/1` that one's first child, and so on. */
  readonly id: string;
  readonly parent: string | null;
  /** The id as a repository's name: `family/base.a.1`. */
  readonly repo: string;
  /** Whole tensors by name, before they were rounded to the file's dtype. */
  readonly tensors: ReadonlyMap<string, SyntheticTensor>;
  readonly model: ZooModel;
}

export interface SyntheticTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export interface Family {
  /** In order of publication: parents first. */
  readonly members: readonly Member[];
  readonly models: readonly ZooModel[];
  readonly truth: Truth;
}

const CARD: CardData = {
  license: 'apache-2.0',
  library_name: 'transformers',
  pipeline_tag: 'text-generation',
};

/**
 * A family with a known tree: a Gaussian root, and children that are their parent, a little shrunk, plus independent
 * Gaussian noise. It obeys the model of DESIGN 3.5 exactly, so whatever recovers trees has to recover this one.
 * Weights depend on the seed and the id alone.
 */
export function syntheticFamily(options: FamilyOptions): Family {
  const { seed, models: count, organisation = 'family', rootName = 'base' } = options;
  assert(count >= 1, `a family has at least one model, not ${count}`);
  const parentOf =
    options.parentOf ?? ((index) => Math.floor(hashUnit(seed, 'parent', String(index)) * index));
  const members: Member[] = [];
  const childrenOf = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const parent = index === 0 ? null : (members[parentOf(index)] ?? null);
    assert(
      index === 0 || parent,
      `model ${index} has parent ${parentOf(index)}, expected one of the ${index} before it`,
    );
    const id = parent === null ? rootName : childId(parent.id, childrenOf);
    const tensors = parent === null ? rootTensors(id, options) : childTensors(id, parent.tensors, options);
    const repo = `${organisation}/${id.replaceAll('/', '.')}`;
    const model = modelOf(repo, index, tensors, options);
    members.push({ id, parent: parent?.id ?? null, repo, tensors, model });
  }
  const repos = new Map(members.map((member) => [member.id, member.repo]));
  const parents = new Map(
    members.map(({ repo, parent }) => [repo, parent === null ? null : (repos.get(parent) ?? null)]),
  );
  const published = members.map((member) => member.model);
  return { members, models: published, truth: truthOf(published, parents) };
}

/** Children of the root are letters, theirs are numbers, and so on by turns. */
function childId(parent: string, childrenOf: Map<string, number>): string {
  const nth = (childrenOf.get(parent) ?? 0) + 1;
  childrenOf.set(parent, nth);
  const lettered = parent.split('/').length % 2 === 1;
  return `${parent}/${lettered ? letters(nth) : nth}`;
}

/** 1 is a, 26 is z, 27 is aa. */
function letters(nth: number): string {
  const last = String.fromCharCode(97 + ((nth - 1) % 26));
  return nth <= 26 ? last : letters(Math.floor((nth - 1) / 26)) + last;
}

function shapesOf({ blocks = 2, width = 32, vocabulary = 0 }: FamilyOptions): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  if (vocabulary > 0) shapes.set('model.embed_tokens.weight', [vocabulary, width]);
  for (let block = 0; block < blocks; block++) {
    const prefix = `model.layers.${block}.`;
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'o_proj']) {
      shapes.set(`${prefix}self_attn.${name}.weight`, [width, width]);
    }
    shapes.set(`${prefix}mlp.up_proj.weight`, [4 * width, width]);
    shapes.set(`${prefix}mlp.down_proj.weight`, [width, 4 * width]);
    shapes.set(`${prefix}input_layernorm.weight`, [width]);
  }
  return shapes;
}

/** Draws that depend on the model and the tensor, so that no model's weights move when the family grows. */
const noiseOf = (seed: number, id: string, tensor: string) =>
  gaussianStream(hashUnit(seed, id, tensor) * 2 ** 32);

function rootTensors(id: string, options: FamilyOptions): Map<string, SyntheticTensor> {
  return new Map(
    [...shapesOf(options)].map(([name, shape]) => {
      const noise = noiseOf(options.seed, id, name);
      const deviation = 1 / Math.sqrt(shape.at(-1) ?? 1);
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float64Array.from({ length: count }, () => deviation * noise()) }];
    }),
  );
}

function childTensors(
  id: string,
  parent: ReadonlyMap<string, SyntheticTensor>,
  { seed, step = 0.05, decay = 0.002 }: FamilyOptions,
): Map<string, SyntheticTensor> {
  return new Map(
    [...parent].map(([name, { shape, values }]) => {
      const noise = noiseOf(seed, id, name);
      const size = step * Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
      return [name, { shape, values: values.map((value) => (1 - decay) * value + size * noise()) }];
    }),
  );
}

function modelOf(
  repo: string,
  index: number,
  tensors: ReadonlyMap<string, SyntheticTensor>,
  { dtype = 'F32', firstPublished = '2024-01-01T00:00:00.000Z' }: FamilyOptions,
): ZooModel {
  const encoded = [...tensors].map(([name, { shape, values }]): [string, TensorBytes] => [
    name,
    { dtype, shape, bytes: floatBytes(values, dtype) },
  ]);
  const config = { model_type: 'synthetic', torch_dtype: dtype };
  const files = [
    memoryFile('config.json', JSON.stringify(config)),
    memoryFile('model.safetensors', safetensorsFile(Object.fromEntries(encoded))),
  ];
  const time = new Date(Date.parse(firstPublished) + index * 60_000).toISOString();
  return {
    repo,
    sha: revisionSha(repo, files),
    createdAt: time,
    lastModified: time,
    gated: false,
    private: false,
    card: CARD,
    config,
    files,
  };
}
