import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runner = join(__dirname, '../../../../tools/run-ts.js');

/** The command that runs a `*.testing.ts` beside this file in a Node of its own. */
export function childCommand(script: string, ...args: string[]): [string, string[]] {
  return [process.execPath, [runner, join(__dirname, `${script}.testing.ts`), ...args]];
}

export interface Child {
  readonly process: ChildProcess;
  /** Whole lines of its standard output so far. */
  readonly lines: string[];
  /** Resolves with standard error when it has ended and all output is read. */
  readonly ended: Promise<string>;
  line(test: (line: string) => boolean): Promise<string>;
}

export function startChild([command, args]: [string, string[]]): Child {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let rest = '';
  let errors = '';
  let wake = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<string>((resolve) => child.on('close', () => resolve(errors)));
  const line = async (test: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const found = lines.find(test);
      if (found !== undefined) return found;
      const news = new Promise<void>((resolve) => (wake = resolve));
      const over = await Promise.race([news, ended]);
      if (over !== undefined && !lines.some(test)) throw new Error(`the child ended early: ${over}`);
    }
  };
  return { process: child, lines, ended, line };
}

/** Runs `work` in a folder that is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stemma-events-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
