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

  constructor(registry: Registry, figures: () => Promise<QueryFigures | null>) {
    const registers = [registry];
    this.#requests = new Histogram({
      name: 'stemma_http_request_seconds',
      help: 'Time to answer a request, by method, route and status; a stream counts until it ends.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    const models = new Gauge({
      name: 'stemma_query_models',
      help: 'Models that the read model knows.',
      registers,
    });
    const trees = new Gauge({
      name: 'stemma_query_trees',
      help: 'Trees that the read model knows.',
      registers,
    });
    new Gauge({
      name: 'stemma_query_caught_up',
      help: 'Whether the read model holds all that is in the log: 1 or 0.',
      registers,
      async collect() {
        const now = await figures().catch(() => null);
        if (now === null) return;
        models.set(now.models);
        trees.set(now.trees);
        this.set(now.caughtUp ? 1 : 0);
      },
    });
  }

  answered(
    request: { readonly method: string; readonly route: string; readonly status: number },
    ms: number,
  ): void {
    const { method, route, status } = request;
    this.#requests.observe({ method, route, status }, ms / 1_000);
  }
}
