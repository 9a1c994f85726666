import { CHANGED, DEAD, SKETCHED, type NewRecord } from '@stemma/events';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Where a reader stands in a partition: everything before `next` is handled, `high` is the end of the log. */
export interface Reading {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  readonly high: number;
}

/** What is asked of the readers whenever the metrics are collected. */
export interface ReaderFigures {
  readings(): Promise<readonly Reading[]>;
  /** How long the batch that was begun first has been in hand; 0 without one. */
  batchInHandMs(): number;
}

const BATCH_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const APPEND_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** What a process reads from the log and appends to it. */
export class LogMetrics {
  readonly #handled: Counter<'topic'>;
  readonly #batch: Histogram<'topic'>;
  readonly #appended: Counter<'topic'>;
  readonly #appendedBytes: Counter<'topic'>;
  readonly #append: Histogram<'topic'>;
  readonly #failures: Counter<'operation' | 'topic'>;
  readonly #outcomes: OutcomeMetrics;

  constructor(registry: Registry, readers: ReaderFigures) {
    const registers = [registry];
    const labelNames = ['topic'] as const;
    const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
    this.#handled = counter('stemma_log_handled_records_total', 'Records handled, by topic.');
    this.#batch = new Histogram({
      name: 'stemma_log_batch_seconds',
      help: 'Time to handle one batch of records, by topic.',
      labelNames,
      buckets: BATCH_SECONDS,
      registers,
    });
    this.#appended = counter('stemma_log_appended_records_total', 'Records appended and durable, by topic.');
    this.#appendedBytes = counter('stemma_log_appended_bytes_total', 'Keys and values appended, by topic.');
    this.#append = new Histogram({
      name: 'stemma_log_append_seconds',
      help: 'Time until appended records were durable, by topic.',
      labelNames,
      buckets: APPEND_SECONDS,
      registers,
    });
    this.#failures = new Counter({
      name: 'stemma_log_failures_total',
      help: 'Batches and appends that failed and are tried again or end the process.',
      labelNames: ['operation', 'topic'],
      registers,
    });
    this.#outcomes = new OutcomeMetrics(registry);
    registerReaders(registry, readers);
  }

  handled(topic: string, records: number, ms: number): void {
    this.#handled.inc({ topic }, records);
    this.#batch.observe({ topic }, ms / 1_000);
  }

  appended(topic: string, records: readonly NewRecord[], ms: number): void {
    const bytes = records.reduce((sum, { key, value }) => sum + Buffer.byteLength(key + value), 0);
    this.#appended.inc({ topic }, records.length);
    this.#appendedBytes.inc({ topic }, bytes);
    this.#append.observe({ topic }, ms / 1_000);
    for (const record of records) this.#outcomes.count(topic, record);
  }

  failed(operation: 'batch' | 'append', topic: string): void {
    this.#failures.inc({ operation, topic });
  }
}

/** What became of models, read off what was appended: so it is counted when it is durable, in one place for all services. */
class OutcomeMetrics {
  readonly #rejects: Counter<'reason'>;
  readonly #changes: Counter<'kind'>;
  readonly #sketched: Counter;
  readonly #readBytes: Counter;
  readonly #publishedBytes: Counter;

  constructor(registry: Registry) {
    const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
      new Counter({ name, help, labelNames, registers: [registry] });
    this.#rejects = counter('stemma_rejects_total', 'Dead letters written, by reason.', ['reason']);
    this.#changes = counter('stemma_changes_total', 'Lineage changes published, by kind.', ['kind']);
    this.#sketched = counter('stemma_sketched_models_total', 'Models read and sketched.', []);
    this.#readBytes = counter('stemma_sketched_read_bytes_total', 'Bytes read of sketched models.', []);
    this.#publishedBytes = counter(
      'stemma_sketched_published_bytes_total',
      'Size of the weight files of sketched models.',
      [],
    );
  }

  count(topic: string, { value }: NewRecord): void {
    if (topic !== DEAD && topic !== CHANGED && topic !== SKETCHED) return;
    const data = dataOf(value);
    if (topic === DEAD) this.#rejects.inc({ reason: String(data.reason) });
    if (topic === CHANGED) this.#changes.inc({ kind: String(data.kind) });
    if (topic !== SKETCHED || typeof data.sketch !== 'string') return;
    this.#sketched.inc();
    this.#readBytes.inc(Number(data.bytesRead));
    this.#publishedBytes.inc(Number(data.bytesPublished));
  }
}

/** Of an event that this very process has just built. */
function dataOf(value: string): Readonly<Record<string, unknown>> {
  return (JSON.parse(value) as { data: Record<string, unknown> }).data;
}

function registerReaders(registry: Registry, readers: ReaderFigures): void {
  new Gauge({
    name: 'stemma_log_lag_records',
    help: 'Records in the log that have not been handled, by topic and partition.',
    labelNames: ['topic', 'partition'],
    registers: [registry],
    async collect() {
      const readings = await readers.readings();
      this.reset();
      for (const { topic, partition, next, high } of readings)
        this.set({ topic, partition }, Math.max(0, high - next));
    },
  });
  new Gauge({
    name: 'stemma_log_batch_in_hand_seconds',
    help: 'How long the oldest batch in hand has been worked on; 0 without one.',
    registers: [registry],
    collect() {
      this.set(readers.batchInHandMs() / 1_000);
    },
  });
}
