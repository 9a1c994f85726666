import { startHealthServer, type HealthServer } from './health-server';

let reasons: string[] = [];
let metrics = (): Promise<string> => Promise.resolve('stemma_up 1\n');
let server: HealthServer;

beforeAll(async () => {
  server = await startHealthServer(
    { host: '127.0.0.1', port: 0 },
    { unready: () => reasons, metrics: () => metrics() },
  );
});
afterAll(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, init);

it('says why the process is not ready, and that it is', async () => {
  reasons = ['the broker is away', 'reading the feed'];
  const not = await get('/ready');
  expect([not.status, await not.json()]).toEqual([503, { status: 'not ready', reasons }]);
  expect((await get('/health')).status).toBe(200);
  reasons = [];
  const ready = await get('/ready');
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
});

it('serves metrics as text, and says so where they cannot be had', async () => {
  const found = await get('/metrics?x=1');
  expect(found.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await found.text()).toBe('stemma_up 1\n');
  metrics = () => Promise.reject(new Error('not now'));
  expect((await get('/metrics')).status).toBe(500);
});

it('refuses what it has not', async () => {
  expect((await get('/')).status).toBe(404);
  expect((await get('/health', { method: 'POST', body: 'x' })).status).toBe(405);
  expect((await get('/health', { headers: { x: 'y'.repeat(10_000) } })).status).toBe(431);
});

it('names the port that is taken', async () => {
  const again = startHealthServer(
    { host: '127.0.0.1', port: server.port },
    { unready: () => [], metrics: async () => '' },
  );
  await expect(again).rejects.toMatchObject({ name: 'UsageError', retryable: false });
});
