import { Registry } from 'prom-client';
import { allMetrics } from './all-metrics';
import { HubMetrics, WalkMetrics } from './hub-metrics';
import { IndexMetrics } from './index-metrics';
import { QueryMetrics } from './query-metrics';

let registry: Registry;
beforeEach(() => (registry = new Registry()));

/** Lines of the text that Prometheus is served, without comments. */
const lines = async (): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

it('tells what a hub costs as it stands, and the time that requests waited, in seconds', async () => {
  const metrics = new HubMetrics(registry);
  expect(await lines()).toEqual(
    expect.arrayContaining(['stemma_hub_requests_total 0', 'stemma_hub_received_bytes_total 0']),
  );
  const client = { cost: { requests: 3, bytes: 1_000 } };
  metrics.client = client;
  metrics.waited('pace', 1_500);
  metrics.waited('pace', 500);
  metrics.waited('retry', 250);
  await lines();
  client.cost = { requests: 5, bytes: 1_500 };
  expect((await lines()).sort()).toEqual([
    'stemma_hub_received_bytes_total 1500',
    'stemma_hub_requests_total 5',
    'stemma_hub_wait_seconds_total{why="pace"} 2',
    'stemma_hub_wait_seconds_total{why="retry"} 0.25',
  ]);
});

it('counts walks and what they published', async () => {
  const metrics = new WalkMetrics(registry);
  metrics.walked({ listed: 10, published: 4, deleted: 1 }, 9);
  metrics.walked({ listed: 11, published: 2, deleted: 0 }, 11);
  metrics.unavailable();
  const found = await lines();
  expect(found).toEqual(
    expect.arrayContaining([
      'stemma_walks_total{outcome="complete"} 2',
      'stemma_walks_total{outcome="unavailable"} 1',
      'stemma_walk_models_total{kind="revision"} 6',
      'stemma_walk_models_total{kind="deletion"} 1',
      'stemma_walk_listed_models 11',
      'stemma_watched_models 11',
    ]),
  );
  const finished = found.find((line) => line.startsWith('stemma_walk_finished_timestamp_seconds '));
  expect(Math.abs(Number(finished!.split(' ')[1]) - Date.now() / 1_000)).toBeLessThan(60);
});

it('tells what batches did to the forest, and goes on where an indexer cannot be asked just now', async () => {
  const metrics = new IndexMetrics(registry);
  metrics.indexed({ assessed: 5, compared: 64, audited: false }, 20);
  metrics.indexed({ assessed: 100, compared: 32, audited: true }, 40);
  metrics.loaded('snapshot', 2_500);
  let models = (): Promise<{ models: number }> => Promise.resolve({ models: 7 });
  metrics.indexer = { partitions: [0, 3], totals: () => models() };
  const told = [
    'stemma_index_batch_assessed_models_sum 105',
    'stemma_index_batch_assessed_models_bucket{le="16"} 1',
    'stemma_index_batch_seconds_count 2',
    'stemma_index_compared_pairs_total 96',
    'stemma_index_audits_total 1',
    'stemma_index_load_seconds{from="snapshot"} 2.5',
    'stemma_index_models 7',
    'stemma_index_partitions 2',
  ];
  expect(await lines()).toEqual(expect.arrayContaining(told));
  models = () => Promise.reject(new Error('closed'));
  expect(await lines()).toEqual(expect.arrayContaining(told));
});

it('asks the query side once for all of its figures, and counts its answers by route', async () => {
  let asked = 0;
  const metrics = new QueryMetrics(registry, async () => {
    asked++;
    return { models: 315, trees: 10, caughtUp: true };
  });
  metrics.answered({ method: 'GET', route: '/v1/trees', status: 200 }, 3);
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'stemma_query_models 315',
      'stemma_query_trees 10',
      'stemma_query_caught_up 1',
      'stemma_http_request_seconds_bucket{le="0.005",method="GET",route="/v1/trees",status="200"} 1',
      'stemma_http_request_seconds_bucket{le="0.0025",method="GET",route="/v1/trees",status="200"} 0',
    ]),
  );
  expect(asked).toBe(1);
});

it('has one name for one thing, with its unit', async () => {
  const ours = (await allMetrics()).filter(({ name }) => name.startsWith('stemma_'));
  expect(ours.length).toBeGreaterThan(30);
  for (const { name, kind, help } of ours) {
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(help).toMatch(/^[A-Z].*\.$/);
    if (kind === 'histogram') expect(name).toMatch(/_(seconds|models)$/);
  }
});
