import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZooModel } from './zoo-model';

/** Where a model of the zoo comes from, as its training recorded it. */
export interface Origin {
  readonly repo: string;
  /** Model Graph: `ft`, `lora-v`, `lora-f`, `sd-like`, `llama-like`, `twins-0`, `twins-1`. */
  readonly graph: string;
  /** Tree inside the graph; the graph's own name where it is one tree. */
  readonly tree: string;
  /** File of the weights. */
  readonly weights: string;
  readonly parent: string | null;
  /** Steps from the root. */
  readonly generation: number;
  /** What it was trained for last. */
  readonly task: string;
}

/** The true trees. */
export interface Truth {
  /** Every repository with its true parent; null is a root. */
  readonly parents: ReadonlyMap<string, string | null>;
  /** Groups of repositories with byte-identical weights, each group and the list sorted by name. */
  readonly duplicates: readonly (readonly string[])[];
  /**
   * Whether `candidate` (null: "it is a root") is a right answer for the parent of `child`. Weights cannot tell
   * duplicates apart, so a duplicate of the parent is right too, and so is a duplicate root as the parent of a root.
   */
  isParent(child: string, candidate: string | null): boolean;
}

const ORGANISATIONS: Readonly<Record<string, string>> = { 'sd-like': 'zoo-sd', 'llama-like': 'zoo-llama' };

type TruthFile = Record<string, Record<string, { parent: string | null; task?: string }>>;

/** Reads `truth.json`: one origin for every model of the chosen graphs, in the file's order. */
export async function readOrigins(folder: string, graphs: readonly string[]): Promise<Origin[]> {
  const file = JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as TruthFile;
  return Object.entries(file).flatMap(([path, models]) => {
    const [graph = path, tree = path] = path.split('/');
    if (!graphs.includes(graph)) return [];
    const organisation = ORGANISATIONS[graph] ?? `zoo-${graph}`;
    const repoOf = (model: string) => `${organisation}/${tree === graph ? model : `${tree}-${model}`}`;
    const generationOf = (model: string): number => {
      const parent = models[model]?.parent ?? null;
      return parent === null ? 0 : 1 + generationOf(parent);
    };
    return Object.entries(models).map(([model, { parent, task }]) => ({
      repo: repoOf(model),
      graph,
      tree,
      weights: join(folder, path, `${model}.safetensors`),
      parent: parent === null ? null : repoOf(parent),
      generation: generationOf(model),
      task: task ?? model,
    }));
  });
}

/** The repositories from the parent of `repo` up to its root, nearest first. */
export function ancestorsOf(parents: ReadonlyMap<string, string | null>, repo: string): string[] {
  const ancestors: string[] = [];
  for (let at = parents.get(repo) ?? null; at !== null; at = parents.get(at) ?? null) {
    assert(!ancestors.includes(at), `true parents form a cycle through ${at}, expected a tree`);
    ancestors.push(at);
  }
  return ancestors;
}

const weightsOf = (model: ZooModel): string =>
  model.files
    .filter((file) => file.path.endsWith('.safetensors'))
    .map((file) => file.sha256)
    .sort()
    .join(' ');

/** The truth about `models`, whose true parents are `parents`. */
export function truthOf(models: readonly ZooModel[], parents: ReadonlyMap<string, string | null>): Truth {
  const groups = new Map<string, ZooModel[]>();
  for (const model of models) {
    const weights = weightsOf(model);
    groups.set(weights, [...(groups.get(weights) ?? []), model]);
  }
  const duplicates = [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => group.map((model) => model.repo).sort())
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const groupOf = new Map(duplicates.flatMap((group) => group.map((repo) => [repo, group] as const)));
  const same = (a: string, b: string) => a === b || (groupOf.get(a)?.includes(b) ?? false);
  const isParent = (child: string, candidate: string | null) => {
    const parent = parents.get(child) ?? null;
    if (candidate === null) return parent === null;
    if (candidate === child) return false;
    return parent === null ? same(child, candidate) : same(parent, candidate);
  };
  return { parents, duplicates, isParent };
}
