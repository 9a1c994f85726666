import type { Claim } from '@stemma/events';
import { claimOf } from './claim';

/** A line of the hub's listing. Times are ISO 8601 in UTC. */
export interface ListedModel {
  readonly repo: string;
  /** Commit of the default branch. */
  readonly sha: string;
  readonly createdAt: string;
  /** Of the newest change of the repository. */
  readonly updatedAt: string;
}

/** All that the hub says about a revision without its files. */
export interface ModelFacts extends ListedModel {
  readonly claim: Claim | null;
  readonly gated: boolean;
  readonly private: boolean;
}

/** What `@huggingface/hub` is asked for beside what it always gives. */
export const FACT_FIELDS = ['sha', 'createdAt', 'tags', 'cardData'] as const;

const PART = '(?!\\.{1,2}(?:/|$))(?!.*\\.\\.)[A-Za-z0-9._-]{1,96}';
const REPO = new RegExp(`^${PART}/${PART}$`);
const SHA = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Whether it is `org/name` as the Hub spells it; names become paths of URLs, so nothing else is ever asked for. */
export const isRepoName = (name: unknown): name is string => typeof name === 'string' && REPO.test(name);

export const isRevision = (revision: unknown): revision is string =>
  typeof revision === 'string' && SHA.test(revision);

/** Reads an entry as `@huggingface/hub` gives it, typed as unknown since a hub can send anything; null where it is no model. */
export function factsOf(entry: { readonly [field in keyof HubEntry]?: unknown }): ModelFacts | null {
  const { name, sha, cardData, tags, gated } = entry;
  const createdAt = instantOf(entry.createdAt);
  if (!isRepoName(name) || !isRevision(sha) || createdAt === null) return null;
  return {
    repo: name,
    sha,
    createdAt,
    updatedAt: instantOf(entry.updatedAt) ?? createdAt,
    claim: claimOf(cardData, tags),
    gated: gated !== false && gated !== undefined && gated !== null,
    private: entry.private === true,
  };
}

interface HubEntry {
  name: string;
  sha: string;
  createdAt: string;
  updatedAt: Date;
  cardData: object;
  tags: string[];
  gated: false | 'auto' | 'manual';
  private: boolean;
}

function instantOf(value: unknown): string | null {
  const date = value instanceof Date ? value : new Date(typeof value === 'string' ? value : NaN);
  const year = date.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? date.toISOString() : null;
}
