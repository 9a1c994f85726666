import assert from 'node:assert/strict';
import { revisionSha, type ZooModel } from './zoo-model';

/** What a push changes; files given replace all files. */
export type Push = Partial<
  Pick<ZooModel, 'card' | 'config' | 'files' | 'gated' | 'private' | 'lastModified' | 'sha'>
>;

/** The repositories a Hub server holds: every revision of each, old ones too, as a pinned reader expects. */
export class Shelf {
  readonly #revisions = new Map<string, ZooModel[]>();
  readonly #renamed = new Map<string, string>();

  constructor(models: readonly ZooModel[] = []) {
    for (const model of models) this.publish(model);
  }

  /** Adds a repository, or a newer revision of one. */
  publish(model: ZooModel): void {
    this.#renamed.delete(model.repo);
    const older = this.#revisions.get(model.repo) ?? [];
    this.#revisions.set(model.repo, [...older.filter((revision) => revision.sha !== model.sha), model]);
  }

  /** Pushes a new revision and returns it; it is the newest of the listing unless `lastModified` says otherwise. */
  update(repo: string, push: Push): ZooModel {
    const current = this.newest(repo);
    assert(current, `the hub holds no ${repo} to update`);
    const files = push.files ?? current.files;
    const model = {
      ...current,
      lastModified: this.#afterEverything(),
      sha: push.files === undefined ? current.sha : revisionSha(repo, files),
      ...push,
    };
    this.publish(model);
    return model;
  }

  /** Forgets the repository and its history. */
  remove(repo: string): void {
    assert(this.#revisions.delete(repo), `the hub holds no ${repo} to remove`);
  }

  /** Moves a repository with its commits; its old name leads to the new one, as on the Hub. */
  rename(from: string, to: string): void {
    const revisions = this.#revisions.get(from);
    assert(revisions, `the hub holds no ${from} to rename`);
    assert(!this.#revisions.has(to), `the hub already holds ${to}`);
    this.#revisions.delete(from);
    this.#revisions.set(
      to,
      revisions.map((revision) => ({ ...revision, repo: to })),
    );
    this.#renamed.set(from, to);
  }

  /** The name that a renamed repository has now; null when it was not renamed. */
  renamed(repo: string): string | null {
    return this.#renamed.get(repo) ?? null;
  }

  newest(repo: string): ZooModel | null {
    return this.#revisions.get(repo)?.at(-1) ?? null;
  }

  /** A revision by commit id, or the newest by the names a branch has. */
  at(repo: string, revision: string): ZooModel | null {
    if (revision === 'main' || revision === 'HEAD') return this.newest(repo);
    return this.#revisions.get(repo)?.find((model) => model.sha === revision) ?? null;
  }

  history(repo: string): readonly ZooModel[] {
    return this.#revisions.get(repo) ?? [];
  }

  /** The newest revision of every repository. */
  models(): ZooModel[] {
    return [...this.#revisions.values()].flatMap((revisions) => revisions.slice(-1));
  }

  #afterEverything(): string {
    const newest = this.models().reduce(
      (latest, model) => Math.max(latest, Date.parse(model.lastModified)),
      0,
    );
    return new Date(newest + 60_000).toISOString();
  }
}
