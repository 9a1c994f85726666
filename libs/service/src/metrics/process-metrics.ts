import { collectDefaultMetrics, Counter, Gauge, type Registry } from 'prom-client';

/** What every process says of itself, beside Node's own figures. All metrics of the process get the label `service`. */
export class ProcessMetrics {
  readonly #retries: Counter<'part'>;

  constructor(
    registry: Registry,
    { service, version }: { readonly service: string; readonly version: string },
    isReady: () => boolean,
  ) {
    const registers = [registry];
    registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: registry });
    new Gauge({
      name: 'stemma_info',
      help: 'Always 1; the label says which version this is.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    new Gauge({
      name: 'stemma_ready',
      help: 'Whether the service can do its work: 1 or 0.',
      registers,
      collect() {
        this.set(isReady() ? 1 : 0);
      },
    });
    this.#retries = new Counter({
      name: 'stemma_retries_total',
      help: 'How often a part of the service began again because something was not possible then.',
      labelNames: ['part'],
      registers,
    });
  }

  retried(part: string): void {
    this.#retries.inc({ part });
  }
}
