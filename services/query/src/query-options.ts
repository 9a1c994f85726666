import type { EventLog } from '@stemma/events';

/** What the services in front of the query side know about work that is not done yet. */
export interface PipelineFigures {
  /** Models that the hub has listed and that are neither indexed nor rejected. */
  readonly pending: number;
  readonly bytesRead: number;
  /** Size of the weight files that those bytes stand for. */
  readonly bytesPublished: number;
  /** Whether the watcher has seen the whole listing and everything behind it is done. */
  readonly caughtUp: boolean;
}

export interface PipelineStatus {
  read(): PipelineFigures | Promise<PipelineFigures>;
}

/** The hub that the models live on, for links from the pages. */
export interface HubLink {
  readonly name: string;
  /** Address of a model's own page there. */
  modelUrl(model: string): string;
}

export interface QueryLimits {
  /** Long polls that wait at one time. */
  readonly longPollsMax: number;
  /** How long a caller may wait that knows changes which this reader does not have yet. */
  readonly aheadMs: number;
  /** Change streams open at one time. */
  readonly streamsMax: number;
  readonly heartbeatMs: number;
  /** How long a stream's client may leave its data unread before it is dropped. */
  readonly slowStreamMs: number;
  /** Changes written to a stream before its client must have read them: the bound of its queue. */
  readonly streamChangesMax: number;
  /** Models looked at for one page of a search or of claims; the page may be short, its cursor goes on. */
  readonly scanModelsMax: number;
  /** Searches through all names (suggestions, the search page) that run at one time. */
  readonly searchesMax: number;
  /** Records folded before other work gets its turn. */
  readonly feedRecordsMax: number;
  readonly feedBytesMax: number;
  /** How long a look at the end of the log is good for: a broker is asked for that of each partition. */
  readonly logEndFreshMs: number;
}

export const DEFAULT_LIMITS: QueryLimits = {
  longPollsMax: 1000,
  aheadMs: 2_000,
  streamsMax: 256,
  heartbeatMs: 15_000,
  slowStreamMs: 30_000,
  streamChangesMax: 100,
  scanModelsMax: 200_000,
  searchesMax: 2,
  feedRecordsMax: 256,
  feedBytesMax: 4 << 20,
  logEndFreshMs: 0,
};

export interface QueryOptions {
  /** Its topics exist already. */
  readonly log: EventLog;
  /** Without it the query side reports only what is in the log. */
  readonly pipeline?: PipelineStatus;
  readonly hub?: HubLink;
  /** Consumer group; default `query`. */
  readonly group?: string;
  readonly limits?: Partial<QueryLimits>;
  /** What to do when the read model cannot go on (a gap, a broken log). Default: throw it outside of any handler, so the process ends. */
  readonly onFailure?: (error: unknown) => void;
}

export const QUERY_OPTIONS = Symbol('QueryOptions');
export const QUERY_LIMITS = Symbol('QueryLimits');
