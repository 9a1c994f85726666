import assert from 'node:assert/strict';
import { listFiles, listModels, modelInfo } from '@huggingface/hub';
import type { Claim } from '@stemma/events';
import { resolvedOptions, type HubOptions } from './hub-options';
import {
  FACT_FIELDS,
  factsOf,
  isRepoName,
  isRevision,
  type ListedModel,
  type ModelFacts,
} from './listed-model';
import type { Meter } from './meter';
import { HubUnavailableError, quoted, Refusal, rejected, settled, type HubRejected } from './outcome';
import type { Purpose } from './purpose';
import { Recent } from './recent';
import { fileOf, isWeightsFile, PIPELINE, refusalOf, type RepositoryFile } from './repository-files';
import { RevisionReader } from './revision-reader';
import { Transport } from './transport';

/** One revision of a repository: what its card says and the files that choosing and reading its weights takes. */
export interface DescribedModel {
  readonly type: 'model';
  /** The name it has now: a renamed repository answers to its old name too. */
  readonly repo: string;
  readonly sha: string;
  readonly createdAt: string;
  readonly files: readonly RepositoryFile[];
  readonly claim: Claim | null;
  readonly gated: boolean;
  readonly private: boolean;
}

export interface ListOptions {
  /** ISO time: the walk ends at the first model that has not changed since. */
  readonly since?: string;
  /** User or organisation. */
  readonly author?: string;
  readonly signal?: AbortSignal;
}

const SEEN_MAX = 2_048;

/** A hub of models, asked through `@huggingface/hub`: its listing, one revision, ranges of files. */
export class HubClient {
  /** Without a trailing slash. */
  readonly url: string;
  readonly #transport: Transport;
  readonly #hasToken: boolean;
  readonly #pagesMax: number;
  readonly #filesMax: number;
  readonly #remembered: Recent<ModelFacts>;
  readonly #meter: Meter = { requests: 0, bytes: 0 };

  /** Throws a TypeError for a URL that is none, or a token that would travel in the clear. */
  constructor(options: HubOptions = {}) {
    const { hub, token, transport, pagesMax, filesMax, rememberedMax } = resolvedOptions(options);
    this.url = hub.href.replace(/\/$/, '');
    this.#transport = new Transport(hub, token, transport);
    this.#hasToken = token !== null;
    this.#pagesMax = pagesMax;
    this.#filesMax = filesMax;
    this.#remembered = new Recent(rememberedMax);
  }

  /** What all requests of this client have cost so far. */
  get cost(): Readonly<Meter> {
    return { ...this.#meter };
  }

  /**
   * The hub's models, newest change first, each revision once. Entries that are no models are passed over. Throws
   * `HubUnavailableError` when the listing breaks off: what came until then is good, but the walk is not complete.
   */
  async *list({ since, author, signal }: ListOptions = {}): AsyncGenerator<ListedModel, void, undefined> {
    const sinceMs = since === undefined ? -Infinity : Date.parse(since);
    assert(!Number.isNaN(sinceMs), `since is ${since}, expected an ISO time`);
    // While a listing is walked its models move down, over the edges of pages.
    const seen = new Recent<true>(SEEN_MAX);
    const entries = listModels({
      hubUrl: this.url,
      sort: 'lastModified',
      ...(author === undefined ? {} : { search: { owner: author } }),
      additionalFields: [...FACT_FIELDS],
      fetch: this.#pagedFetch('the listing of the hub', signal),
    });
    try {
      for await (const entry of entries) {
        const facts = factsOf(entry);
        if (facts === null) continue;
        if (Date.parse(facts.updatedAt) < sinceMs) return;
        const { repo, sha, createdAt, updatedAt } = facts;
        const key = keyOf(repo, sha);
        if (seen.has(key)) continue;
        seen.set(key, true);
        this.#remembered.set(key, facts);
        yield { repo, sha, createdAt, updatedAt };
      }
    } catch (error) {
      // A refusal is about a model; the listing is about none, so all that is left to do is to ask again.
      if (error instanceof Refusal) throw new HubUnavailableError(error.message, { cause: error });
      throw error;
    }
  }

  /**
   * A revision by commit or branch: one request for what was listed lately and has its weights in the root, else two or
   * three. Throws `HubUnavailableError` when the hub cannot answer now.
   */
  async describe(
    repo: string,
    revision = 'main',
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<DescribedModel | HubRejected> {
    if (!isRepoName(repo) || !isRevision(revision)) {
      return rejected('not-found', `${quoted(repo)} at ${quoted(revision)} is no revision of an org/name.`);
    }
    return settled(async () => {
      const facts =
        this.#remembered.take(keyOf(repo, revision)) ?? (await this.#facts(repo, revision, signal));
      if (facts.gated && !this.#hasToken) {
        return rejected('gated', `${facts.repo} is gated, and the hub is asked without a token.`);
      }
      const files = await this.#files(facts, signal);
      const { sha, createdAt, claim, gated, private: hidden } = facts;
      return (
        refusalOf(facts.repo, files) ?? {
          type: 'model',
          repo: facts.repo,
          sha,
          createdAt,
          files: files.filter(({ path }) => isWeightsFile(path)),
          claim,
          gated,
          private: hidden,
        }
      );
    });
  }

  /** Ranged reads of listed files, all of the one commit `sha`. */
  reader(
    repo: string,
    sha: string,
    files: readonly RepositoryFile[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): RevisionReader {
    assert(isRepoName(repo) && isRevision(sha), `${repo}@${sha} is read, expected org/name at a commit`);
    const fetchFor = (purpose: Purpose) =>
      this.#transport.fetchFor({ ...purpose, meters: [...purpose.meters, this.#meter] });
    return new RevisionReader({ hubUrl: this.url, repo, sha, files }, fetchFor, signal);
  }

  async #facts(repo: string, revision: string, signal: AbortSignal | undefined): Promise<ModelFacts> {
    const purpose = { expects: 'object', subject: repo, meters: [this.#meter], signal } as const;
    const entry = await modelInfo({
      hubUrl: this.url,
      name: repo,
      revision,
      additionalFields: [...FACT_FIELDS],
      fetch: this.#transport.fetchFor(purpose),
    });
    const facts = factsOf(entry);
    if (facts === null)
      throw new Refusal(rejected('refused', `The hub describes ${repo} without a name, a commit or a date.`));
    return facts;
  }

  /** The root's files where it has the weights: trees of checkpoints below can be very large. Else all files. */
  async #files(facts: ModelFacts, signal: AbortSignal | undefined): Promise<RepositoryFile[]> {
    const root = await this.#tree(facts, false, signal);
    const has = (found: (path: string) => boolean) => root.files.some(({ path }) => found(path));
    const isComplete = has((path) => path.endsWith('.safetensors')) && !has((path) => path === PIPELINE);
    return isComplete || !root.hasFolders ? root.files : (await this.#tree(facts, true, signal)).files;
  }

  async #tree({ repo, sha }: ModelFacts, recursive: boolean, signal: AbortSignal | undefined): Promise<Tree> {
    const fetch = this.#pagedFetch(repo, signal);
    const files: RepositoryFile[] = [];
    let hasFolders = false;
    let entries = 0;
    for await (const entry of listFiles({ hubUrl: this.url, repo, revision: sha, recursive, fetch })) {
      if (++entries > this.#filesMax) {
        throw new Refusal(
          rejected('too-many-files', `${repo} has more than ${this.#filesMax} files and folders.`),
        );
      }
      hasFolders ||= entry.type === 'directory';
      const file = fileOf({ ...entry });
      if (file !== null) files.push(file);
    }
    return { files, hasFolders };
  }

  /** A `fetch` for a list in pages, a bounded number of them. */
  #pagedFetch(subject: string, signal: AbortSignal | undefined): typeof fetch {
    const fetchPage = this.#transport.fetchFor({
      expects: 'objects',
      subject,
      meters: [this.#meter],
      signal,
    });
    let pages = 0;
    return async (page) => {
      if (++pages > this.#pagesMax) {
        throw new Refusal(rejected('refused', `${subject} has more than ${this.#pagesMax} pages.`));
      }
      return fetchPage(page);
    };
  }
}

interface Tree {
  readonly files: RepositoryFile[];
  readonly hasFolders: boolean;
}

const keyOf = (repo: string, sha: string): string => `${repo}@${sha}`;
