import { DEAD, parseEvent, PUBLISHED, type LogRecord } from '@stemma/events';

/** A revision that the hub could not serve when it was read, to be published again. */
export interface Postponed {
  readonly repo: string;
  readonly sha: string;
  /** How often reading it has failed. */
  readonly failures: number;
  /** Unix milliseconds of the newest failure. */
  readonly failedAtMs: number;
}

interface Counts {
  readonly sha: string;
  published: number;
  failures: number;
  failedAtMs: number;
}

/** The reason in a dead letter that means "not now": the reader gave up for the time being. */
export const HUB_UNAVAILABLE = 'hub-unavailable';

/**
 * What has been published of each repository and what the hub still owes, folded from the log.
 *
 * It counts, so it does not matter how the two topics interleave: a revision whose readings failed as often as it was
 * published waits for another try.
 */
export class Publications {
  readonly #byRepo = new Map<string, Counts>();

  /** Repositories published and not deleted. */
  get size(): number {
    return this.#byRepo.size;
  }

  has(repo: string, sha: string): boolean {
    return this.#byRepo.get(repo)?.sha === sha;
  }

  *repositories(): Iterable<readonly [repo: string, sha: string]> {
    for (const [repo, counts] of this.#byRepo) yield [repo, counts.sha];
  }

  fold(record: LogRecord): void {
    if (record.topic === PUBLISHED) {
      const event = parseEvent(PUBLISHED, record.value);
      if (event.type === 'rejected') return;
      if (event.data.deleted) this.#byRepo.delete(event.data.repo);
      else this.#of(event.data.repo, event.data.sha).published++;
    }
    if (record.topic === DEAD) this.#foldFailure(record);
  }

  postponed(): Postponed[] {
    return [...this.#byRepo].flatMap(([repo, { sha, published, failures, failedAtMs }]) =>
      failures > 0 && failures >= published ? [{ repo, sha, failures, failedAtMs }] : [],
    );
  }

  #foldFailure(record: LogRecord): void {
    const letter = parseEvent(DEAD, record.value);
    if (letter.type === 'rejected' || letter.data.reason !== HUB_UNAVAILABLE) return;
    const refused = parseEvent(PUBLISHED, letter.data.event.value);
    if (refused.type === 'rejected') return;
    const counts = this.#of(refused.data.repo, refused.data.sha);
    counts.failures++;
    counts.failedAtMs = Math.max(counts.failedAtMs, record.time);
  }

  /** Counts start anew with a new revision: the old one's troubles are not its own. */
  #of(repo: string, sha: string): Counts {
    const known = this.#byRepo.get(repo);
    if (known?.sha === sha) return known;
    const counts = { sha, published: 0, failures: 0, failedAtMs: 0 };
    this.#byRepo.set(repo, counts);
    return counts;
  }
}
