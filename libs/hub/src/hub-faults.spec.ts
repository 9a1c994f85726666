import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HubServer, memoryFile, lyingHeader, zooCatalogue, type Catalogue, type Fault } from '@stemma/zoo';
import { HubClient, type DescribedModel } from './hub-client';
import type { HubOptions } from './hub-options';
import { HubUnavailableError } from './outcome';
import type { RevisionReader } from './revision-reader';

const REPO = 'zoo-ft/mae-root';
const FILE = 'model.safetensors';
const SIZE = 241_560;
const ATTEMPTS = 3;

let zoo: Catalogue;
let hub: HubServer;
let model: DescribedModel;

beforeAll(async () => {
  zoo = await zooCatalogue({ graphs: ['ft'] });
});
beforeEach(async () => {
  hub = await HubServer.start({ models: zoo.models });
  const answer = await client().describe(REPO);
  if (answer.type === 'rejected') throw new Error(answer.detail);
  model = answer;
  hub.log.clear();
});
afterEach(() => hub.close());

const client = (options: HubOptions = {}) =>
  new HubClient({ url: hub.url, attemptsMax: ATTEMPTS, backoffMs: 1, timeoutMs: 5_000, ...options });
const readerOf = (options?: HubOptions): RevisionReader =>
  client(options).reader(REPO, model.sha, model.files);
const fail = (...faults: Fault[]) => faults.forEach((fault) => hub.faults.add({ on: 'file', ...fault }));

async function list(options?: HubOptions): Promise<number> {
  let count = 0;
  for await (const listed of client(options).list()) count += listed.repo === '' ? 0 : 1;
  return count;
}

async function thrownBy(work: Promise<unknown>): Promise<HubUnavailableError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HubUnavailableError);
  return error as HubUnavailableError;
}

describe('a file that cannot be read is a value with its reason, after one request', () => {
  test.each<[string, Fault, string, string]>([
    [
      'missing',
      { type: 'status', status: 404, errorCode: 'EntryNotFound' },
      'not-found',
      'does not have that file',
    ],
    [
      'missing to strangers',
      { type: 'status', status: 401, errorCode: 'RepoNotFound' },
      'not-found',
      'does not have it',
    ],
    ['gated', { type: 'status', status: 403, errorCode: 'GatedRepo' }, 'gated', 'terms must be accepted'],
    ['forbidden', { type: 'status', status: 403 }, 'forbidden', 'does not serve it'],
    ['withheld', { type: 'status', status: 451 }, 'forbidden', 'answered 451'],
    ['refused', { type: 'status', status: 400 }, 'refused', 'status 400'],
    [
      'whole although a range was asked for',
      { type: 'ignore-range' },
      'range-ignored',
      'ignores ranges (it answered 200)',
    ],
    [
      'of another size',
      { type: 'wrong-total', size: 12 },
      'size-mismatch',
      'has 12 bytes and not the 241560 of its listing',
    ],
  ])('%s', async (_what, fault, reason, detail) => {
    fail(fault);
    const reader = readerOf();
    const answer = await reader.read(FILE, 0, 5_000);
    expect(answer).toEqual({ type: 'rejected', reason, detail: expect.stringContaining(detail) });
    expect(reader.requests).toBe(1);
  });

  test('a file shorter than its listing', async () => {
    hub.publish({
      ...zoo.models.find(({ repo }) => repo === REPO)!,
      files: [memoryFile(FILE, new Uint8Array(10))],
    });
    const reader = readerOf();
    expect(await reader.read(FILE, 0, 20)).toMatchObject({ reason: 'size-mismatch' });
    expect(await reader.read(FILE, 100, 200)).toMatchObject({ reason: 'size-mismatch' });
  });

  test('a token that the hub does not take', async () => {
    fail({ type: 'status', status: 401 });
    expect(await readerOf({ token: 'hf_old' }).read(FILE, 0, 8)).toMatchObject({ reason: 'unauthorized' });
  });

  test('a whole file sent for a range is not received', async () => {
    const big = memoryFile(FILE, new Uint8Array(64 * 2 ** 20));
    hub.publish({ ...zoo.models.find(({ repo }) => repo === REPO)!, files: [big] });
    fail({ type: 'ignore-range' });
    const reader = client().reader(REPO, model.sha, [{ path: FILE, size: big.size, hash: null }]);
    expect(await reader.read(FILE, 0, 8)).toMatchObject({ reason: 'range-ignored' });
    expect(reader.bytesRead).toBeLessThan(2 ** 20);
  });

  test('lies inside the file pass: they are for whoever reads headers', async () => {
    fail({ type: 'overwrite', at: 0, bytes: lyingHeader() });
    expect(await readerOf().read(FILE, 0, 8)).toEqual(new Uint8Array(lyingHeader()));
  });
});

describe('a body that breaks off', () => {
  test('is taken up where it broke off', async () => {
    const whole = await readerOf().read(FILE, 100, 9_100);
    hub.log.clear();
    fail({ type: 'truncate', bytes: 1_000, times: 1 }, { type: 'short', bytes: 2_000, times: 2 });
    const reader = readerOf();
    expect(await reader.read(FILE, 100, 9_100)).toEqual(whole);
    expect(hub.log.entries.map(({ range }) => range)).toEqual([
      'bytes=100-9099',
      'bytes=1100-9099',
      'bytes=3100-9099',
    ]);
    expect([reader.requests, reader.bytesRead]).toEqual([3, 9_000]);
  });

  test('because time ran out is taken up as well', async () => {
    const whole = await readerOf().read(FILE, 0, 9_000);
    hub.log.clear();
    fail({ type: 'stall', bytes: 1_000, times: 1 });
    expect(await readerOf({ timeoutMs: 500 }).read(FILE, 0, 9_000)).toEqual(whole);
    expect(hub.log.find({ range: 'bytes=1000-8999', status: 206 })).toHaveLength(1);
    fail({ type: 'stall', bytes: 1_000 });
    const error = await thrownBy(readerOf({ timeoutMs: 50 }).read(FILE, 0, 9_000));
    expect(error.message).toContain('it took longer than 50 ms');
  });

  test('every time is a reason to turn the model away', async () => {
    fail({ type: 'truncate', bytes: 1_000 });
    expect(await readerOf().read(FILE, 0, SIZE)).toEqual({
      type: 'rejected',
      reason: 'truncated',
      detail: `${REPO}/${FILE}: the hub was asked 3 times, but it broke off every time.`,
    });
    expect(hub.log.requests).toBe(ATTEMPTS);
  });

  test('before its first byte is no different', async () => {
    fail({ type: 'truncate', bytes: 0 });
    expect(await readerOf().read(FILE, 0, SIZE)).toMatchObject({ reason: 'truncated' });
  });
});

describe('a server that does not keep to its own headers', () => {
  /** Answers bytes 0 to 100 with a body of its own. */
  async function answering(
    announced: number,
    sent: number,
  ): Promise<{ reader: RevisionReader; close: () => void }> {
    const server = createServer((_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-99/${SIZE}`, 'content-length': announced });
      response.write(Buffer.alloc(sent));
      response.socket?.destroySoon();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
      server.close();
      server.closeAllConnections();
    };
    return { reader: client({ url }).reader(REPO, model.sha, model.files), close };
  }

  test('and sends more than the range is turned away', async () => {
    const { reader, close } = await answering(200, 200);
    expect(await reader.read(FILE, 0, 100)).toMatchObject({
      reason: 'range-ignored',
      detail: expect.stringContaining('sent more than that'),
    });
    close();
  });

  test('and breaks behind the last byte has answered', async () => {
    const { reader, close } = await answering(200, 100);
    expect((await reader.read(FILE, 0, 100)) as Uint8Array).toHaveLength(100);
    expect(reader.requests).toBe(1);
    close();
  });
});

describe('"not now" is asked again, a bounded number of times', () => {
  test.each<[string, Fault, string]>([
    ['500', { type: 'status', status: 500 }, 'answered 500'],
    ['503', { type: 'status', status: 503 }, 'answered 503'],
    ['429', { type: 'status', status: 429 }, 'answered 429'],
    ['a cut connection', { type: 'reset' }, 'the connection failed'],
  ])('%s', async (_what, fault, why) => {
    fail({ ...fault, times: ATTEMPTS - 1 });
    expect((await readerOf().read(FILE, 0, 8)) as Uint8Array).toHaveLength(8);
    hub.faults.clear();
    hub.log.clear();
    fail(fault);
    const error = await thrownBy(readerOf().read(FILE, 0, 8));
    expect(error.message).toContain(
      `the hub was asked 3 times, but ${why.replace('answered', 'it answered')}`,
    );
    expect([error.retryable, hub.log.requests]).toEqual([true, ATTEMPTS]);
  });

  test('a hub that is not there', async () => {
    await hub.close();
    const error = await thrownBy(client().describe(REPO));
    expect(error.cause).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
  });

  test('an answer that takes too long', async () => {
    fail({ type: 'delay', delayMs: 60_000 });
    const error = await thrownBy(readerOf({ timeoutMs: 30, attemptsMax: 2 }).read(FILE, 0, 8));
    expect(error.message).toContain('it took longer than 30 ms');
  });

  test('Retry-After is waited for', async () => {
    fail({ type: 'status', status: 429, retryAfterSeconds: 1, times: 1 });
    const startedAt = performance.now();
    await readerOf().read(FILE, 0, 8);
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  test('a longer wait than we have is handed on at once', async () => {
    fail({ type: 'status', status: 429, rateLimitSeconds: 200 });
    const error = await thrownBy(readerOf({ retryAfterMsMax: 10_000 }).read(FILE, 0, 8));
    expect([error.retryAfterMs, hub.log.requests]).toEqual([200_000, 1]);
  });

  test('whoever stops does not wait', async () => {
    fail({ type: 'status', status: 503, retryAfterSeconds: 100 });
    const reader = client().reader(REPO, model.sha, model.files, { signal: AbortSignal.timeout(50) });
    await expect(reader.read(FILE, 0, 8)).rejects.toThrow('timeout');
  });
});

describe('the listing and descriptions', () => {
  test.each<[string, Fault]>([
    ['fails', { type: 'status', status: 500 }],
    ['is refused', { type: 'status', status: 403 }],
    ['is no JSON', { type: 'body', body: '<html>maintenance</html>' }],
    ['is no list', { type: 'body', body: '{"error":"x"}' }],
    ['is a list of nothing', { type: 'body', body: '[null]' }],
  ])('a listing that %s is "not now"', async (_what, fault) => {
    hub.faults.add({ ...fault, on: 'list' });
    await thrownBy(list());
    hub.faults.clear();
    expect(await list()).toBe(105);
  });

  test('a description that is no object is "not now", one without a commit is turned away', async () => {
    hub.faults.add({ type: 'body', body: '[]', on: 'info', times: ATTEMPTS });
    await thrownBy(client().describe(REPO));
    hub.faults.add({ type: 'body', body: '{"id":"zoo-ft/mae-root"}', on: 'info', times: 1 });
    expect(await client().describe(REPO)).toMatchObject({ type: 'rejected', reason: 'refused' });
    expect(await client().describe(REPO)).toMatchObject({ type: 'model' });
  });

  test('a tree without weights', async () => {
    hub.faults.add({ type: 'no-weights', repo: REPO });
    expect(await client().describe(REPO)).toMatchObject({ type: 'rejected', reason: 'no-weights' });
  });

  test('answers and pages without end are given up', async () => {
    const link = `<${hub.url}/api/models?cursor=again>; rel="next"`;
    hub.faults.add({ type: 'body', body: '[]', link, on: 'list', times: 50 });
    const error = await thrownBy(list({ pagesMax: 20 }));
    expect(error.message).toContain('more than 20 pages');
    expect(hub.log.requests).toBe(20);
    hub.faults.clear();
    expect((await thrownBy(list({ jsonBytesMax: 1_000 }))).message).toContain('longer than 1000 bytes');
  });
});

describe('links and redirects', () => {
  const TOKEN = 'hf_secret';

  test('files are followed to another origin, without the token', async () => {
    const redirecting = await HubServer.start({ models: zoo.models, redirectsFiles: true });
    const reader = new HubClient({ url: redirecting.url, token: TOKEN }).reader(REPO, model.sha, model.files);
    expect((await reader.read(FILE, 0, 100)) as Uint8Array).toHaveLength(100);
    expect(redirecting.log.entries.map(({ cdn, authorized, status }) => [cdn, authorized, status])).toEqual([
      [false, true, 302],
      [true, false, 206],
    ]);
    expect(reader.requests).toBe(2);
    await redirecting.close();
  });

  test('a next page elsewhere is not asked for, least of all with the token', async () => {
    const other = await HubServer.start({ models: zoo.models });
    hub.faults.add({ type: 'body', body: '[]', link: `<${other.url}/api/models>; rel="next"`, on: 'list' });
    const error = await thrownBy(list({ token: TOKEN }));
    expect(error.message).toContain('a hub answers for itself');
    expect(other.log.requests).toBe(0);
    await other.close();
  });

  test.each([
    ['a description elsewhere', 'http://127.0.0.1:9/api', 'info', 'a hub answers for itself'],
    ['other schemes', 'file:///etc/passwd', 'file', 'only http and https'],
    ['no URL', 'http://', 'file', 'no URL'],
  ] as const)('%s is not followed', async (_what, location, on, detail) => {
    hub.faults.add({ type: 'redirect', location, on });
    const answer = on === 'info' ? await client().describe(REPO) : await readerOf().read(FILE, 0, 8);
    expect(answer).toEqual({
      type: 'rejected',
      reason: 'unsafe-redirect',
      detail: expect.stringContaining(detail),
    });
  });

  test('circles end', async () => {
    fail({ type: 'redirect', location: `/${REPO}/resolve/main/${FILE}` });
    expect(await readerOf({ redirectsMax: 4 }).read(FILE, 0, 8)).toMatchObject({ reason: 'unsafe-redirect' });
    expect(hub.log.requests).toBe(5);
  });

  test('a token travels encrypted or not at all, and is never shown', () => {
    const attempt = () => new HubClient({ url: 'http://hub.example', token: TOKEN });
    expect(attempt).toThrow('not sent to http://hub.example in the clear');
    expect(attempt).not.toThrow(TOKEN);
    const made = new HubClient({ url: 'https://hub.example/', token: TOKEN });
    expect(JSON.stringify(made)).not.toContain(TOKEN);
    expect(made.url).toBe('https://hub.example');
  });
});

test('requests are paced to the budget, API and files apart', async () => {
  const paced = client({ apiRequestsMax: 2, fileRequestsMax: 3, windowMs: 2_000 });
  const startedAt = performance.now();
  const reader = paced.reader(REPO, model.sha, model.files);
  await Promise.all([0, 1, 2].map((i) => reader.read(FILE, i, i + 1)));
  await paced.describe(REPO);
  expect(performance.now() - startedAt).toBeLessThan(1_900);
  await Promise.all([paced.describe(REPO), reader.read(FILE, 0, 1)]);
  expect(performance.now() - startedAt).toBeGreaterThan(1_990);
});

test('an exhausted budget holds back the requests that did not hear of it', async () => {
  const paced = client({ fileRequestsMax: 100, windowMs: 1_000 });
  fail({ type: 'status', status: 429, retryAfterSeconds: 1, times: 1 });
  const reader = paced.reader(REPO, model.sha, model.files);
  const startedAt = performance.now();
  const first = reader.read(FILE, 0, 1);
  while (hub.log.requests === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await reader.read(FILE, 1, 2);
  expect(performance.now() - startedAt).toBeGreaterThan(950);
  await first;
});
