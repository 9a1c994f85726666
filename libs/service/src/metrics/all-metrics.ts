import { Registry } from 'prom-client';
import { HubMetrics, WalkMetrics } from './hub-metrics';
import { IndexMetrics } from './index-metrics';
import { LogMetrics } from './log-metrics';
import { ProcessMetrics } from './process-metrics';
import { QueryMetrics } from './query-metrics';

/** One metric that a service of ours has. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly labels: readonly string[];
}

/** Every metric that any of the services has, Node's own among them: what dashboards and alerts may name. */
export async function allMetrics(): Promise<readonly MetricDescription[]> {
  const registry = new Registry();
  new ProcessMetrics(registry, { service: 'none', version: 'none' }, () => true);
  new LogMetrics(registry, { readings: async () => [], batchInHandMs: () => 0 });
  new HubMetrics(registry);
  new WalkMetrics(registry);
  new IndexMetrics(registry);
  new QueryMetrics(registry, async () => ({ models: 0, trees: 0, caughtUp: true }));
  const described = await registry.getMetricsAsJSON();
  const labelsOf = (name: string): readonly string[] =>
    (registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] }).labelNames;
  return described.map(({ name, help, type }) => ({
    name,
    help,
    kind: String(type) as MetricDescription['kind'],
    labels: [...labelsOf(name), 'service'],
  }));
}
