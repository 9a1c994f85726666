import { join } from 'node:path';
import { UsageError } from '../cli/usage-error';
import { withFolder, writeFiles } from './family-folder.testing';
import { readTruth } from './truth';

const tree = { root: { parent: null, task: 'x' }, child: { parent: 'root', relation: 'finetune' } };

/** Reads the truth of a folder (or of one under it) that has these files. */
const read = (files: Record<string, unknown>, under = '') =>
  withFolder(async (folder) => {
    const texts = Object.entries(files).map(([path, json]) => [
      path,
      typeof json === 'string' ? json : JSON.stringify(json),
    ]);
    await writeFiles(folder, Object.fromEntries(texts) as Record<string, string>);
    const models = await readTruth(join(folder, under));
    return models.map((model) => ({ ...model, path: model.path.slice(folder.length + 1) }));
  });

describe('the truth of a folder', () => {
  it('has graphs of trees', async () => {
    expect(await read({ 'truth.json': { 'g/a': tree, 'g/b': { solo: { parent: null } } } })).toEqual([
      {
        graph: 'g',
        tree: 'g/a',
        name: 'root',
        id: 'g/a/root',
        parents: [],
        relation: null,
        path: 'g/a/root.safetensors',
      },
      {
        graph: 'g',
        tree: 'g/a',
        name: 'child',
        id: 'g/a/child',
        parents: ['g/a/root'],
        relation: 'finetune',
        path: 'g/a/child.safetensors',
      },
      expect.objectContaining({ graph: 'g', tree: 'g/b', id: 'g/b/solo' }),
    ]);
  });

  it('has trees that are graphs of their own', async () => {
    const models = await read({ 'truth.json': { a: tree, b: tree } });
    expect(models.map(({ graph, tree: key, path }) => [graph, key, path])).toEqual([
      ['a', 'a', 'a/root.safetensors'],
      ['a', 'a', 'a/child.safetensors'],
      ['b', 'b', 'b/root.safetensors'],
      ['b', 'b', 'b/child.safetensors'],
    ]);
  });

  it('may be one tree, called after the folder', async () => {
    const models = await read({ 'shelf/truth.json': tree }, 'shelf');
    expect(models.map(({ graph, id, parents, path }) => ({ graph, id, parents, path }))).toEqual([
      { graph: 'shelf', id: 'shelf/root', parents: [], path: 'shelf/root.safetensors' },
      { graph: 'shelf', id: 'shelf/child', parents: ['shelf/root'], path: 'shelf/child.safetensors' },
    ]);
    // A tree with a model that is called `parent` is a tree still.
    const odd = await read({ 'truth.json': { a: { parent: { parent: null } } } });
    expect(odd.map(({ id }) => id)).toEqual(['a/parent']);
  });

  it('is found above a graph or a tree that is asked for, or named itself', async () => {
    const truth = { 'truth.json': { 'g/a': tree, 'g/b': tree, h: tree } };
    const ids = async (under: string): Promise<string[]> => (await read(truth, under)).map(({ id }) => id);
    expect(await ids('g')).toEqual(['g/a/root', 'g/a/child', 'g/b/root', 'g/b/child']);
    expect(await ids('g/b')).toEqual(['g/b/root', 'g/b/child']);
    expect(await ids('h')).toEqual(['h/root', 'h/child']);
    expect(await ids('truth.json')).toHaveLength(6);
    await expect(ids('elsewhere')).rejects.toThrow(/needs a truth.json/);
  });

  it('takes several parents, each once', async () => {
    const models = await read({
      'truth.json': { a: { p: { parent: null }, q: { parent: [] }, m: { parent: ['p', 'q', 'p'] } } },
    });
    expect(models.map(({ parents }) => parents)).toEqual([[], [], ['a/p', 'a/q']]);
  });

  it.each([
    ['no JSON', '{', /is not JSON/],
    ['no models', {}, /lists no models/],
    ['a parent that is not listed', { a: { m: { parent: 'x' } } }, /a\/m has a parent "x" that its tree/],
    ['a model that is its own parent', { a: { m: { parent: ['m'] } } }, /is its own parent/],
    ['a path that leaves the folder', { '../a': tree }, /expected "<graph>\/<tree>"/],
    ['a path that leaves the graph', { 'g/..': tree }, /expected "<graph>\/<tree>"/],
    ['a name that is a path', { a: { 'x/../../y': { parent: null } } }, /plain file name/],
    ['a parent of another kind', { a: { m: { parent: 7 } } }, /parent/],
  ])('with %s is refused in words', async (_, json, message) => {
    const refused = read({ 'truth.json': json });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });
});
