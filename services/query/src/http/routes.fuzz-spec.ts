import fc from 'fast-check';
import { get } from 'node:http';
import { randomFamily, SEED } from '../changes.testing';
import { startQuery, type RunningQuery } from '../query-service.testing';

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends a path as it is: `fetch` would tidy it up. */
function ask(base: string, path: string, headers: Record<string, string>): Promise<Reply> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const request = get({ hostname, port, path, headers, agent: false }, (reply) => {
      let text = '';
      const done = (): void =>
        resolve({ status: reply.statusCode ?? 0, type: reply.headers['content-type'] ?? '', text });
      reply.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        // A stream that opened never ends by itself.
        if (reply.headers['content-type']?.startsWith('text/event-stream')) reply.destroy();
      });
      reply.on('end', done).on('close', done);
    });
    request.on('error', reject);
  });
}

/** What a URL may hold on the wire: no spaces, no line breaks, no bytes above 0x7e. */
const wire = (text: string): string => text.replace(/[^\x21-\x7e]/g, '');
const noise = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    '..',
    '%00',
    '%2F',
    '%2e%2e',
    '%',
    '%zz',
    '//',
    '?',
    '#',
    '__proto__',
    'constructor',
    '-1',
    '1e9',
    '0x10',
  ),
  fc.constantFrom(
    '99999999999999999999',
    'NaN',
    'null',
    '%F0%9F%92%A9',
    ';',
    '{}',
    '[]',
    '7,7,7',
    '200,',
    '201',
    '%0d%0aset-cookie:%20a',
  ),
);
const places = [
  '/v1/models',
  '/v1/trees',
  '/v1/claims',
  '/v1/changes',
  '/v1/changes/stream',
  '/v1/rejects',
  '/v1/status',
];
const parameters = [
  'limit',
  'cursor',
  'after',
  'depth',
  'relation',
  'verdict',
  'search',
  'reason',
  'limit[]',
  '__proto__',
];
const tails = ['', '/ancestors', '/descendants', '/tree', '/x'];

describe('the routes, asked by somebody hostile', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    query = await startQuery(randomFamily(200, SEED), { limits: { aheadMs: 1 } });
  });
  afterAll(() => query.close());

  function expectDecent({ status, type, text }: Reply, page: boolean): void {
    expect([200, 400, 404, 414]).toContain(status);
    if (status === 200 || page) return;
    expect(type).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  }

  it('answers any path and query with 200 or a problem of the caller', async () => {
    const pair = fc.tuple(fc.constantFrom(...parameters), noise).map(([name, value]) => `${name}=${value}`);
    const path = fc.oneof(
      fc.constantFrom(...places),
      fc
        .tuple(noise, noise, fc.constantFrom(...tails))
        .map(([org, name, tail]) => `/v1/models/${org}/${name}${tail}`),
      noise.map((text) => `/${text}`),
    );
    const request = fc.tuple(path, fc.array(pair, { maxLength: 3 }), noise, noise);
    await fc.assert(
      fc.asyncProperty(request, async ([place, pairs, tag, id]) => {
        const target = wire(pairs.length > 0 ? `${place}?${pairs.join('&')}` : place);
        const headers = { 'if-none-match': wire(tag), 'last-event-id': wire(id) };
        expectDecent(await ask(query.url, target, headers), !target.startsWith('/v1/'));
      }),
      { seed: SEED, numRuns: 250 },
    );
    expect((await query.get('/healthz')).status).toBe(200);
  });

  it('takes a mangled cursor for a cursor or refuses it', async () => {
    const routes = [
      '/v1/models?limit=3',
      '/v1/trees?limit=1',
      '/v1/models/org-0/Model.0/descendants?limit=2',
    ];
    const handedOut = await Promise.all(
      routes.map(async (route) => (await query.json<{ next: string }>(route)).next),
    );
    const mangled = fc.tuple(fc.nat(2), fc.nat(2), fc.nat(60), fc.string({ maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(mangled, async ([route, from, at, inserted]) => {
        const cursor = handedOut[from]!;
        const text = encodeURIComponent(cursor.slice(0, at) + inserted + cursor.slice(at + inserted.length));
        const reply = await query.get(`${routes[route]}&cursor=${text}`);
        expect([200, 400]).toContain(reply.status);
        await reply.text();
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});
