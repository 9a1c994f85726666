import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import type { DescribedModel, HubRejected, ListedModel } from '@stemma/hub';
import type { Listing } from '@stemma/watcher';
import type { WeightsHub, WeightsReader } from '@stemma/sketcher';
import { folderSource } from './folder-source';
import { listFolder, type FolderModel } from './list-folder';

/** A folder of checkpoints seen as a hub: `models/tree/a.safetensors` is the repository `models/tree--a`. */
export class FolderHub implements Listing, WeightsHub {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async *list(): AsyncIterable<ListedModel> {
    const models = await this.#models();
    const listed = [...models.values()].map((model) => listedOf(this.#repo(model), model));
    yield* listed.sort((a, b) => (a.updatedAt > b.updatedAt ? -1 : 1));
  }

  async describe(repo: string): Promise<DescribedModel | HubRejected> {
    const model = (await this.#models()).get(repo);
    if (model === undefined) {
      return {
        type: 'rejected',
        reason: 'not-found',
        detail: `${this.#folder} has no model that is called ${repo}.`,
      };
    }
    const { sha, createdAt } = listedOf(repo, model);
    const files = model.files.map(({ path, size }) => ({ path, size, hash: null }));
    return { type: 'model', repo, sha, createdAt, files, claim: null, gated: false, private: false };
  }

  reader(repo: string, _sha: string, files: DescribedModel['files']): WeightsReader {
    return {
      through: async (work) => {
        const model = (await this.#models()).get(repo);
        const listed = files.map(({ path }) => model?.files.find((file) => file.path === path));
        if (listed.includes(undefined)) {
          return {
            type: 'rejected',
            reason: 'not-found',
            detail: `${repo} has lost files since it was listed.`,
          };
        }
        return work(folderSource(listed.flatMap((file) => file ?? [])));
      },
    };
  }

  async #models(): Promise<Map<string, FolderModel>> {
    const models = await listFolder(this.#folder);
    return new Map(models.map((model) => [this.#repo(model), model]));
  }

  #repo({ id }: FolderModel): string {
    return `${nameOf(basename(this.#folder))}/${nameOf(id.replaceAll('/', '--'))}`;
  }
}

/** A folder has no commits: paths, sizes and times stand for the revision. */
function listedOf(repo: string, { files }: FolderModel): ListedModel {
  const facts = files.map(({ path, size, modifiedAt }) => [path, size, modifiedAt.getTime()]);
  const times = files.map(({ modifiedAt }) => modifiedAt.getTime());
  const sha = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 40);
  const updatedAt = new Date(Math.max(0, ...times)).toISOString();
  return { repo, sha, createdAt: updatedAt, updatedAt };
}

/** Letters that a repository's name may have; anything else becomes a dash. */
const nameOf = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, 96) || 'models';
