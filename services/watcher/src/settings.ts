import { durationMs, folder, hubSettings, instant, text } from '@stemma/service';
import { WATCHER_DEFAULTS } from './config';

const DAY_MS = 86_400_000;

/** What the watcher as a process of its own reads from its environment, beside what every service does. */
export const WATCHER_SETTINGS = {
  ...hubSettings,
  author: text('STEMMA_AUTHOR', {
    pattern: /^[\w.-]{1,96}$/,
    expected: 'a user or organisation of the hub',
    fallback: null,
  }),
  since: instant('STEMMA_SINCE', { fallback: null }),
  /** Holds the watermark: how far the listing has been walked to its end. */
  dataFolder: folder('STEMMA_DATA'),
  pollIntervalMs: durationMs('STEMMA_POLL_INTERVAL', {
    minMs: 50,
    maxMs: DAY_MS,
    fallback: WATCHER_DEFAULTS.pollIntervalMs,
  }),
  /** How often the whole listing is walked to find what was deleted; 0 never does. */
  sweepIntervalMs: durationMs('STEMMA_SWEEP_INTERVAL', { maxMs: 30 * DAY_MS, fallback: null }),
};
