/** Where and how often the watcher looks; every bound has a default. */
export interface WatcherConfig {
  /** Name or URL under which models are recorded: `huggingface`, `zoo`, `https://hub.example`. */
  readonly hub: string;
  readonly author: string | null;
  /** Models changed before this ISO time are not asked for; null walks the whole listing. */
  readonly since: string | null;
  readonly pollIntervalMs: number;
  /** How far behind the watermark a walk goes on, for listings that settle late. */
  readonly overlapMs: number;
  /** How often the whole listing is walked to find deleted repositories; 0 never does. */
  readonly sweepIntervalMs: number;
  readonly describedAtOnceMax: number;
  /** How often a model that the hub cannot serve is tried in all. */
  readonly readingsMax: number;
  /** Wait before the second reading; it doubles with every further one. */
  readonly retryAfterMs: number;
}

export const WATCHER_DEFAULTS = {
  pollIntervalMs: 30_000,
  overlapMs: 10 * 60_000,
  sweepIntervalMs: 10 * 60_000,
  describedAtOnceMax: 4,
  readingsMax: 8,
  retryAfterMs: 60_000,
} as const;
