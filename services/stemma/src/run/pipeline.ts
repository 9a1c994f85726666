import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedLog, PUBLISHED, SKETCHED, topicSpecs, type Repair } from '@stemma/events';
import { Indexer, type IndexerConfig, type LoadReport, type RemeasureReport } from '@stemma/indexer';
import { maintain, supervise } from '@stemma/service';
import { Sketcher, SKETCHER_DEFAULTS } from '@stemma/sketcher';
import {
  beginWatermark,
  Watcher,
  WATCHER_DEFAULTS,
  watchLoop,
  type Listing,
  type Walk,
  type WatcherConfig,
} from '@stemma/watcher';
import type { StemmaConfig } from '../config';
import type { OpenHub } from './open-hub';

/** What the pipeline has done so far; counts are models. */
export interface PipelineFigures {
  readonly seen: number;
  readonly indexed: number;
  readonly pending: number;
  readonly bytesRead: number;
  readonly bytesPublished: number;
  /** The whole listing was walked since the start and everything behind it is done. */
  readonly caughtUp: boolean;
}

export interface PipelineEvents {
  onWalk?(walk: Walk): void;
  /** Something is not possible now and will be tried again. */
  onWait?(who: string, error: Error, waitMs: number): void;
}

export type PipelineConfig = Pick<StemmaConfig, 'hub' | 'dataFolder' | 'author' | 'since'> &
  Partial<Pick<StemmaConfig, 'beginAt'>>;

export interface PipelineOptions {
  /** Names single models of the hub instead of all. */
  readonly listing?: Listing | undefined;
  readonly watch?: Partial<WatcherConfig>;
  readonly indexer?: Partial<IndexerConfig>;
  /** Between the chores of the log and the store. */
  readonly maintainIntervalMs?: number;
  readonly onIndexLoaded?: (report: LoadReport) => void;
  readonly onRemeasured?: (report: RemeasureReport) => void;
  /** Told of the end of a file of the log that was cut off: a write that the last run did not finish. */
  readonly onLogRepaired?: (repair: Repair) => void;
}

interface PipelineParts {
  readonly hub: OpenHub;
  readonly log: EmbeddedLog;
  readonly watcher: Watcher;
  readonly sketcher: Sketcher;
  readonly indexer: Indexer;
  readonly pollIntervalMs: number;
  readonly maintainIntervalMs: number | undefined;
}

/** Watcher, sketcher and indexer on the embedded log of one data folder: the arrow line in one process. */
export class Pipeline {
  readonly hub: OpenHub;
  readonly log: EmbeddedLog;
  readonly #watcher: Watcher;
  readonly #sketcher: Sketcher;
  readonly #indexer: Indexer;
  readonly #pollIntervalMs: number;
  readonly #maintainIntervalMs: number | undefined;

  private constructor(parts: PipelineParts) {
    this.hub = parts.hub;
    this.log = parts.log;
    this.#watcher = parts.watcher;
    this.#sketcher = parts.sketcher;
    this.#indexer = parts.indexer;
    this.#pollIntervalMs = parts.pollIntervalMs;
    this.#maintainIntervalMs = parts.maintainIntervalMs;
  }

  /** Opens everything in the order in which it is needed. Throws when another process has the folder. */
  static async open(config: PipelineConfig, hub: OpenHub, options: PipelineOptions = {}): Promise<Pipeline> {
    const { listing, watch, indexer: indexing = {}, maintainIntervalMs } = options;
    const { onIndexLoaded: onLoaded, onRemeasured } = options;
    await mkdir(config.dataFolder, { recursive: true });
    const log = await EmbeddedLog.open(join(config.dataFolder, 'log'), { onRepair: options.onLogRepaired });
    await log.ensureTopics(topicSpecs());
    const now = (): Date => new Date();
    const store = { folder: join(config.dataFolder, 'index') };
    const indexer = await Indexer.open({ store, log, now, config: indexing, onLoaded, onRemeasured });
    const watching = {
      ...WATCHER_DEFAULTS,
      ...watchFlags(config, listing !== undefined),
      hub: hub.name,
      ...watch,
    };
    const watermarkPath = join(config.dataFolder, 'watermark.json');
    if (typeof config.beginAt === 'string') await beginWatermark(watermarkPath, new Date(config.beginAt));
    const watcher = await Watcher.open({
      config: watching,
      listing: listing ?? hub.client,
      log,
      watermarkPath,
      now,
    });
    const sketcher = new Sketcher({ config: SKETCHER_DEFAULTS, hub: hub.client, log, now });
    const { pollIntervalMs } = watching;
    return new Pipeline({ hub, log, watcher, sketcher, indexer, pollIntervalMs, maintainIntervalMs });
  }

  /** Runs until the signal aborts; rejects with what must not happen. */
  async run(signal: AbortSignal, events: PipelineEvents = {}): Promise<void> {
    const onRetry = (who: string) => (error: Error, waitMs: number) => events.onWait?.(who, error, waitMs);
    const watching = watchLoop(this.#watcher, signal, {
      pollIntervalMs: this.#pollIntervalMs,
      ...(events.onWalk === undefined ? {} : { onWalk: (walk) => events.onWalk?.(walk) }),
      onUnavailable: onRetry('watcher'),
    });
    await Promise.all([
      watching,
      supervise(() => this.#sketcher.start(), signal, { onRetry: onRetry('sketcher') }),
      supervise(() => this.#indexer.start(), signal, { onRetry: onRetry('indexer') }),
      maintain(
        [() => this.log.maintain(), () => this.#indexer.compactSketches()],
        signal,
        this.#maintainIntervalMs,
      ),
    ]);
  }

  /** Read in the order of the arrow line, so that work that moves on meanwhile is never counted as done. */
  async figures(): Promise<PipelineFigures> {
    const walked = this.#watcher.hasWalked;
    const sketched = (await this.log.committed('sketcher', PUBLISHED, 0)) ?? 0;
    const toSketch = (await this.log.bounds(PUBLISHED, 0)).high - sketched;
    const toIndex = (await this.log.bounds(SKETCHED, 0)).high - this.#indexer.positionNext;
    const { models, bytesRead, bytesPublished } = await this.#indexer.totals();
    const pending = toSketch + toIndex;
    const seen = this.#watcher.modelsSeen;
    return { seen, indexed: models, pending, bytesRead, bytesPublished, caughtUp: walked && pending === 0 };
  }

  async close(): Promise<void> {
    await this.#watcher.close();
    await this.#indexer.close();
    await this.log.close();
    await this.hub.close();
  }
}

/** Deletions are looked for by walking the whole listing, which must be there to walk and not be too large. */
function watchFlags({ hub, author, since }: PipelineConfig, isPartial: boolean): WatchFlags {
  const isTooLarge = hub.kind === 'url' && hub.name === 'huggingface' && author === null;
  return { author, since, sweepIntervalMs: isTooLarge || isPartial ? 0 : WATCHER_DEFAULTS.sweepIntervalMs };
}

type WatchFlags = Pick<WatcherConfig, 'author' | 'since' | 'sweepIntervalMs'>;
