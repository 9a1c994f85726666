import { readFileSync } from 'node:fs';
import { link, readdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { EventLogError } from '../event-log-error';
import { ignoreMissing } from './durable-file';

/**
 * One process a folder, on one machine. Node has no flock, so a lock is a numbered file `.lock.<n>` that names
 * its holder, and the folder belongs to the holder of the highest number. A lock is taken by creating the next
 * number, with its content, in one step (link); the highest is never deleted, so two processes that see the
 * same dead holder cannot both succeed: one of them finds the number taken, or a higher one beside its own. A
 * holder that has ended, or released, is passed by.
 */
export class FolderLock {
  private constructor(
    readonly folder: string,
    readonly number: number,
  ) {}

  static async take(folder: string): Promise<FolderLock> {
    const mine = `${folder}/.lock-${process.pid}-${process.hrtime.bigint()}`;
    await writeFile(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
    try {
      for (;;) {
        const lock = await tryTake(folder, mine);
        if (lock !== null) return new FolderLock(folder, lock);
      }
    } finally {
      await unlink(mine);
    }
  }

  /** Leaves the file behind, empty: held by nobody. Needs no room on the disk. */
  async release(): Promise<void> {
    await truncate(lockPath(this.folder, this.number));
  }
}

/** The number taken; null where another process was faster and the look must be repeated. */
async function tryTake(folder: string, mine: string): Promise<number | null> {
  const highest = Math.max(0, ...(await lockNumbers(folder)));
  if (highest > 0) await refuseIfHeld(folder, highest);
  const number = highest + 1;
  try {
    await link(mine, lockPath(folder, number));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
  const all = await lockNumbers(folder);
  const outdone = all.some((other) => other > number);
  // Late, we may have taken a number that was passed by and deleted meanwhile: then there is a higher one.
  const passed = outdone ? [number] : all.filter((other) => other < number);
  for (const other of passed) await unlink(lockPath(folder, other)).catch(ignoreMissing);
  return outdone ? null : number;
}

async function refuseIfHeld(folder: string, number: number): Promise<void> {
  const text = await readFile(lockPath(folder, number), 'utf8').catch(ignoreMissing);
  if (text === undefined) return;
  const holder = parseHolder(text);
  if (holder === null) return;
  const started = startOf(holder.pid);
  const another = started !== null && holder.started !== null && started !== holder.started;
  if (started === 'ended' || another) return;
  throw new EventLogError('locked', `the log in ${folder} is in use by process ${holder.pid}: stop it first`);
}

/** Null: nobody, or a file that is no lock of ours. */
function parseHolder(text: string): { pid: number; started: string | null } | null {
  try {
    const { pid, started } = JSON.parse(text) as { pid?: unknown; started?: unknown };
    if (!Number.isSafeInteger(pid) || (pid as number) <= 0) return null;
    return { pid: pid as number, started: typeof started === 'string' ? started : null };
  } catch {
    return null;
  }
}

/**
 * When a process started, in the kernel's words (a pid is used again, the pair is not), or `ended`. Null: it
 * runs, and we cannot tell since when.
 */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  try {
    // Fields 3 (state) and 22 (start); field 2 is the command in parentheses and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
    return fields?.[0] === 'Z' ? 'ended' : (fields?.[19] ?? null);
  } catch {
    return null;
  }
}

async function lockNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const found = /^\.lock\.(\d{1,15})$/.exec(name);
    return found ? [Number(found[1])] : [];
  });
}

const lockPath = (folder: string, number: number): string => `${folder}/.lock.${number}`;
