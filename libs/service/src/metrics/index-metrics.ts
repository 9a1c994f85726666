import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What an indexer tells of a batch. */
export interface IndexedFigures {
  readonly assessed: number;
  readonly compared: number;
  readonly audited: boolean;
}

/** What an indexer is asked whenever the metrics are collected. */
export interface IndexerFigures {
  readonly partitions: readonly number[];
  totals(): Promise<{ readonly models: number }>;
}

const MODELS = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];
const BATCH_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What an indexer's batches do to the forest. */
export class IndexMetrics {
  /** Asked whenever the metrics are collected, as soon as there is one. */
  indexer: IndexerFigures | null = null;
  readonly #assessed: Histogram;
  readonly #seconds: Histogram;
  readonly #compared: Counter;
  readonly #audits: Counter;
  readonly #loadSeconds: Gauge<'from'>;
  readonly #snapshotFailures: Counter;
  readonly #overtaken: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name, help, registers });
    this.#assessed = new Histogram({
      name: 'stemma_index_batch_assessed_models',
      help: 'Models whose place in the forest was looked at again after one batch.',
      buckets: MODELS,
      registers,
    });
    this.#seconds = new Histogram({
      name: 'stemma_index_batch_seconds',
      help: 'Time from a batch of sketches to its changes in the feed.',
      buckets: BATCH_SECONDS,
      registers,
    });
    this.#compared = counter('stemma_index_compared_pairs_total', 'Pairs of models compared.');
    this.#audits = counter(
      'stemma_index_audits_total',
      'How often the forest around what moved was proved optimal.',
    );
    this.#loadSeconds = new Gauge({
      name: 'stemma_index_load_seconds',
      help: 'How long the last load of a partition into memory took, by what it was loaded from.',
      labelNames: ['from'],
      registers,
    });
    this.#snapshotFailures = counter(
      'stemma_index_snapshot_failures_total',
      'Snapshots that could not be written.',
    );
    this.#overtaken = counter(
      'stemma_index_overtaken_total',
      'Partitions indexed anew since another indexer had gone on without this one.',
    );
    registerOwned(registry, () => this.indexer);
  }

  indexed({ assessed, compared, audited }: IndexedFigures, ms: number): void {
    this.#assessed.observe(assessed);
    this.#seconds.observe(ms / 1_000);
    this.#compared.inc(compared);
    if (audited) this.#audits.inc();
  }

  loaded(from: string, ms: number): void {
    this.#loadSeconds.set({ from }, ms / 1_000);
  }

  snapshotFailed(): void {
    this.#snapshotFailures.inc();
  }

  overtaken(): void {
    this.#overtaken.inc();
  }
}

function registerOwned(registry: Registry, indexer: () => IndexerFigures | null): void {
  const registers = [registry];
  new Gauge({
    name: 'stemma_index_models',
    help: 'Models indexed in the partitions of this indexer.',
    registers,
    async collect() {
      // A partition may be given up just now; the next collection knows.
      const totals =
        (await indexer()
          ?.totals()
          .catch(() => null)) ?? null;
      if (totals !== null) this.set(totals.models);
    },
  });
  new Gauge({
    name: 'stemma_index_partitions',
    help: 'Partitions that this indexer owns.',
    registers,
    collect() {
      this.set(indexer()?.partitions.length ?? 0);
    },
  });
}
