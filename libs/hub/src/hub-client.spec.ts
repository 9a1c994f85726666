import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findModelsFolder,
  HubServer,
  memoryFile,
  syntheticFamily,
  zooCatalogue,
  type Catalogue,
  type ZooModel,
} from '@stemma/zoo';
import { HubClient } from './hub-client';

let zoo: Catalogue;
let hub: HubServer;
let client: HubClient;

beforeAll(async () => {
  zoo = await zooCatalogue();
});
beforeEach(async () => {
  hub = await HubServer.start({ models: zoo.models });
  client = new HubClient({ url: hub.url });
});
afterEach(() => hub.close());

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const newestFirst = (models: readonly ZooModel[]) =>
  [...models].sort((a, b) => (a.lastModified < b.lastModified ? 1 : -1));

async function described(repo: string, revision?: string) {
  const model = await client.describe(repo, revision);
  if (model.type === 'rejected') throw new Error(model.detail);
  return model;
}

/** A repository with files of the given paths, all with the same weights. */
function published(repo: string, paths: readonly string[], change: Partial<ZooModel> = {}): void {
  const [base] = syntheticFamily({ seed: 1, models: 1, width: 8 }).models;
  const weights = base!.files[1]!;
  const content = weights.content.type === 'bytes' ? weights.content.bytes : new Uint8Array();
  const files = paths.map((path) => memoryFile(path, /json$/.test(path) ? '{}' : content));
  hub.publish({ ...base!, repo, files, ...change });
}

describe('list', () => {
  test('gives every model, newest change first, with commits and times', async () => {
    const listed = await collect(client.list());
    expect(listed).toEqual(
      newestFirst(zoo.models).map(({ repo, sha, createdAt, lastModified }) => ({
        repo,
        sha,
        createdAt,
        updatedAt: lastModified,
      })),
    );
    expect(client.cost.requests).toBe(1);
  });

  test('ends at the first model that is older than asked, and does not fetch further pages', async () => {
    const paged = await HubServer.start({ models: zoo.models, pageMax: 10 });
    const since = newestFirst(zoo.models)[14]!.lastModified;
    const listed = await collect(new HubClient({ url: paged.url }).list({ since }));
    expect(listed.map(({ repo }) => repo)).toEqual(
      newestFirst(zoo.models)
        .slice(0, 15)
        .map(({ repo }) => repo),
    );
    expect(paged.log.find({ route: 'list' })).toHaveLength(2);
    await paged.close();
  });

  test('keeps to one author', async () => {
    const listed = await collect(client.list({ author: 'zoo-lora-v' }));
    expect(listed).toHaveLength(105);
    expect(listed.every(({ repo }) => repo.startsWith('zoo-lora-v/'))).toBe(true);
  });

  test('gives each revision once when models move over the edge of a page', async () => {
    const paged = await HubServer.start({ models: zoo.models.slice(0, 6), pageMax: 3 });
    const repos: string[] = [];
    for await (const { repo } of new HubClient({ url: paged.url }).list()) {
      if (repos.push(repo) === 3)
        paged.publish({ ...zoo.models[200]!, lastModified: '2030-01-01T00:00:00.000Z' });
    }
    expect(repos).toEqual(newestFirst(zoo.models.slice(0, 6)).map(({ repo }) => repo));
    await paged.close();
  });

  test('ends when it is told to', async () => {
    const abort = new AbortController();
    const walk = collect(client.list({ signal: abort.signal }));
    abort.abort(new Error('stopping'));
    await expect(walk).rejects.toThrow('stopping');
  });
});

describe('describe', () => {
  test('gives files with sizes and hashes, the claim, the flags', async () => {
    const model = zoo.models.find(({ card }) => card.base_model_relation === 'adapter')!;
    const weights = model.files[2]!;
    expect(await client.describe(model.repo)).toEqual({
      type: 'model',
      repo: model.repo,
      sha: model.sha,
      createdAt: model.createdAt,
      files: [{ path: 'model.safetensors', size: weights.size, hash: weights.sha256 }],
      claim: { baseModels: [model.card.base_model], relation: 'adapter' },
      gated: false,
      private: false,
    });
    expect(client.cost.requests).toBe(2);
  });

  test('asks for the files alone of what was listed lately', async () => {
    const [listed] = await collect(client.list());
    hub.log.clear();
    const model = await described(listed!.repo, listed!.sha);
    expect(hub.log.entries.map(({ route }) => route)).toEqual(['tree']);
    expect(model).toEqual(await described(listed!.repo));
  });

  test('finds a revision by commit, and a renamed repository under its new name', async () => {
    const before = await described('zoo-ft/mae-root');
    hub.update('zoo-ft/mae-root', { files: [memoryFile('model.safetensors', new Uint8Array(16))] });
    expect(await described('zoo-ft/mae-root', before.sha)).toEqual(before);
    expect((await described('zoo-ft/mae-root')).files[0]!.size).toBe(16);
    hub.rename('zoo-ft/mae-root', 'zoo-ft/mae-base');
    expect((await described('zoo-ft/mae-root')).repo).toBe('zoo-ft/mae-base');
  });

  test('does not walk into folders when the root has the weights', async () => {
    published('org/trained', [
      'model.safetensors',
      ...Array.from({ length: 20 }, (_, i) => `checkpoint-${i}/model.safetensors`),
    ]);
    expect((await described('org/trained')).files.map(({ path }) => path)).toEqual(['model.safetensors']);
    expect(hub.log.find({ route: 'tree' })).toHaveLength(1);
  });

  test('walks into folders of a pipeline, and where the root has none', async () => {
    published('org/pipeline', [
      'model_index.json',
      'all.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
      'vae/config.json',
    ]);
    expect((await described('org/pipeline')).files.map(({ path }) => path)).toEqual([
      'model_index.json',
      'all.safetensors',
      'unet/diffusion_pytorch_model.safetensors',
    ]);
    published('org/deep', ['README.md', 'a/b/model.safetensors']);
    expect((await described('org/deep')).files.map(({ path }) => path)).toEqual(['a/b/model.safetensors']);
  });

  test('keeps shards and their index', async () => {
    const shards = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ];
    published('org/sharded', [...shards, 'pytorch_model.bin', 'training_args.bin']);
    expect((await described('org/sharded')).files.map(({ path }) => path)).toEqual(shards);
  });

  test.each([
    ['pickles alone', ['config.json', 'pytorch_model.bin'], 'unsupported-format'],
    ['no weights', ['README.md', 'config.json'], 'no-weights'],
    ['nothing at all', [], 'no-weights'],
  ])('rejects %s', async (_what, paths, reason) => {
    published('org/m', paths);
    expect(await client.describe('org/m')).toMatchObject({ type: 'rejected', reason });
    expect(hub.log.find({ route: 'file' })).toEqual([]);
  });

  test('rejects what is missing, gated, or too much', async () => {
    expect(await client.describe('org/nobody')).toMatchObject({ reason: 'not-found' });
    expect(await client.describe('zoo-ft/mae-root', 'f'.repeat(40))).toMatchObject({ reason: 'not-found' });
    published('org/gated', ['model.safetensors'], { gated: 'manual' });
    expect(await client.describe('org/gated')).toMatchObject({ reason: 'gated' });
    published('org/private', ['model.safetensors'], { private: true });
    expect(await client.describe('org/private')).toMatchObject({ reason: 'not-found' });
    published(
      'org/huge',
      Array.from({ length: 30 }, (_, i) => `step-${i}/model.safetensors`),
    );
    const strict = new HubClient({ url: hub.url, filesMax: 29 });
    expect(await strict.describe('org/huge')).toMatchObject({ reason: 'too-many-files' });
  });

  test.each(['../etc', 'a/b/c', 'org', 'org/..', 'org/a?b', 'org/a#b', 'org/a%2fb', ''])(
    'asks nobody for %p',
    async (repo) => {
      expect(await client.describe(repo)).toMatchObject({ type: 'rejected', reason: 'not-found' });
      expect(await client.describe('zoo-ft/mae-root', `${repo}/?`)).toMatchObject({
        type: 'rejected',
        reason: 'not-found',
      });
      expect(hub.log.requests).toBe(0);
    },
  );
});

describe('reader', () => {
  const REPO = 'zoo-ft/mae-root';
  const FILE = 'model.safetensors';

  test('reads exactly the bytes it is asked for, one request each', async () => {
    const { sha, files } = await described(REPO);
    const onDisk = await readFile(join(findModelsFolder(), 'ft/mae/root.safetensors'));
    hub.log.clear();
    const reader = client.reader(REPO, sha, files);
    for (const [begin, end] of [
      [0, 8],
      [8, 5000],
      [241_559, 241_560],
      [0, 241_560],
    ] as const) {
      expect(
        Buffer.from((await reader.read(FILE, begin, end)) as Uint8Array).equals(onDisk.subarray(begin, end)),
      ).toBe(true);
    }
    expect(hub.log.entries.map(({ target, status }) => [target, status])).toEqual(
      Array(4).fill([`/${REPO}/resolve/${sha}/${FILE}`, 206]),
    );
    expect([reader.requests, reader.bytesRead]).toEqual([4, hub.log.bytes]);
    expect(reader.bytesRead).toBe(8 + 4992 + 1 + 241_560);
  });

  test('asks nobody for an empty range', async () => {
    const { sha, files } = await described(REPO);
    hub.log.clear();
    expect(await client.reader(REPO, sha, files).read(FILE, 100, 100)).toEqual(new Uint8Array(0));
    expect(hub.log.requests).toBe(0);
  });

  test('stays at its commit when the branch moves', async () => {
    const { sha, files } = await described(REPO);
    const reader = client.reader(REPO, sha, files);
    const before = await reader.read(FILE, 0, 100);
    hub.update(REPO, { files: [memoryFile(FILE, new Uint8Array(241_560))] });
    expect(await reader.read(FILE, 0, 100)).toEqual(before);
  });

  test('reads files whose names need encoding', async () => {
    published('org/odd', ['a b/mödel?x=1#2.safetensors']);
    const { sha, files } = await described('org/odd');
    const bytes = await client.reader('org/odd', sha, files).read(files[0]!.path, 0, 8);
    expect((bytes as Uint8Array).byteLength).toBe(8);
  });

  test('gives a source by position, whose rejection is the result of the work', async () => {
    const { sha, files } = await described(REPO);
    const reader = client.reader(REPO, sha, files);
    expect(
      await reader.through(async (source) => (await source.read(0, 0, 8)).byteLength + source.files[0]!.size),
    ).toBe(241_568);
    hub.remove(REPO);
    expect(await reader.through((source) => source.read(0, 0, 8))).toMatchObject({
      type: 'rejected',
      reason: 'not-found',
    });
    await expect(reader.through(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  });

  test('takes a range outside the listed file for a mistake of its caller', async () => {
    const { sha, files } = await described(REPO);
    const reader = client.reader(REPO, sha, files);
    await expect(reader.read(FILE, 0, 241_561)).rejects.toThrow('bytes 0 to 241561 were asked for of 241560');
    await expect(reader.read('other.safetensors', 0, 1)).rejects.toThrow('does not list');
  });

  test('keeps eight requests in flight at most', async () => {
    const { sha, files } = await described(REPO);
    hub.faults.add({ type: 'delay', delayMs: 30, on: 'file' });
    const reader = client.reader(REPO, sha, files);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 20 }, (_, i) => reader.read(FILE, i, i + 1)));
    expect(performance.now() - startedAt).toBeGreaterThan(3 * 30 - 5);
    expect(hub.log.find({ route: 'file' })).toHaveLength(20);
  });
});

test('reads the whole zoo with a listing, and two requests a model', async () => {
  let bytesRead = 0;
  for await (const { repo, sha } of client.list()) {
    const model = await described(repo, sha);
    const reader = client.reader(repo, sha, model.files);
    const [file] = model.files;
    await reader.read(file!.path, 0, Math.min(file!.size, 256 * 1024));
    bytesRead += reader.bytesRead;
  }
  const published = zoo.models.reduce((sum, model) => sum + model.files[2]!.size, 0);
  expect(bytesRead).toBe(published);
  expect(client.cost.requests).toBe(1 + 2 * 315);
  expect(hub.log.requests).toBe(client.cost.requests);
});
