import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cardOf, readmeOf, ZOO_CONFIG } from './card';
import { declaredBases, type DeclaredBase } from './declared-base';
import { hashUnit } from './seeded';
import { readOrigins, truthOf, type Origin, type Truth } from './truth';
import { diskFile, memoryFile, revisionSha, type ZooModel } from './zoo-model';

/** `twins-0` and `twins-1`: runs from one random initialisation each, which are no relatives. */
export type ZooGraph = 'ft' | 'lora-v' | 'lora-f' | 'sd-like' | 'llama-like' | 'twins-0' | 'twins-1';

export interface CatalogueOptions {
  /** Default: the three Model Graphs of 105 models each. */
  readonly graphs?: readonly ZooGraph[];
  /** Folder laid out like `models/`; default: the ones of this repository. */
  readonly folder?: string;
  /** Of the cards' claims and of the publication times. */
  readonly seed?: number;
}

export interface Catalogue {
  /** Sorted by repository name. */
  readonly models: readonly ZooModel[];
  readonly truth: Truth;
  /** What each card declares, and whether that is so. */
  readonly declared: ReadonlyMap<string, DeclaredBase>;
}

const THREE_GRAPHS: readonly ZooGraph[] = ['ft', 'lora-v', 'lora-f'];
const FIRST_PUBLISHED = Date.UTC(2024, 0, 8);
const DAY_MS = 86_400_000;

/**
 * The zoo as hub repositories: `zoo-ft/imagenet-lower-bold` serves `ft/imagenet/lower-bold.safetensors`. Names, commit ids,
 * cards and times are a function of the files and the seed.
 */
export async function zooCatalogue(options: CatalogueOptions = {}): Promise<Catalogue> {
  const { graphs = THREE_GRAPHS, seed = 1 } = options;
  const folders = options.folder === undefined ? ownFolders() : [options.folder];
  const origins = (await Promise.all(folders.map((folder) => readOrigins(folder, graphs)))).flat();
  const declared = new Map(
    graphs.flatMap((graph) => [
      ...declaredBases(
        origins.filter((origin) => origin.graph === graph),
        seed,
      ),
    ]),
  );
  const models: ZooModel[] = [];
  for (const origin of origins) {
    models.push(await modelOf(origin, declared.get(origin.repo) ?? { honesty: 'none', base: null }, seed));
  }
  models.sort((a, b) => (a.repo < b.repo ? -1 : 1));
  const parents = new Map(origins.map((origin) => [origin.repo, origin.parent]));
  return { models, truth: truthOf(models, parents), declared };
}

async function modelOf(origin: Origin, declared: DeclaredBase, seed: number): Promise<ZooModel> {
  const { repo } = origin;
  const card = cardOf(origin, declared);
  const files = [
    memoryFile('README.md', readmeOf(repo, card)),
    memoryFile('config.json', JSON.stringify(ZOO_CONFIG, null, 2)),
    await diskFile('model.safetensors', origin.weights),
  ];
  const createdAt = publishedAt(origin, seed);
  return {
    repo,
    sha: revisionSha(repo, files),
    createdAt: new Date(createdAt).toISOString(),
    lastModified: new Date(createdAt + Math.floor(hashUnit(seed, 'pushed', repo) * 3_600_000)).toISOString(),
    gated: false,
    private: false,
    card,
    config: ZOO_CONFIG,
    files,
  };
}

/**
 * Twenty days a generation plus up to sixty by hash: the zoo is published over a hundred days, and about a fifth of
 * the models are older than their parent, as where a lab uploads the base after its fine-tunes.
 */
function publishedAt(origin: Origin, seed: number): number {
  const days = 20 * origin.generation + 60 * hashUnit(seed, 'published', origin.repo);
  return FIRST_PUBLISHED + Math.floor(days * DAY_MS);
}

function ownFolders(): string[] {
  const models = findModelsFolder();
  return [models, join(dirname(models), 'twins')];
}

/** The models are data beside the sources, so compiled code looks for them upwards from where it lies. */
export function findModelsFolder(from = __dirname): string {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'libs', 'zoo', 'models');
    if (existsSync(join(folder, 'truth.json'))) return folder;
    if (dirname(at) === at) throw new Error(`no libs/zoo/models/truth.json found in ${from} or above it`);
  }
}
