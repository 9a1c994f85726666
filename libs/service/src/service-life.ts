import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailableError, topicSpecs, type EventLog, type Subscription } from '@stemma/events';
import { Registry } from 'prom-client';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code';
import { startHealthServer } from './health-server';
import { keepTrying, supervise, type KeepTryingOptions } from './keep-trying';
import { ObservedLog } from './metrics/observed-log';
import { ProcessMetrics } from './metrics/process-metrics';
import { describeError, type Notes } from './notes';
import type {
  OpenService,
  ServiceContext,
  ServiceDefinition,
  ServiceSettings,
  Surroundings,
  Work,
} from './service-definition';
import type { Settings } from './settings';

/** Longest wait between two tries to open what a service needs at its start. */
const START_BACKOFF_MS_MAX = 5_000;

/** One life of a service: opened part by part, run, and closed in the reverse order, whatever happened in between. */
export class ServiceLife<S extends Settings> {
  readonly #definition: ServiceDefinition<S>;
  readonly #settings: ServiceSettings<S>;
  readonly #notes: Notes;
  readonly #surroundings: Surroundings;
  readonly #stopping = new AbortController();
  readonly #registry = new Registry();
  readonly #metrics: ProcessMetrics;
  /** What is not possible now, by the part of the service that waits for it. */
  readonly #troubles = new Map<string, string>();
  readonly #closers: (() => Promise<void>)[] = [];
  #service: OpenService | null = null;
  exitCode: ExitCode = EXIT.done;

  constructor(
    definition: ServiceDefinition<S>,
    settings: ServiceSettings<S>,
    notes: Notes,
    surroundings: Surroundings,
  ) {
    this.#definition = definition;
    this.#settings = settings;
    this.#notes = notes;
    this.#surroundings = surroundings;
    const about = { service: definition.name, version: surroundings.version };
    this.#metrics = new ProcessMetrics(this.#registry, about, () => this.#unready().length === 0);
    if (surroundings.signal.aborted) this.#stop();
    surroundings.signal.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** Resolves when it has begun to stop. */
  get stopping(): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Never rejects: `exitCode` says how it went. */
  async live(): Promise<void> {
    try {
      await this.#open();
      await this.#service?.run(this.#stopping.signal);
    } catch (error) {
      this.#fail(error);
    }
    this.#stop();
    for (const close of this.#closers.reverse()) await close().catch((error: unknown) => this.#fail(error));
    this.#notes('info', 'stopped', { exit: this.exitCode });
  }

  #follow(part: string, start: () => Promise<Subscription>, signal: AbortSignal): Promise<void> {
    const started = async (): Promise<Subscription> => {
      const subscription = await start();
      this.#troubles.delete(part);
      return subscription;
    };
    return supervise(started, signal, { onRetry: this.#onRetry(part) });
  }

  async #open(): Promise<void> {
    const { host, healthPort } = this.#settings;
    const vitals = { unready: () => this.#unready(), metrics: () => this.#registry.metrics() };
    const health = await startHealthServer({ host, port: healthPort }, vitals);
    this.#closers.push(() => health.close());
    this.#notes('info', 'starting', { health: `http://${host}:${health.port}` });
    const log = await this.#opened('log', () => this.#openLog());
    if (log === null) return;
    this.#closers.push(() => log.close());
    const context: ServiceContext<S> = {
      settings: this.#settings,
      log: this.#watched(log),
      registry: this.#registry,
      notes: this.#notes,
      follow: (part, start, signal) => this.#follow(part, start, signal),
      keepGoing: (part, work, signal) => this.#keepGoing(part, work, signal),
    };
    const service = await this.#opened('service', () => this.#openService(context));
    if (service === null) return;
    this.#closers.push(() => service.close());
    this.#service = service;
    this.#notes('info', 'started');
  }

  async #openLog(): Promise<EventLog> {
    const log = await this.#surroundings.openLog(this.#settings, this.#definition.name, this.#notes);
    try {
      await log.ensureTopics(topicSpecs(this.#settings.partitions));
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** What could not be opened leaves no metrics behind, so that it can be tried again. */
  async #openService(context: ServiceContext<S>): Promise<OpenService> {
    const before = new Set(this.#registry.getMetricsAsArray().map(({ name }) => name));
    try {
      return await this.#definition.open(context);
    } catch (error) {
      for (const { name } of this.#registry.getMetricsAsArray())
        if (!before.has(name)) this.#registry.removeSingleMetric(name);
      throw error;
    }
  }

  #watched(log: EventLog): EventLog {
    const observed = new ObservedLog(log, this.#registry);
    const { otlpUrl, traceShare: sampledShare } = this.#settings;
    if (otlpUrl === null) return observed;
    const { startTracing, TracedLog } = loadTracing();
    const { name: service, tracedReads } = this.#definition;
    const onExportFailed = (error?: Error): void =>
      this.#notes('warning', 'traces cannot be exported', { reason: error?.message });
    const { version } = this.#surroundings;
    const tracing = startTracing({ service, version, otlpUrl, sampledShare, onExportFailed });
    this.#closers.push(() => tracing.close());
    return new TracedLog(observed, tracing.tracer, tracedReads);
  }

  /** Tries to open something until it works, the time to start is over, or (null) the process is to stop. */
  async #opened<T extends Closeable>(part: string, open: () => Promise<T>): Promise<T | null> {
    const { signal } = this.#stopping;
    const { startMsMax } = this.#settings;
    const giveUpMs = performance.now() + startMsMax;
    let result: T | null = null;
    const work: Work = async (_, begun) => {
      result = await openedInTime(part, open, giveUpMs - performance.now(), signal);
      begun();
    };
    const bounds = { backoffMsMax: START_BACKOFF_MS_MAX, giveUpAfterMs: startMsMax };
    await this.#keepGoing(part, work, signal, bounds);
    return result;
  }

  #keepGoing(part: string, work: Work, signal: AbortSignal, bounds: KeepTryingOptions = {}): Promise<void> {
    const begun = (): void => void this.#troubles.delete(part);
    const options = { ...bounds, onRetry: this.#onRetry(part) };
    return keepTrying((stopping) => work(stopping, begun), signal, options);
  }

  #onRetry(part: string): (error: Error, waitMs: number) => void {
    return (error, waitMs) => {
      this.#troubles.set(part, `${part}: ${error.message}`);
      this.#metrics.retried(part);
      this.#notes('warning', error.message, { part, retryInMs: Math.round(waitMs) });
    };
  }

  #unready(): readonly string[] {
    if (this.#stopping.signal.aborted) return ['stopping'];
    return [...(this.#service?.unready() ?? ['starting']), ...this.#troubles.values()];
  }

  #stop(): void {
    if (!this.#stopping.signal.aborted) this.#notes('info', 'stopping');
    this.#stopping.abort();
  }

  #fail(error: unknown): void {
    this.#notes('error', describeError(error));
    if (this.exitCode === EXIT.done) this.exitCode = exitCodeOf(error);
    this.#stop();
  }
}

interface Closeable {
  close(): Promise<void>;
}

/** What opens too late, or (null) after the signal, is closed again by whoever opened it too late. */
async function openedInTime<T extends Closeable>(
  part: string,
  open: () => Promise<T>,
  msMax: number,
  signal: AbortSignal,
): Promise<T | null> {
  const over = new AbortController();
  const bounded = AbortSignal.any([signal, over.signal]);
  const late = sleep(Math.max(0, msMax), null, { signal: bounded }).catch(() => null);
  const opening = open();
  try {
    const opened = await Promise.race([opening, late]);
    if (opened !== null) return opened;
    void opening.then((tooLate) => tooLate.close()).catch(() => undefined);
    if (signal.aborted) return null;
    throw new LogUnavailableError(`the ${part} could not be opened within ${Math.ceil(msMax / 1_000)} s`);
  } finally {
    over.abort();
  }
}

/** A third of a second to load, which only who sends traces should wait for. */
function loadTracing(): typeof import('./tracing/index') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./tracing/index') as typeof import('./tracing/index');
}
