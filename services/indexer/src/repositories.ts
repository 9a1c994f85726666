import type { RepositoryEvents } from '@stemma/store';

const UNHEARD: RepositoryEvents = { arrival: null, departure: null };

/**
 * The newest arrival and the newest deletion of every repository that was ever heard of: which of two events counts must not
 * depend on which of them was delivered first.
 */
export class Repositories {
  readonly #byName = new Map<string, RepositoryEvents>();
  #hub: string | null = null;

  /** The hub that the data folder follows: that of its first event. Null before that. */
  get hub(): string | null {
    return this.#hub;
  }

  /** Whether events of this hub belong here: names are unique on one hub only, so one folder follows one hub. */
  follows(hub: string): boolean {
    this.#hub ??= hub;
    return this.#hub === hub;
  }

  get(repo: string): RepositoryEvents {
    return this.#byName.get(repo) ?? UNHEARD;
  }

  set(repo: string, events: RepositoryEvents): void {
    this.#byName.set(repo, events);
  }
}

/** Whether the repository is gone: its newest deletion is newer than its newest arrival. */
export const isGone = ({ arrival, departure }: RepositoryEvents): boolean =>
  departure !== null && (arrival === null || departure > arrival);
