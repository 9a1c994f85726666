import { spawnSync } from 'node:child_process';
import fs, { mkdir, readdir, writeFile } from 'node:fs/promises';
import { childCommand, inFolder, startChild } from './child.testing';
import { FolderLock } from './folder-lock';

const locked = { name: 'EventLogError', fault: 'locked', retryable: false };

function endedPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('FolderLock', () => {
  it('is for one at a time, in this process too, and names the holder', () =>
    inFolder(async (folder) => {
      const lock = await FolderLock.take(folder);
      await expect(FolderLock.take(folder)).rejects.toMatchObject({
        ...locked,
        message: `the log in ${folder} is in use by process ${process.pid}: stop it first`,
      });
      await lock.release();
      await (await FolderLock.take(folder)).release();
    }));

  it('passes by a holder that has ended, and one whose pid is another process now', () =>
    inFolder(async (folder) => {
      await writeFile(`${folder}/.lock.7`, JSON.stringify({ pid: endedPid(), started: '1' }));
      const lock = await FolderLock.take(folder);
      expect(lock.number).toBe(8);
      await lock.release();
      await writeFile(`${folder}/.lock.9`, JSON.stringify({ pid: process.pid, started: '1' }));
      expect((await FolderLock.take(folder)).number).toBe(10);
    }));

  it('passes by a file that a crash of the machine left empty', () =>
    inFolder(async (folder) => {
      await writeFile(`${folder}/.lock.1`, '');
      await (await FolderLock.take(folder)).release();
    }));

  it('leaves one small file behind', () =>
    inFolder(async (folder) => {
      for (let i = 0; i < 3; i += 1) await (await FolderLock.take(folder)).release();
      expect(await readdir(folder)).toEqual(['.lock.3']);
    }));

  it('is refused to one that looked so long ago that it finds an old number free', () =>
    inFolder(async (folder) => {
      await (await FolderLock.take(folder)).release();
      const { link } = fs;
      let holder: FolderLock | undefined;
      jest.spyOn(fs, 'link').mockImplementationOnce(async (from, to) => {
        await (await FolderLock.take(folder)).release();
        holder = await FolderLock.take(folder);
        await link(from, to);
      });
      await expect(FolderLock.take(folder)).rejects.toMatchObject(locked);
      expect(holder?.number).toBe(3);
      expect((await readdir(folder)).sort()).toEqual(['.lock.3']);
      jest.restoreAllMocks();
    }));

  it('is for one at a time however fast it goes from hand to hand', () =>
    inFolder(async (folder) => {
      let holders = 0;
      let taken = 0;
      const grab = async (): Promise<void> => {
        while (taken < 100) {
          const lock = await FolderLock.take(folder).catch((error: unknown) =>
            expect(error).toMatchObject(locked),
          );
          if (!(lock instanceof FolderLock)) continue;
          taken += 1;
          expect((holders += 1)).toBe(1);
          await readdir(folder);
          holders -= 1;
          await lock.release();
        }
      };
      await Promise.all(Array.from({ length: 8 }, grab));
    }));

  it('goes to one of many that find its holder dead at the same moment', () =>
    inFolder(async (parent) => {
      const folders = Array.from({ length: 12 }, (_, n) => `${parent}/${n}`);
      const dead = JSON.stringify({ pid: endedPid(), started: '1' });
      for (const folder of folders) {
        await mkdir(folder);
        await writeFile(`${folder}/.lock.1`, dead);
      }
      const children = Array.from({ length: 4 }, () => startChild(childCommand('lock-taker', ...folders)));
      await Promise.all(children.map((child) => child.line((line) => line === 'ready')));
      const begin = Date.now() + 50;
      for (const child of children) child.process.stdin?.write(`${begin}\n`);
      for (const child of children) {
        for (const n of folders.keys()) await child.line((line) => line.split(' ')[1] === `${n}`);
      }
      const lines = children.flatMap((child) => child.lines);
      children.forEach((child) => child.process.kill('SIGKILL'));
      await Promise.all(children.map((child) => child.ended));
      for (const n of folders.keys()) {
        expect(lines.filter((line) => line === `taken ${n}`)).toHaveLength(1);
        expect(lines.filter((line) => line === `refused ${n} locked`)).toHaveLength(children.length - 1);
      }
    }));
});
