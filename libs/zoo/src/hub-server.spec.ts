import {
  downloadFile,
  fileExists,
  listCommits,
  listFiles,
  listModels,
  modelInfo,
  parseSafetensorsMetadata,
  pathsInfo,
} from '@huggingface/hub';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findModelsFolder, zooCatalogue, type Catalogue } from './catalogue';
import { lyingHeader } from './fault';
import { HubServer } from './hub-server';
import { syntheticFamily } from './synthetic-family.testing';

const REPO = 'zoo-ft/mae-root';
const FILE = 'model.safetensors';
let zoo: Catalogue;
let hub: HubServer;

beforeAll(async () => {
  zoo = await zooCatalogue();
});
beforeEach(async () => {
  hub = await HubServer.start({ models: zoo.models, pageMax: 100 });
});
afterEach(async () => {
  await hub.close();
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const range = (begin: number, end: number, init: RequestInit = {}) =>
  fetch(`${hub.url}/${REPO}/resolve/main/${FILE}`, {
    ...init,
    headers: { range: `bytes=${begin}-${end - 1}`, ...init.headers },
  });

describe('what @huggingface/hub asks for', () => {
  test('lists all models newest first, in pages', async () => {
    const listed = await collect(
      listModels({
        hubUrl: hub.url,
        sort: 'createdAt',
        additionalFields: ['sha', 'createdAt', 'tags', 'cardData'],
      }),
    );
    expect(hub.log.find({ route: 'list' })).toHaveLength(4);
    const newestFirst = [...zoo.models].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    expect(listed.map((model) => [model.name, model.sha])).toEqual(
      newestFirst.map((model) => [model.repo, model.sha]),
    );
    expect(listed.map((model) => model.cardData)).toEqual(newestFirst.map((model) => model.card));
  });

  test('lists by owner and by tag', async () => {
    const owned = await collect(listModels({ hubUrl: hub.url, search: { owner: 'zoo-lora-f' } }));
    expect(owned).toHaveLength(105);
    const tagged = await collect(
      listModels({ hubUrl: hub.url, search: { tags: ['vit', 'base_model:zoo-ft/mae-posy'] } }),
    );
    const declared = zoo.models.filter((model) => model.card.base_model === 'zoo-ft/mae-posy');
    expect(tagged.map((model) => model.name).sort()).toEqual(declared.map((model) => model.repo));
  });

  test('describes a revision, its tree, its commits and single paths', async () => {
    const model = zoo.models.find(({ repo }) => repo === REPO)!;
    const info = await modelInfo({ hubUrl: hub.url, name: REPO, additionalFields: ['sha', 'config'] });
    expect(info).toMatchObject({ name: REPO, sha: model.sha, gated: false, config: { model_type: 'vit' } });
    const files = await collect(
      listFiles({ hubUrl: hub.url, repo: REPO, revision: model.sha, recursive: true }),
    );
    expect(files.map(({ path, size, lfs }) => ({ path, size, sha256: lfs?.oid }))).toEqual(
      model.files.map(({ path, size, sha256 }) => ({
        path,
        size,
        sha256: path === FILE ? sha256 : undefined,
      })),
    );
    const paths = await pathsInfo({ hubUrl: hub.url, repo: REPO, paths: [FILE] });
    expect(paths.map((path) => path.lfs?.oid)).toEqual([model.files[2]!.sha256]);
    const commits = await collect(listCommits({ hubUrl: hub.url, repo: REPO }));
    expect(commits.map((commit) => commit.oid)).toEqual([model.sha]);
  });

  test('serves files whole and by range, and says when there is none', async () => {
    const onDisk = await readFile(join(findModelsFolder(), 'ft/mae/root.safetensors'));
    const blob = (await downloadFile({ hubUrl: hub.url, repo: REPO, path: FILE }))!;
    expect(Buffer.from(await blob.arrayBuffer()).equals(onDisk)).toBe(true);
    expect(Buffer.from(await blob.slice(100, 5000).arrayBuffer()).equals(onDisk.subarray(100, 5000))).toBe(
      true,
    );
    expect(await downloadFile({ hubUrl: hub.url, repo: REPO, path: 'nothing.bin' })).toBeNull();
    expect(await fileExists({ hubUrl: hub.url, repo: REPO, path: FILE })).toBe(true);
    const { header } = (await parseSafetensorsMetadata({ hubUrl: hub.url, repo: REPO })) as {
      header: object;
    };
    expect(Object.keys(header)).toContain('encoder.layer.3.output.dense.weight');
  });

  test('follows the redirect to the second origin', async () => {
    const redirecting = await HubServer.start({ models: zoo.models, redirectsFiles: true });
    const blob = (await downloadFile({ hubUrl: redirecting.url, repo: REPO, path: FILE }))!;
    expect((await blob.slice(0, 8).arrayBuffer()).byteLength).toBe(8);
    expect(redirecting.log.find({ cdn: true, status: 206 }).length).toBeGreaterThan(0);
    expect(redirecting.log.find({ cdn: false, status: 206 })).toEqual([]);
    await redirecting.close();
  });
});

describe('repositories that change', () => {
  test('a push is a new revision and moves to the top; the old one stays readable', async () => {
    const before = hub.models.find((model) => model.repo === REPO)!;
    const { models } = syntheticFamily({ seed: 1, models: 1 });
    const after = hub.update(REPO, { files: models[0]!.files });
    expect(after.sha).not.toBe(before.sha);
    const [first] = await collect(listModels({ hubUrl: hub.url, sort: 'lastModified', limit: 1 }));
    expect(first!.name).toBe(REPO);
    const size = async (revision: string) =>
      (await downloadFile({ hubUrl: hub.url, repo: REPO, path: FILE, revision }))!.size;
    expect(await size(before.sha)).toBe(241_560);
    expect(await size('main')).toBe(models[0]!.files[1]!.size);
  });

  test('a removed one answers as a missing one, a renamed one leads to its new name', async () => {
    hub.remove(REPO);
    const gone = await fetch(`${hub.url}/api/models/${REPO}`);
    expect([gone.status, gone.headers.get('x-error-code')]).toEqual([401, 'RepoNotFound']);
    hub.rename('zoo-ft/dino-root', 'zoo-ft/dino-base');
    expect((await modelInfo({ hubUrl: hub.url, name: 'zoo-ft/dino-root' })).name).toBe('zoo-ft/dino-base');
    expect(() => hub.rename('zoo-ft/nobody', 'zoo-ft/x')).toThrow('holds no zoo-ft/nobody');
  });

  test('a gated one is listed and refused, but not to who has the token', async () => {
    const guarded = await HubServer.start({ models: zoo.models, token: 'hf_good' });
    guarded.update(REPO, { gated: 'manual' });
    const ask = (headers: Record<string, string>) =>
      fetch(`${guarded.url}/${REPO}/resolve/main/${FILE}`, { method: 'HEAD', headers });
    expect((await fetch(`${guarded.url}/api/models/${REPO}`)).status).toBe(200);
    const refused = await ask({});
    expect([refused.status, refused.headers.get('x-error-code')]).toEqual([401, 'GatedRepo']);
    expect((await ask({ authorization: 'Bearer hf_bad' })).status).toBe(403);
    expect((await ask({ authorization: 'Bearer hf_good' })).status).toBe(200);
    await guarded.close();
  });
});

describe('faults', () => {
  test('happen where and as often as they are told', async () => {
    hub.faults.add({
      type: 'status',
      status: 429,
      retryAfterSeconds: 7,
      rateLimitSeconds: 9,
      repo: REPO,
      times: 2,
    });
    const answers = [await range(0, 8), await range(0, 8), await range(0, 8)];
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 206]);
    expect(answers[0]!.headers.get('retry-after')).toBe('7');
    expect(answers[0]!.headers.get('ratelimit')).toBe('"api";r=0;t=9');
  });

  test('truncated bodies announce more than they send', async () => {
    hub.faults.add({ type: 'truncate', bytes: 1000 });
    const answer = await range(0, 5000);
    expect(answer.headers.get('content-length')).toBe('5000');
    await expect(answer.arrayBuffer()).rejects.toThrow('terminated');
    expect(hub.log.find({ route: 'file' })[0]!.bytes).toBe(1000);
  });

  test('stalled bodies never end', async () => {
    hub.faults.add({ type: 'stall', bytes: 1000 });
    const answer = await range(0, 5000, { signal: AbortSignal.timeout(100) });
    await expect(answer.arrayBuffer()).rejects.toThrow('timeout');
  });

  test('ranges can be ignored, cut short, or lied about', async () => {
    hub.faults.add({ type: 'ignore-range', times: 1 });
    const whole = await range(0, 8);
    expect([whole.status, (await whole.arrayBuffer()).byteLength]).toEqual([200, 241_560]);
    hub.faults.add({ type: 'short', bytes: 3, times: 1 });
    const short = await range(0, 8);
    expect([short.status, (await short.arrayBuffer()).byteLength]).toEqual([206, 3]);
    hub.faults.add({ type: 'wrong-total', size: 12, times: 1 });
    expect((await range(0, 8)).headers.get('content-range')).toBe('bytes 0-7/12');
  });

  test('files can hold other bytes than they should, over any range', async () => {
    hub.faults.add({ type: 'overwrite', at: 0, bytes: lyingHeader() });
    expect(Buffer.from(await (await range(0, 16)).arrayBuffer()).readBigUInt64LE(0)).toBe(2n ** 40n);
    expect([...new Uint8Array(await (await range(4, 7)).arrayBuffer())]).toEqual([0, 1, 0]);
  });

  test('connections can be cut, answers delayed, trees emptied of weights', async () => {
    hub.faults.add({ type: 'reset', times: 1 });
    await expect(range(0, 8)).rejects.toThrow('fetch failed');
    hub.faults.add({ type: 'delay', delayMs: 60_000, times: 1 });
    await expect(range(0, 8, { signal: AbortSignal.timeout(50) })).rejects.toThrow('timeout');
    hub.faults.add({ type: 'no-weights', on: 'tree' });
    const files = await collect(listFiles({ hubUrl: hub.url, repo: REPO, recursive: true }));
    expect(files.map((file) => file.path)).toEqual(['README.md', 'config.json']);
  });
});

test('listens on loopback only and gives the port back', async () => {
  expect(hub.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const port = Number(new URL(hub.url).port);
  await expect(HubServer.start({ port })).rejects.toThrow('EADDRINUSE');
  await hub.close();
  hub = await HubServer.start({ port });
  expect(hub.models).toEqual([]);
});

test('counts what it sends', async () => {
  await (await range(0, 4096)).arrayBuffer();
  await (await range(0, 4096, { method: 'HEAD' })).arrayBuffer();
  expect(hub.log.requests).toBe(2);
  expect(hub.log.bytes).toBe(4096);
  expect(hub.log.entries[0]).toMatchObject({
    repo: REPO,
    path: FILE,
    range: 'bytes=0-4095',
    status: 206,
    authorized: false,
  });
});
