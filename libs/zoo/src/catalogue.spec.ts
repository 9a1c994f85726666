import { zooCatalogue, type Catalogue } from './catalogue';
import { hubTags } from './zoo-model';

let zoo: Catalogue;
beforeAll(async () => {
  zoo = await zooCatalogue();
});

/** All of a model but its bytes, which its sha stands for. */
const facts = ({ files, ...rest }: Catalogue['models'][number]) => ({
  ...rest,
  files: files.map(({ path, sha256 }) => [path, sha256]),
});

const modelNamed = (repo: string) => zoo.models.find((model) => model.repo === repo)!;

test('holds three graphs of 105 models under readable names', () => {
  const count = (organisation: string) =>
    zoo.models.filter(({ repo }) => repo.startsWith(`${organisation}/`)).length;
  expect(zoo.models).toHaveLength(315);
  expect([count('zoo-ft'), count('zoo-lora-v'), count('zoo-lora-f')]).toEqual([105, 105, 105]);
  expect(modelNamed('zoo-ft/mae-posy-case').files.map((file) => [file.path, file.size])).toEqual([
    ['README.md', expect.any(Number)],
    ['config.json', expect.any(Number)],
    ['model.safetensors', 241_560],
  ]);
});

test('knows the true parents, and that duplicates are as right as each other', () => {
  const { truth } = zoo;
  expect(truth.parents.get('zoo-ft/mae-posy-case')).toBe('zoo-ft/mae-posy');
  expect([...truth.parents.values()].filter((parent) => parent === null)).toHaveLength(15);
  expect(truth.duplicates).toEqual(
    ['dino', 'imagenet', 'imagenet21k', 'mae', 'msn'].map((root) => [
      `zoo-lora-f/${root}-root`,
      `zoo-lora-v/${root}-root`,
    ]),
  );
  expect(truth.isParent('zoo-lora-f/mae-posx', 'zoo-lora-f/mae-root')).toBe(true);
  expect(truth.isParent('zoo-lora-f/mae-posx', 'zoo-lora-v/mae-root')).toBe(true);
  expect(truth.isParent('zoo-lora-f/mae-posx', 'zoo-lora-v/dino-root')).toBe(false);
  expect(truth.isParent('zoo-lora-f/mae-root', 'zoo-lora-v/mae-root')).toBe(true);
  expect(truth.isParent('zoo-lora-f/mae-root', null)).toBe(true);
  expect(truth.isParent('zoo-lora-f/mae-posx', null)).toBe(false);
});

test('declares the true base on a third of the cards, none on a third, a wrong one on some', () => {
  const counts: Record<string, number> = {};
  for (const model of zoo.models) {
    const { honesty, base } = zoo.declared.get(model.repo)!;
    counts[honesty] = (counts[honesty] ?? 0) + 1;
    expect(model.card.base_model ?? null).toBe(base);
    const parent = zoo.truth.parents.get(model.repo)!;
    if (honesty === 'true') expect(base).toBe(parent);
    if (honesty === 'wrong' || honesty === 'ancestor') {
      expect(base).not.toBe(parent);
      expect(zoo.truth.parents.has(base!)).toBe(true);
    }
  }
  expect(counts).toEqual({ true: 105, none: 105, ancestor: 72, wrong: 33 });
});

test('gives cards and tags in the words of the Hub', () => {
  const declares = (graph: string) => {
    const model = zoo.models.find(
      ({ repo, card }) => repo.startsWith(`zoo-${graph}/`) && card.base_model !== undefined,
    )!;
    const base = model.card.base_model;
    const relation = graph === 'ft' ? 'finetune' : 'adapter';
    expect(hubTags(model.card)).toEqual(
      expect.arrayContaining([`base_model:${base}`, `base_model:${relation}:${base}`]),
    );
    const readme = model.files[0]!.content;
    const text = readme.type === 'bytes' ? Buffer.from(readme.bytes).toString() : '';
    expect(text).toContain(`\nbase_model: ${base}\nbase_model_relation: ${relation}\n---\n`);
  };
  declares('ft');
  declares('lora-v');
});

test('publishes over months, a fifth of the models before their parent', () => {
  const created = new Map(zoo.models.map((model) => [model.repo, Date.parse(model.createdAt)]));
  const times = [...created.values()];
  expect(new Set(times).size).toBe(315);
  expect((Math.max(...times) - Math.min(...times)) / 86_400_000).toBeGreaterThan(80);
  const early = [...zoo.truth.parents].filter(
    ([repo, parent]) => parent !== null && created.get(repo)! < created.get(parent)!,
  );
  expect(early.length).toBeGreaterThan(30);
  expect(early.length).toBeLessThan(90);
});

test('is the same every time, and another seed moves claims but no weights', async () => {
  const again = await zooCatalogue();
  expect(again.models.map(facts)).toEqual(zoo.models.map(facts));
  const other = await zooCatalogue({ seed: 2 });
  expect(other.declared).not.toEqual(zoo.declared);
  expect(other.models.map((model) => model.files[2])).toEqual(zoo.models.map((model) => model.files[2]));
});

test('includes the other families on request and leaves the claims of the 315 alone', async () => {
  const all = await zooCatalogue({ graphs: ['ft', 'lora-v', 'lora-f', 'sd-like', 'llama-like'] });
  expect(all.models).toHaveLength(325);
  expect(all.truth.parents.get('zoo-llama/code-instruct')).toBe('zoo-llama/code');
  expect(all.truth.parents.get('zoo-sd/v1-1')).toBeNull();
  expect(all.truth.duplicates).toContainEqual(['zoo-ft/imagenet21k-root', 'zoo-llama/base']);
  expect(all.models.filter((model) => zoo.truth.parents.has(model.repo)).map(facts)).toEqual(
    zoo.models.map(facts),
  );
});

test('has the twins on request: three runs from each of two initialisations, none a relative of another', async () => {
  const { models, truth } = await zooCatalogue({ graphs: ['twins-0', 'twins-1'] });
  expect(models).toHaveLength(18);
  expect(truth.parents.get('zoo-twins-0/run-2-step-700')).toBe('zoo-twins-0/run-2-step-200');
  expect([...truth.parents].flatMap(([repo, parent]) => (parent === null ? [repo] : []))).toEqual(
    ['twins-0', 'twins-1'].flatMap((graph) => [0, 1, 2].map((run) => `zoo-${graph}/run-${run}-step-60`)),
  );
  expect(truth.duplicates).toEqual([]);
});
