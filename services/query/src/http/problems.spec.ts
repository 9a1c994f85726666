import { connect } from 'node:net';
import { change, family } from '../changes.testing';
import { SCHEMAS, type Problem } from '../api/schemas';
import { startQuery, until, type RunningQuery } from '../query-service.testing';
import type { EventLog } from '@stemma/events';

async function problem(reply: Response): Promise<Problem> {
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  const body = SCHEMAS.Problem.loose().parse(await reply.json());
  expect(body.status).toBe(reply.status);
  return body;
}

describe('problems', () => {
  let query: RunningQuery;
  beforeAll(async () => {
    query = await startQuery(
      family({ 'acme/bert-base': null, 'acme/bert-large': 'acme/bert-base', 'other/bert-base': null }),
    );
    await query.reject('acme/gated', 'gated', 'Its owner has to let you in.');
  });
  afterAll(() => query.close());

  it('suggests similar names for a model that is unknown', async () => {
    const body = await problem(await query.get('/v1/models/acme/bert-bose/ancestors'));
    expect(body).toMatchObject({
      status: 404,
      title: 'Unknown model',
      instance: '/v1/models/acme/bert-bose/ancestors',
    });
    expect(body.suggestions).toEqual(['acme/bert-base']);
    expect(body.detail).toContain('Did you mean acme/bert-base?');
  });

  it('tells why a model is unknown where it was rejected', async () => {
    const body = await problem(await query.get('/v1/models/acme/gated'));
    expect(body).toMatchObject({ rejected: { reason: 'gated', detail: 'Its owner has to let you in.' } });
  });

  it.each([
    ['/v1/models?limit=0', 'limit', 'from 1 to 1000'],
    ['/v1/models?limit=1001', 'limit', 'from 1 to 1000'],
    ['/v1/models?limit=ten', 'limit', 'from 1 to 1000'],
    ['/v1/models?limit=-1', 'limit', 'from 1 to 1000'],
    ['/v1/models?limit=1&limit=2', 'limit', 'from 1 to 1000'],
    ['/v1/models?lmit=5', 'lmit', 'takes limit, cursor, search'],
    ['/v1/models?cursor=nonsense', 'cursor', 'Begin again without a cursor'],
    ['/v1/models?cursor=WyJ0cmVlcyIsMSwiYS9iIl0', 'cursor', 'not one that this route gave'],
    ['/v1/models?cursor=WyJtb2RlbHMiLC0xXQ', 'cursor', 'not one that this route gave'],
    ['/v1/models/acme/bert-base/descendants?relation=cousin', 'relation', 'expected one of finetune'],
    ['/v1/models/acme/bert-base/descendants?depth=0', 'depth', 'from 1 to'],
    ['/v1/claims?verdict=maybe', 'verdict', 'expected one of confirmed'],
    ['/v1/changes?wait=61', 'wait', 'from 0 to 60'],
    ['/v1/changes?after=1e3', 'after', 'whole number'],
    ['/v1/changes/stream?after=x', 'after', 'whole number'],
  ])('%s: 400 for %s', async (path, parameter, detail) => {
    const body = await problem(await query.get(path));
    expect(body).toMatchObject({ status: 400, parameter });
    expect(body.detail).toContain(detail);
  });

  it('refuses a cursor whose model is no longer in the subtree', async () => {
    const { next } = await query.json<{ next: string }>('/v1/trees/acme/bert-base?limit=1');
    const elsewhere = await query.json<{ next: string }>('/v1/trees/other/bert-base?limit=1');
    expect(elsewhere.next).toBeNull();
    const body = await problem(await query.get(`/v1/trees/other/bert-base?cursor=${next}`));
    expect(body).toMatchObject({ status: 400, parameter: 'cursor' });
  });

  it('knows no other routes, methods or paths', async () => {
    expect(await problem(await query.get('/v1/nothing'))).toMatchObject({
      status: 404,
      title: 'No such route',
    });
    expect(await problem(await query.get('/v1/models', { method: 'POST', body: '{}' }))).toMatchObject({
      status: 404,
    });
    const json = { 'content-type': 'application/json' };
    expect(
      await problem(await query.get('/v1/models', { method: 'PUT', body: '{', headers: json })),
    ).toMatchObject({
      status: expect.any(Number),
    });
    expect(await problem(await query.get('/v1/models/%E0%A4%A/x'))).toMatchObject({ status: 400 });
    expect(await problem(await query.get(`/v1/models/a/${'x'.repeat(5000)}`))).toMatchObject({ status: 414 });
    expect(await problem(await query.get(`/v1/models/a/${'x'.repeat(3000)}`))).toMatchObject({
      status: 404,
      suggestions: [],
    });
  });

  it('answers what is hardly a request', async () => {
    const head = (text: string): Promise<string> => talk(query.url, text);
    expect(await head(`GET /v1/models HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(60_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 .*application\/problem\+json.*"status":431/s,
    );
    expect(await head('NONSENSE\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 .*application\/problem\+json.*"status":400/s,
    );
    expect((await query.get('/healthz')).status).toBe(200);
  });
});

/** Everything that the server says to a raw text before it hangs up. */
function talk(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => (said += data.toString()));
    socket.on('error', () => undefined).on('close', () => resolve(said));
  });
}

describe('a read model that is behind', () => {
  it('answers 503 with Retry-After, but its status and health', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const query = await startQuery(family({ 'a/root': null, 'a/x': 'a/root' }), {
      awaitReady: false,
      between: (log) => holding(log, () => held),
    });
    for (const path of [
      '/v1/models',
      '/v1/models/a/x/ancestors',
      '/v1/changes',
      '/v1/changes/stream',
      '/v1/trees',
      '/readyz',
    ]) {
      const reply = await query.get(path);
      expect(reply.headers.get('retry-after')).toBe('2');
      expect(await problem(reply)).toMatchObject({ status: 503, title: 'Not now' });
    }
    const page = await query.get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8']);
    expect(await query.json('/v1/status')).toMatchObject({ caughtUp: false, models: 0 });
    expect(await query.json('/healthz')).toMatchObject({ status: 'ok' });
    release();
    await until(async () => (await query.get('/readyz')).ok);
    expect(await query.json('/v1/status')).toMatchObject({ caughtUp: true, models: 2 });
    await query.close();
  });

  it('gives up at a gap and says so', async () => {
    const failures: unknown[] = [];
    const query = await startQuery([...family({ 'a/root': null }), change(3, 'a/x', 'a/root')], {
      awaitReady: false,
      onFailure: (error) => failures.push(error),
    });
    await until(() => failures.length > 0);
    expect(String(failures[0])).toContain('expected seq 2, got 3');
    expect(await problem(await query.get('/healthz'))).toMatchObject({ status: 503 });
    expect(await problem(await query.get('/v1/models'))).toMatchObject({ status: 503 });
    await query.close();
  });

  it('is not caught up while the log has more than the model, whatever the pipeline says', async () => {
    let release = (): void => undefined;
    let held = Promise.resolve();
    const query = await startQuery(family({ 'a/root': null }), {
      between: (log) => holding(log, () => held),
    });
    expect(await query.json('/v1/status')).toMatchObject({ caughtUp: true });
    held = new Promise<void>((resolve) => (release = resolve));
    const published = query.publish([change(2, 'a/x', 'a/root')]);
    await until(async () => (await query.log.bounds('stemma.lineage.changed.v1', 0)).high === 2);
    expect(await query.json('/v1/status')).toMatchObject({ caughtUp: false, models: 1 });
    release();
    await published;
    await until(async () => (await query.json<{ caughtUp: boolean }>('/v1/status')).caughtUp);
    await query.close();
  });
});

/** The log, but its batches are handled only once `held` resolves. */
function holding(log: EventLog, held: () => Promise<void>): EventLog {
  const consume: EventLog['consume'] = (consumer) =>
    log.consume({
      ...consumer,
      handle: async (batch, context) => {
        await held();
        await consumer.handle(batch, context);
      },
    });
  return new Proxy(log, {
    get(target, key) {
      const value: unknown = key === 'consume' ? consume : Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
