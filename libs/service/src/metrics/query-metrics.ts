import { Gauge, Histogram, type Registry } from 'prom-client';

/** What the query side is asked whenever the metrics are collected. */
export interface QueryFigures {
  readonly models: number;
  readonly trees: number;
  readonly caughtUp: boolean;
}

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60];

/** What the query side holds, and how fast it answers. */
export class QueryMetrics {
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: Registry, figures: () => Promise<QueryFigures>) {
    const registers = [registry];
    this.#requests = new Histogram({
      name: 'stemma_http_request_seconds',
      help: 'Time to answer a request, by method, route and status; a stream counts until it ends.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    const gauge = (name: string, help: string, read: (now: QueryFigures) => number) =>
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          const now = await shared();
          if (now !== null) this.set(read(now));
        },
      });
    // All gauges are collected at the same time, from one answer.
    let asked: Promise<QueryFigures | null> | null = null;
    const shared = (): Promise<QueryFigures | null> =>
      (asked ??= figures()
        .catch(() => null)
        .finally(() => (asked = null)));
    gauge('stemma_query_models', 'Models that the read model knows.', ({ models }) => models);
    gauge('stemma_query_trees', 'Trees that the read model knows.', ({ trees }) => trees);
    gauge(
      'stemma_query_caught_up',
      'Whether the read model holds all that is in the log: 1 or 0.',
      ({ caughtUp }) => (caughtUp ? 1 : 0),
    );
  }

  answered(
    request: { readonly method: string; readonly route: string; readonly status: number },
    ms: number,
  ): void {
    const { method, route, status } = request;
    this.#requests.observe({ method, route, status }, ms / 1_000);
  }
}
