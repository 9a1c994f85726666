import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HubUnavailableError } from '@stemma/hub';
import {
  HUGGING_FACE_URL,
  openObservedHub,
  WalkMetrics,
  type OpenHub,
  type OpenService,
  type ServiceContext,
  type ServiceDefinition,
  type ServiceSettings,
  type Work,
} from '@stemma/service';
import { WATCHER_DEFAULTS, type WatcherConfig } from './config';
import { WATCHER_SETTINGS } from './settings';
import { watchLoop } from './watch-loop';
import { Watcher } from './watcher';
import { beginWatermark } from './watermark';

type Context = ServiceContext<typeof WATCHER_SETTINGS>;

const HOUR_MS = 3_600_000;

/** The watcher as a process of its own. */
export const watcherService: ServiceDefinition<typeof WATCHER_SETTINGS> = {
  name: 'watcher',
  settings: WATCHER_SETTINGS,
  healthPort: 4281,
  tracedReads: 'none',
  open: openWatcher,
};

async function openWatcher(context: Context): Promise<OpenService> {
  const { settings, registry, notes, keepGoing } = context;
  const hub = await openObservedHub(settings, registry);
  const metrics = new WalkMetrics(registry);
  await mkdir(settings.dataFolder, { recursive: true });
  const watermarkPath = join(settings.dataFolder, 'watermark.json');
  // Nobody wants the whole of a public hub by accident: without a wish, its last hour is the beginning.
  if (isWholePublicHub(settings) && settings.since === null)
    await beginWatermark(watermarkPath, new Date(Date.now() - HOUR_MS));
  notes('info', 'watching', { hub: hub.place });
  let isFollowing = false;
  return {
    unready: () => (isFollowing ? [] : ['what was published before is being read']),
    run(signal) {
      const work: Work = (stopping, begun) =>
        watch(context, hub, watermarkPath, metrics, stopping, (following) => {
          isFollowing = following;
          if (following) begun();
        });
      return keepGoing('watcher', work, signal);
    },
    close: () => hub.close(),
  };
}

/** Follows the log and walks the listing until the signal aborts or either fails. */
async function watch(
  { settings, log, notes }: Context,
  hub: OpenHub,
  watermarkPath: string,
  metrics: WalkMetrics,
  signal: AbortSignal,
  onFollowing: (isFollowing: boolean) => void,
): Promise<void> {
  const config = watcherConfig(settings, hub.name);
  const group = `watcher-fold-${randomUUID().slice(0, 8)}`;
  const now = (): Date => new Date();
  const opening = Watcher.open({ config, listing: hub.client, log, watermarkPath, group, now });
  // What was published before may be long to read; who is told to stop meanwhile does not wait for it.
  const watcher = await Promise.race([opening, aborted(signal)]);
  if (watcher === null) return void opening.then((opened) => opened.close()).catch(() => undefined);
  const ending = new AbortController();
  const walking = watchLoop(watcher, AbortSignal.any([signal, ending.signal]), {
    pollIntervalMs: config.pollIntervalMs,
    onWalk: (walk) => metrics.walked(walk, watcher.modelsSeen),
    onUnavailable: (error, waitMs) => {
      const isHub = error instanceof HubUnavailableError;
      if (isHub) metrics.unavailable();
      notes('warning', error.message, { part: isHub ? 'hub' : 'log', retryInMs: waitMs });
    },
  });
  onFollowing(true);
  try {
    await Promise.race([walking, watcher.done]);
  } finally {
    onFollowing(false);
    ending.abort();
    await walking.catch(() => undefined);
    await watcher.close();
  }
}

function watcherConfig(settings: ServiceSettings<typeof WATCHER_SETTINGS>, hub: string): WatcherConfig {
  const { author, since, pollIntervalMs } = settings;
  // What is deleted is found by walking the whole listing, which must not be too large for that.
  const sweepDefaultMs = isWholePublicHub(settings) ? 0 : WATCHER_DEFAULTS.sweepIntervalMs;
  const sweepIntervalMs = settings.sweepIntervalMs ?? sweepDefaultMs;
  return { ...WATCHER_DEFAULTS, hub, author, since, pollIntervalMs, sweepIntervalMs };
}

const isWholePublicHub = ({ hub, author }: ServiceSettings<typeof WATCHER_SETTINGS>): boolean =>
  hub.kind === 'url' && hub.url === HUGGING_FACE_URL && author === null;

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
