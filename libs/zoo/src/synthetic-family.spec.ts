import { ancestorsOf } from './truth';
import { syntheticFamily, type Member } from './synthetic-family.testing';

const weights = (member: Member) => [...member.tensors.values()].flatMap(({ values }) => [...values]);
const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

test('grows a tree with readable ids', () => {
  const { members, truth } = syntheticFamily({
    seed: 1,
    models: 5,
    parentOf: (index) => [0, 0, 0, 1, 3][index]!,
  });
  expect(members.map(({ id, parent, repo }) => [id, parent, repo])).toEqual([
    ['base', null, 'family/base'],
    ['base/a', 'base', 'family/base.a'],
    ['base/b', 'base', 'family/base.b'],
    ['base/a/1', 'base/a', 'family/base.a.1'],
    ['base/a/1/a', 'base/a/1', 'family/base.a.1.a'],
  ]);
  expect(ancestorsOf(truth.parents, 'family/base.a.1.a')).toEqual([
    'family/base.a.1',
    'family/base.a',
    'family/base',
  ]);
});

test('makes children of their parent, a little shrunk, plus noise of the asked size', () => {
  const { members } = syntheticFamily({ seed: 3, models: 2, step: 0.1, decay: 0.01 });
  const [parent, child] = members.map(weights) as [number[], number[]];
  const update = child.map((value, i) => value - 0.99 * parent[i]!);
  expect(norm(update) / norm(parent)).toBeCloseTo(0.1, 2);
  const cosine =
    update.reduce((sum, value, i) => sum + value * parent[i]!, 0) / (norm(update) * norm(parent));
  expect(Math.abs(cosine)).toBeLessThan(5 / Math.sqrt(parent.length));
});

test('depends on the seed and the id alone', () => {
  const small = syntheticFamily({ seed: 7, models: 4 });
  const large = syntheticFamily({ seed: 7, models: 9 });
  const shas = (family: typeof small) =>
    family.models.map((model) => [model.repo, model.sha, model.createdAt]);
  expect(shas(large).slice(0, 4)).toEqual(shas(small));
  expect(syntheticFamily({ seed: 8, models: 4 }).models[0]!.sha).not.toBe(small.models[0]!.sha);
});

test('writes the dtype and the embedding that are asked for', () => {
  const { models } = syntheticFamily({
    seed: 1,
    models: 1,
    dtype: 'BF16',
    vocabulary: 10,
    width: 8,
    blocks: 1,
  });
  const { content, size } = models[0]!.files[1]!;
  const bytes = Buffer.from(content.type === 'bytes' ? content.bytes : []);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes));
  expect(headerBytes % 8).toBe(0);
  expect(header['model.embed_tokens.weight']).toEqual({
    dtype: 'BF16',
    shape: [10, 8],
    data_offsets: [0, 160],
  });
  const parameters = 80 + 4 * 64 + 2 * 256 + 8;
  expect(size).toBe(8 + headerBytes + 2 * parameters);
});
