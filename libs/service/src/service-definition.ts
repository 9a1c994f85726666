import type { EventLog, Subscription } from '@stemma/events';
import type { Registry } from 'prom-client';
import type { CommonSettings } from './common-settings';
import type { Notes } from './notes';
import type { Env, Settings, Values } from './settings';

/**
 * Which of the records that are read get a span in a trace: all; only those that come after the subscription began, for a
 * reader that starts from nothing every time; or none.
 */
export type TracedReads = 'all' | 'new' | 'none';

/** One service as a process of its own. */
export interface ServiceDefinition<S extends Settings = Settings> {
  readonly name: string;
  /** What it reads from the environment beside the common settings. */
  readonly settings: S;
  /** Where its health is asked for by default; tells services on one machine apart. */
  readonly healthPort: number;
  readonly tracedReads: TracedReads;
  /** Opens what the service needs. "Not now" is tried again until the time to start is over. */
  open(context: ServiceContext<S>): Promise<OpenService>;
}

export interface OpenService {
  /** Why it cannot do its work now, for people; empty when it can. */
  unready(): readonly string[];
  /** Works until the signal aborts; rejects with what is a reason to end the process. */
  run(signal: AbortSignal): Promise<void>;
  /** Called when `run` is over. */
  close(): Promise<void>;
}

/** The settings of a service, the common ones among them. */
export type ServiceSettings<S extends Settings = Settings> = Values<CommonSettings> & Values<S>;

export interface ServiceContext<S extends Settings = Settings> {
  readonly settings: ServiceSettings<S>;
  /** Observed and traced; its topics exist. */
  readonly log: EventLog;
  readonly registry: Registry;
  readonly notes: Notes;
  /** Keeps a subscription going until the signal aborts; while it waits to begin again, the service is not ready. */
  readonly follow: (part: string, start: () => Promise<Subscription>, signal: AbortSignal) => Promise<void>;
  /** The same for any work, which tells when it has `begun` well. */
  readonly keepGoing: (part: string, work: Work, signal: AbortSignal) => Promise<void>;
}

export type Work = (signal: AbortSignal, begun: () => void) => Promise<void>;

/** What a service runs in. */
export interface Surroundings {
  readonly env: Env;
  readonly version: string;
  /** Aborts when the process is to stop. */
  readonly signal: AbortSignal;
  /** Takes lines for whoever runs the process. */
  readonly write: (line: string) => void;
  openLog(settings: Values<CommonSettings>, service: string, notes: Notes): Promise<EventLog>;
}
