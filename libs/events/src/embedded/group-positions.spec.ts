import { readFile, writeFile } from 'node:fs/promises';
import { inFolder } from './child.testing';
import { GroupPositions } from './group-positions';

describe('GroupPositions', () => {
  it('are there after an opening, each the last that was committed', () =>
    inFolder(async (folder) => {
      const groups = await GroupPositions.open(folder);
      expect(groups.committed('g', 't', 0)).toBeUndefined();
      const commits = Array.from({ length: 50 }, (_, i) => groups.commit('g', 't', i % 2, i));
      await Promise.all([...commits, groups.commit('other', 't', 0, 7)]);
      const again = await GroupPositions.open(folder);
      expect([again.committed('g', 't', 0), again.committed('g', 't', 1)]).toEqual([48, 49]);
      expect([again.committed('other', 't', 0), again.committed('other', 't', 1)]).toEqual([7, undefined]);
      expect(JSON.parse(await readFile(`${folder}/g.json`, 'utf8'))).toEqual({ 't/0': 48, 't/1': 49 });
    }));

  it.each(['', '{', '{"t/0":-1}', '{"t/0":"1"}', 'null'])('are refused where the file is %j', (text) =>
    inFolder(async (folder) => {
      await writeFile(`${folder}/g.json`, text);
      await expect(GroupPositions.open(folder)).rejects.toMatchObject({ fault: 'corrupt' });
    }),
  );

  it('say not now where they cannot be written, and can be committed again', () =>
    inFolder(async (folder) => {
      const groups = await GroupPositions.open(folder);
      await expect(groups.commit('missing/folder', 't', 0, 1)).rejects.toMatchObject({ retryable: true });
      await groups.commit('g', 't', 0, 1);
    }));
});
