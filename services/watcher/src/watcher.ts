import {
  modelPublished,
  PUBLISHED,
  toRecord,
  type EventLog,
  type ModelPublished,
  type NewRecord,
} from '@stemma/events';
import {
  HubUnavailableError,
  mapBounded,
  type DescribedModel,
  type HubRejected,
  type ListedModel,
  type ListOptions,
} from '@stemma/hub';
import { followLog, type Follower } from './follow-log';
import { Publications } from './publications';
import { readWatermark, writeWatermark } from './watermark';
import type { WatcherConfig } from './config';

/** What the watcher asks of a hub; `HubClient` and a folder of checkpoints both answer it. */
export interface Listing {
  /** Newest change first; ends where changes are older than `since`. */
  list(options: ListOptions): AsyncIterable<ListedModel>;
  describe(repo: string, revision: string): Promise<DescribedModel | HubRejected>;
}

export interface WatcherDependencies {
  readonly config: WatcherConfig;
  readonly listing: Listing;
  readonly log: EventLog;
  readonly watermarkPath: string;
  /** Consumer group of the fold over the log; another watcher of the same log needs another one. */
  readonly group?: string;
  readonly now: () => Date;
}

/** What one walk of the listing did, in models. */
export interface Walk {
  readonly listed: number;
  readonly published: number;
  readonly deleted: number;
}

const PAGE_MODELS = 64;
const ORIGIN = '/stemma/watcher';

/**
 * Turns a hub's listing into `model.published` events.
 *
 * What has been published is folded from the log itself, so a restart publishes nothing twice. The watermark only says
 * where a walk may stop and moves only when a walk has reached its end: after a crash in the middle the rest is found.
 */
export class Watcher {
  readonly #deps: WatcherDependencies;
  readonly #publications: Publications;
  readonly #follower: Follower;
  #sweptAtMs = -Infinity;
  #walks = 0;

  private constructor(deps: WatcherDependencies, publications: Publications, follower: Follower) {
    this.#deps = deps;
    this.#publications = publications;
    this.#follower = follower;
  }

  static async open(deps: WatcherDependencies): Promise<Watcher> {
    const publications = new Publications();
    const follower = await followLog(deps.log, (record) => publications.fold(record), deps.group);
    await follower.caughtUp();
    return new Watcher(deps, publications, follower);
  }

  /** Repositories that were listed and have not been deleted. */
  get modelsSeen(): number {
    return this.#publications.size;
  }

  /** Whether the listing has been walked to its end since the start. */
  get hasWalked(): boolean {
    return this.#walks > 0;
  }

  /** Rejects when following the log failed. */
  get done(): Promise<void> {
    return this.#follower.subscription.done;
  }

  /** Walks the listing once and publishes what is new or due again. Throws {@link HubUnavailableError} when the hub is away. */
  async walk(signal?: AbortSignal): Promise<Walk> {
    const { config, watermarkPath, now } = this.#deps;
    const watermark = await readWatermark(watermarkPath);
    const sweeps = config.sweepIntervalMs > 0 && now().getTime() - this.#sweptAtMs >= config.sweepIntervalMs;
    const since = sweeps ? config.since : later(config.since, earlier(watermark.through, config.overlapMs));
    const listed = new Set<string>();
    let published = await this.#publish(this.#due());
    let newest = watermark.through;
    let page: ListedModel[] = [];
    for await (const model of this.#deps.listing.list(question(since, config.author, signal))) {
      listed.add(model.repo);
      newest = later(newest, model.updatedAt);
      if (this.#publications.has(model.repo, model.sha)) continue;
      page.push(model);
      if (page.length < PAGE_MODELS) continue;
      published += await this.#publish(page);
      page = [];
    }
    published += await this.#publish(page);
    const deleted = sweeps && since === null ? await this.#publishDeletions(listed) : 0;
    if (sweeps) this.#sweptAtMs = now().getTime();
    if (newest !== null && newest !== watermark.through)
      await writeWatermark(watermarkPath, { through: newest });
    this.#walks++;
    return { listed: listed.size, published, deleted };
  }

  async close(): Promise<void> {
    await this.#follower.subscription.stop();
  }

  /** Revisions whose reading failed for now, once their back-off is over: it doubles with every failure. */
  #due(): ListedModel[] {
    const { config, now } = this.#deps;
    const nowMs = now().getTime();
    return this.#publications
      .postponed()
      .filter(({ failures }) => failures < config.readingsMax)
      .filter(({ failures, failedAtMs }) => nowMs >= failedAtMs + config.retryAfterMs * 2 ** (failures - 1))
      .map(({ repo, sha }) => ({
        repo,
        sha,
        createdAt: now().toISOString(),
        updatedAt: now().toISOString(),
      }));
  }

  async #publish(models: readonly ListedModel[]): Promise<number> {
    const records = await mapBounded(models, this.#deps.config.describedAtOnceMax, (model) =>
      this.#describe(model),
    );
    await this.#append(records);
    return records.length;
  }

  /**
   * A model that cannot be described now is published all the same, without its files: the reader asks again, and whatever
   * it then has to refuse is refused with an event to show for it.
   */
  async #describe(model: ListedModel): Promise<NewRecord> {
    const bare = { repo: model.repo, sha: model.sha, createdAt: model.createdAt, files: [], claim: null };
    try {
      const described = await this.#deps.listing.describe(model.repo, model.sha);
      if (described.type === 'rejected' || described.repo !== model.repo)
        return this.#record(bare, false, bare);
      return this.#record({ ...described, files: [...described.files] }, false, bare);
    } catch (error) {
      if (error instanceof HubUnavailableError) return this.#record(bare, false, bare);
      throw error;
    }
  }

  /** What the whole listing no longer has is deleted only when the hub says so itself, or answers under another name. */
  async #publishDeletions(listed: ReadonlySet<string>): Promise<number> {
    const { config, listing, now } = this.#deps;
    const missing = [...this.#publications.repositories()].filter(([repo]) => !listed.has(repo));
    const records = await mapBounded(missing, config.describedAtOnceMax, async ([repo, sha]) => {
      const answer = await listing.describe(repo, sha);
      const isGone = answer.type === 'rejected' ? answer.reason === 'not-found' : answer.repo !== repo;
      if (!isGone) return [];
      const deletion = { repo, sha, createdAt: now().toISOString(), files: [], claim: null };
      return [this.#record(deletion, true, deletion)];
    });
    await this.#append(records.flat());
    return records.flat().length;
  }

  #record(model: Described, deleted: boolean, fallback: Described): NewRecord {
    const origin = { source: ORIGIN, time: this.#deps.now().toISOString() };
    const publish = ({ repo, sha, createdAt, files, claim }: Described) =>
      modelPublished({ hub: this.#deps.config.hub, repo, sha, createdAt, deleted, files, claim }, origin);
    const event = publish(model);
    if (event.type !== 'rejected') return toRecord(event);
    const bare = publish(fallback);
    if (bare.type === 'rejected') throw new Error(`the hub lists what cannot be a model: ${bare.detail}`);
    return toRecord(bare);
  }

  async #append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#follower.reached(PUBLISHED, await this.#deps.log.append(PUBLISHED, records));
  }
}

/** What the log keeps of a described model. */
type Described = Pick<ModelPublished['data'], 'repo' | 'sha' | 'createdAt' | 'files' | 'claim'>;

const question = (since: string | null, author: string | null, signal?: AbortSignal): ListOptions => ({
  ...(since === null ? {} : { since }),
  ...(author === null ? {} : { author }),
  ...(signal === undefined ? {} : { signal }),
});

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) >= Date.parse(b) ? a : b;
}

const earlier = (time: string | null, byMs: number): string | null =>
  time === null ? null : new Date(Date.parse(time) - byMs).toISOString();
