import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderSource } from './folder-source';
import { listFolder } from './list-folder';

describe('listFolder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stemma-folder-'));
    const put = async (path: string, text = 'x'): Promise<void> => {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    };
    await put('truth.json');
    await put('tree/b.safetensors', 'bb');
    await put('tree/a.safetensors', 'aaa');
    await put('sharded/config.json');
    await put('sharded/model-00001-of-00002.safetensors');
    await put('sharded/model-00002-of-00002.safetensors');
    await put('.cache/hidden.safetensors');
    await put('tree/notes.txt');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('takes a lone file as a model, and a folder with a config as one model', async () => {
    const models = await listFolder(folder);
    expect(models.map(({ id, files }) => [id, files.map(({ path }) => path)])).toEqual([
      ['sharded', ['config.json', 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']],
      ['tree/a', ['a.safetensors']],
      ['tree/b', ['b.safetensors']],
    ]);
  });

  it('reads ranges, and short where the file is shorter than asked', async () => {
    const [, a] = await listFolder(folder);
    const source = folderSource(a!.files);
    expect(source.files).toEqual([{ path: 'a.safetensors', size: 3, hash: null }]);
    expect(Buffer.from(await source.read(0, 1, 3)).toString()).toBe('aa');
    expect((await source.read(0, 1, 10)).byteLength).toBe(2);
  });

  it('refuses more models than its bound', async () => {
    await expect(listFolder(folder, { modelsMax: 1 })).rejects.toThrow('more than 1 models');
  });
});
