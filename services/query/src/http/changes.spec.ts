import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { change, family } from '../changes.testing';
import { SCHEMAS, type Changes } from '../api/schemas';
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
    return at < 0 ? '' : (/^\nid: (\d+)\n/.exec(this.text.slice(at, at + 24))?.[1] ?? '');
  }

  get seqs(): number[] {
    return [...this.text.matchAll(/event: change\nid: (\d+)\ndata: (.*)\n\n/g)].map(([, id, data]) => {
      const parsed = SCHEMAS.Change.parse(JSON.parse(data!));
      expect(parsed.seq).toBe(Number(id));
      return parsed.seq;
    });
  }

  close(): void {
    this.reply.destroy();
  }
}

describe('GET /v1/changes', () => {
  let query: RunningQuery;
  beforeEach(async () => {
    query = await startQuery(family(PARENTS), { limits: { longPollsMax: 2 } });
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
