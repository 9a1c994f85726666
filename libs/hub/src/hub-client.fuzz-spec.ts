import fc from 'fast-check';
import { HubServer, memoryFile, syntheticFamily } from '@stemma/zoo';
import { HubClient } from './hub-client';
import { isRepoName, isRevision } from './listed-model';
import { HubUnavailableError } from './outcome';

const seed = Number(process.env.SEED ?? 20_240_108);
const RUNS = 150;

let hub: HubServer;
let client: HubClient;
beforeAll(async () => {
  const [model] = syntheticFamily({ seed: 1, models: 1, width: 8 }).models;
  hub = await HubServer.start({
    models: [{ ...model!, files: [memoryFile('model.safetensors', new Uint8Array(64))] }],
  });
  client = new HubClient({ url: hub.url, attemptsMax: 1, backoffMs: 1 });
});
afterEach(() => hub.faults.clear());
afterAll(() => hub.close());

/** Words that a hostile hub would try, between arbitrary JSON. */
const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    '../..',
    'org/..',
    '/etc/passwd',
    '__proto__',
    'constructor',
    'a/b/c',
    'http://x/y',
    'org/\u0000',
    'ＯＲＧ/x',
  ),
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    Number.MAX_VALUE,
    2 ** 53,
    [],
    {},
    '',
    'x'.repeat(5_000),
    '9999-99-99',
    '+275760-09-13',
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const often = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: nasty });

const entry = fc.record(
  {
    _id: nasty,
    id: often(fc.constantFrom('org/good', 'org/other')),
    sha: often(fc.constant('a'.repeat(40))),
    createdAt: often(fc.constant('2024-01-01T00:00:00.000Z')),
    lastModified: often(fc.constant('2024-01-02T00:00:00.000Z')),
    gated: often(fc.constant(false)),
    private: often(fc.constant(false)),
    tags: often(
      fc.array(often(fc.constantFrom('base_model:org/x', 'base_model:merge:org/x')), { maxLength: 5 }),
    ),
    cardData: often(
      fc.record({
        base_model: often(fc.constant('org/x')),
        base_model_relation: often(fc.constant('merge')),
      }),
    ),
  },
  { requiredKeys: [] },
);

const file = fc.record(
  {
    type: often(fc.constantFrom('file', 'directory')),
    path: often(fc.constantFrom('model.safetensors', 'unet/x.safetensors', 'pytorch_model.bin')),
    size: often(fc.nat()),
    lfs: often(fc.record({ oid: often(fc.constant('b'.repeat(64))) })),
  },
  { requiredKeys: [] },
);

/** Runs work that may find the hub unavailable, but nothing else. */
async function orUnavailable<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HubUnavailableError) return null;
    throw error;
  }
}

test('whatever a listing holds, what comes of it is a model or nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.array(often(entry), { maxLength: 6 }), nasty), async (body) => {
      hub.faults.clear();
      hub.faults.add({ type: 'body', body: JSON.stringify(body), on: 'list' });
      await orUnavailable(async () => {
        for await (const { repo, sha, createdAt, updatedAt } of client.list()) {
          expect([isRepoName(repo), isRevision(sha)]).toEqual([true, true]);
          for (const time of [createdAt, updatedAt]) expect(new Date(time).toISOString()).toBe(time);
        }
      });
    }),
    { seed, numRuns: RUNS },
  );
});

test('whatever a card and a tree hold, what comes of it is bounded and safe', async () => {
  await fc.assert(
    fc.asyncProperty(often(entry), fc.array(often(file), { maxLength: 6 }), async (info, tree) => {
      hub.faults.clear();
      hub.faults.add({ type: 'body', body: JSON.stringify(info), on: 'info' });
      hub.faults.add({ type: 'body', body: JSON.stringify(tree), on: 'tree' });
      const model = await orUnavailable(() => client.describe('org/good'));
      if (model === null) return;
      if (model.type === 'rejected') {
        expect(model.detail.length).toBeLessThan(500);
        return;
      }
      for (const { path, size, hash } of model.files) {
        expect(path).not.toMatch(/\.\.|\\|^\/|\0/);
        expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
        expect(hash ?? 'b'.repeat(64)).toHaveLength(64);
      }
      for (const base of model.claim?.baseModels ?? []) expect(base).toMatch(/^[\w.-]+(\/[\w.-]+)?$/);
      expect([null, 'finetune', 'adapter', 'quantized', 'merge']).toContain(model.claim?.relation ?? null);
    }),
    { seed, numRuns: RUNS },
  );
});

test('whatever text is sent for JSON, the answer is "not now" or a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
      hub.faults.clear();
      hub.faults.add({ type: 'body', body, on: 'info' });
      const model = await orUnavailable(() => client.describe('family/base'));
      if (model !== null) expect(['model', 'rejected']).toContain(model.type);
    }),
    { seed, numRuns: RUNS },
  );
});
