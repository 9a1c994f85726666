import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { change, family } from '../changes.testing';
import { SCHEMAS, type Change, type Changes, type ModelDetail, type Status } from '../api/schemas';
import { startQuery, until, type RunningQuery } from '../query-service.testing';

const PARENTS = { 'a/root': null, 'a/x': 'a/root', 'a/y': 'a/x' };

/** A client of the stream as EventSource is one, without its reconnecting. */
class Listener {
  text = '';
  ended = false;

  private constructor(readonly reply: IncomingMessage) {
    reply.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    reply.on('close', () => (this.ended = true));
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Listener> {
    const request = get(url, { headers, agent: false });
    const [reply] = (await once(request, 'response')) as [IncomingMessage];
    request.on('error', () => undefined);
    return new Listener(reply);
  }

  get lastId(): string {
    const at = this.text.lastIndexOf('\nid: ');
    return at < 0 ? '' : (/^\nid: ([\d,]+)\n/.exec(this.text.slice(at, at + 64))?.[1] ?? '');
  }

  /** Events as their ids and what they say. */
  get events(): { id: string; change: Change }[] {
    return [...this.text.matchAll(/event: change\nid: (.+)\ndata: (.*)\n\n/g)].map(([, id, data]) => ({
      id: id!,
      change: SCHEMAS.Change.strict().parse(JSON.parse(data!)),
    }));
  }

  get seqs(): number[] {
    return this.events.map(({ id, change: { seq } }) => {
      expect(seq).toBe(Number(id));
      return seq;
    });
  }

  close(): void {
    this.reply.destroy();
  }
}

describe('GET /v1/changes', () => {
  let query: RunningQuery;
  beforeEach(async () => {
    query = await startQuery(family(PARENTS), { limits: { longPollsMax: 2, aheadMs: 50 } });
  });
  afterEach(() => query.close());

  it('gives changes whose folding is the forest, page by page', async () => {
    const forest: Record<string, string | null> = {};
    let after: Changes['next'] = 0;
    for (;;) {
      const page: Changes = await query.json<Changes>(`/v1/changes?after=${after}&limit=2`);
      expect(SCHEMAS.Changes.strict().parse(page)).toEqual(page);
      if (page.changes.length === 0) break;
      for (const { model, parent } of page.changes) forest[model] = parent.after;
      after = page.next;
    }
    expect(forest).toEqual(PARENTS);
    expect(after).toBe(3);
  });

  it('refuses a place beyond the end', async () => {
    const reply = await query.get('/v1/changes?after=99');
    expect(await reply.json()).toMatchObject({
      status: 400,
      parameter: 'after',
      detail:
        'after: 99 is beyond the newest change, 3. A place is good for the index that gave it only: begin again with after=0.',
    });
  });

  it('answers at once where it may not wait', async () => {
    expect(await query.json('/v1/changes?after=3')).toEqual({ changes: [], next: 3 });
  });

  it('waits for the next change', async () => {
    let answered = false;
    const waiting = query.json<Changes>('/v1/changes?after=3&wait=60').finally(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    await query.publish([change(4, 'a/z', 'a/y')]);
    const { changes, next } = await waiting;
    expect([changes.map(({ model }) => model), next]).toEqual([['a/z'], 4]);
  });

  it('gives up after the time asked for', async () => {
    expect(await query.json('/v1/changes?after=3&wait=1')).toEqual({ changes: [], next: 3 });
  });

  it('lets only so many wait, and forgets callers that went away', async () => {
    const gone = new AbortController();
    const waits = [1, 2].map(() =>
      query.get('/v1/changes?after=3&wait=60', { signal: gone.signal }).catch(() => 'gone'),
    );
    await until(async () => (await query.get('/v1/changes?after=3&wait=1')).status === 503);
    gone.abort();
    await Promise.all(waits);
    await until(async () => (await query.get('/v1/changes?after=3&wait=1')).status === 200);
  });
});

describe('GET /v1/changes/stream', () => {
  let query: RunningQuery;
  beforeEach(async () => {
    query = await startQuery(family(PARENTS), {
      limits: { heartbeatMs: 50, slowStreamMs: 300, streamsMax: 2, streamChangesMax: 10 },
    });
  });
  afterEach(() => query.close());

  it('begins with the next change, and beats while there is none', async () => {
    const listener = await Listener.open(`${query.url}/v1/changes/stream`);
    expect(listener.reply.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    await until(() => listener.text.includes(': heartbeat'));
    expect(listener.text).toMatch(/^retry: 2000\nid: 3\n\n/);
    await query.publish([change(4, 'a/z', 'a/y')]);
    await until(() => listener.seqs.length === 1);
    expect(listener.seqs).toEqual([4]);
    listener.close();
  });

  it('resumes by Last-Event-ID without a gap and without a repetition', async () => {
    const first = await Listener.open(`${query.url}/v1/changes/stream?after=0`);
    await until(() => first.seqs.length === 3);
    const { lastId } = first;
    first.close();
    await query.publish([4, 5, 6].map((seq) => change(seq, `b/m${seq}`, 'a/root')));
    const second = await Listener.open(`${query.url}/v1/changes/stream?after=0`, { 'last-event-id': lastId });
    await query.publish([change(7, 'b/m7', 'a/root')]);
    await until(() => second.seqs.length === 4);
    expect([...first.seqs, ...second.seqs]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    second.close();
  });

  it('gives a place to resume at to who has seen nothing yet', async () => {
    const idle = await Listener.open(`${query.url}/v1/changes/stream`);
    await until(() => idle.text.length > 0);
    expect(idle.lastId).toBe('3');
    idle.close();
  });

  it('opens only so many streams and takes back those that were left', async () => {
    const open = await Promise.all([1, 2].map(() => Listener.open(`${query.url}/v1/changes/stream`)));
    const refused = await query.get('/v1/changes/stream');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    open[0]!.close();
    await until(async () => {
      const again = await Listener.open(`${query.url}/v1/changes/stream`);
      again.close();
      return again.reply.statusCode === 200;
    });
    open[1]!.close();
  });

  it('drops a client that does not read, while others go on, and lets it resume', async () => {
    const long = 'x'.repeat(900);
    const evidence = Array.from({ length: 60 }, () => ({
      kind: 'growth',
      figure: 1,
      logOdds: 1,
      sentence: long,
    }));
    const many = Array.from({ length: 400 }, (_, i) => change(4 + i, `b/m${i}`, 'a/root', { evidence }));
    const slow = await Listener.open(`${query.url}/v1/changes/stream?after=0`);
    slow.reply.pause();
    const quick = await Listener.open(`${query.url}/v1/changes/stream?after=0`);
    await query.publish(many);
    await until(() => quick.lastId === '403');
    // The slow one is not read before the service has given it up.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    slow.reply.resume();
    await until(() => slow.ended);
    const { seqs } = slow;
    expect(seqs.length).toBeLessThan(403);
    quick.close();
    const resumed = await Listener.open(`${query.url}/v1/changes/stream`, {
      'last-event-id': String(seqs.at(-1)),
    });
    await until(() => resumed.lastId === '403');
    expect([...seqs, ...resumed.seqs]).toEqual(Array.from({ length: 403 }, (_, i) => i + 1));
    resumed.close();
  }, 120_000);

  it('answers HEAD without a stream', async () => {
    const reply = await query.get('/v1/changes/stream', { method: 'HEAD' });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });

  it('ends its streams when the service stops', async () => {
    const other = await startQuery(family(PARENTS));
    const listener = await Listener.open(`${other.url}/v1/changes/stream`);
    await other.close();
    await until(() => listener.ended);
  });
});

describe('the feed of several partitions', () => {
  const time = (minute: number): string => `2026-05-04T12:0${minute}:00.000Z`;
  const told = (partition: number, seq: number, model: string, after: string | null, minute: number) =>
    change(seq, model, after, { partition, time: time(minute) });
  const changes = [
    told(0, 1, 'a/root', null, 1),
    told(0, 2, 'a/x', 'a/root', 4),
    told(2, 1, 'b/root', null, 2),
    told(2, 2, 'b/y', 'b/root', 3),
  ];
  const inOrder = ['a/root', 'b/root', 'b/y', 'a/x'];
  let query: RunningQuery;
  beforeEach(async () => {
    query = await startQuery(changes, { partitions: 3, limits: { heartbeatMs: 50, aheadMs: 300 } });
  });
  afterEach(() => query.close());

  it('comes page by page in one order, and says where to go on', async () => {
    const models: string[] = [];
    const places: Changes['next'][] = [];
    for (let after: Changes['next'] = 0; models.length < 4;) {
      const page: Changes = await query.json<Changes>(`/v1/changes?after=${after}&limit=1`);
      expect(SCHEMAS.Changes.strict().parse(page)).toEqual(page);
      models.push(...page.changes.map(({ model }) => model));
      places.push((after = page.next));
    }
    expect(models).toEqual(inOrder);
    expect(places).toEqual(['1,0,0', '1,0,1', '1,0,2', '2,0,2']);
    const { seq, cursor } = await query.json<Status>('/v1/status');
    expect([seq, cursor]).toEqual([4, '2,0,2']);
    expect(await query.json(`/v1/changes?after=${cursor}`)).toEqual({ changes: [], next: '2,0,2' });
    const { partition, seq: own } = await query.json<ModelDetail>('/v1/models/b/y');
    expect([partition, own]).toEqual([2, 2]);
  });

  it('is waited for in all partitions at once', async () => {
    const waiting = query.json<Changes>('/v1/changes?after=2,0,2&wait=60');
    await query.publish([told(1, 1, 'c/root', null, 5)]);
    const { changes: some, next } = await waiting;
    expect([some.map(({ model, partition }) => [model, partition]), next]).toEqual([
      [['c/root', 1]],
      '2,1,2',
    ]);
  });

  it('is streamed, and resumed by Last-Event-ID in every partition', async () => {
    const first = await Listener.open(`${query.url}/v1/changes/stream?after=0`);
    await until(() => first.events.length === 4);
    expect(first.events.map(({ id, change: { model } }) => [id, model])).toEqual(
      inOrder.map((model, i) => [['1,0,0', '1,0,1', '1,0,2', '2,0,2'][i], model]),
    );
    const lastId = first.events[2]!.id;
    first.close();
    const second = await Listener.open(`${query.url}/v1/changes/stream`, { 'last-event-id': lastId });
    await query.publish([told(1, 1, 'c/root', null, 5)]);
    await until(() => second.events.length === 2);
    expect(second.events.map(({ change: { model } }) => model)).toEqual(['a/x', 'c/root']);
    expect(second.lastId).toBe('2,1,2');
    second.close();
  });

  it.each([
    ['after=2', 'one for each partition of the log (3, or 0 for the beginning), found 1'],
    ['after=1,0,1,0', 'found 4'],
    ['after=1,,1', 'expected whole numbers joined by commas'],
    ['after=9999999999999999,0,0', 'found one that is too large'],
    ['after=0,0,3', 'after: 3 is beyond the newest change of partition 2, 2.'],
  ])('refuses ?%s', async (asked, detail) => {
    for (const route of ['/v1/changes', '/v1/changes/stream']) {
      const reply = await query.get(`${route}?${asked}`);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
      expect(await reply.json()).toMatchObject({
        parameter: 'after',
        detail: expect.stringContaining(detail) as string,
      });
    }
  });

  it('refuses a Last-Event-ID of another feed', async () => {
    const reply = await query.get('/v1/changes/stream', { headers: { 'last-event-id': '4' } });
    expect(await reply.json()).toMatchObject({ status: 400, parameter: 'Last-Event-ID' });
  });

  it('has a place for whoever has read a little further elsewhere', async () => {
    const asked = query.json<Changes>('/v1/changes?after=2,1,2');
    await query.publish([told(1, 1, 'c/root', null, 5), told(1, 2, 'c/x', 'c/root', 6)]);
    expect((await asked).changes.map(({ model }) => model)).toEqual(['c/x']);
  });

  it('names its state by the place in all partitions', async () => {
    const tag = async (): Promise<string> => (await query.get('/v1/models')).headers.get('etag')!;
    const before = await tag();
    expect(before).toMatch(/^W\/"2\.0\.2-/);
    await query.publish([told(1, 1, 'c/root', null, 0)]);
    const after = await tag();
    expect(after).not.toBe(before);
    const headers = { 'if-none-match': `"other", ${after}` };
    expect((await query.get('/v1/models', { headers })).status).toBe(304);
  });

  it('shows a model where its newest revision is, and lists it once', async () => {
    const moved = { revision: 'r2', publishedAt: '2026-05-04T12:01:00.000Z', architecture: 'arch-2' };
    await query.publish([
      { ...told(2, 3, 'a/x', 'b/root', 5), ...moved },
      { ...told(0, 3, 'a/x', 'a/root', 6), kind: 'deleted' },
    ]);
    const model = await query.json<ModelDetail>('/v1/models/a/x');
    expect(model).toMatchObject({ state: 'live', parent: 'b/root', revision: 'r2', partition: 2, seq: 3 });
    expect(model.evidence).toHaveLength(1);
    let names: string[] = [];
    for (let cursor = ''; ;) {
      const page = await query.json<{ models: { model: string }[]; next: string | null }>(
        `/v1/models?limit=1${cursor}`,
      );
      names = [...names, ...page.models.map(({ model: name }) => name)];
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(names).toEqual(['a/root', 'b/root', 'b/y', 'a/x']);
    expect((await query.json<{ models: { model: string }[] }>('/v1/models?search=A/X')).models).toHaveLength(
      1,
    );
    const home = await (await query.get('/')).text();
    expect(home).toContain('data-cursor="3,0,3"');
    expect(home).toContain('#2/3');
  });
});
