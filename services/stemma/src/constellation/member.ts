import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A process to be started, and what it is called. */
export interface MemberCommand {
  readonly name: string;
  /** What stands before its lines; the name, painted and padded. */
  readonly prefix: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface MemberEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Member {
  readonly prefix: string;
  readonly ended: Promise<MemberEnd>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a process and passes its lines on. */
export function startMember({ command, prefix, env }: MemberCommand, write: (line: string) => void): Member {
  const [file, ...args] = command;
  const child = spawn(file, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [child.stdout, child.stderr].map((stream) =>
    passedOn(stream, (line) => write(prefix + line)),
  );
  const ended = new Promise<MemberEnd>((resolve) => {
    child.once('error', (error) => {
      write(`${prefix}cannot be started: ${error.message}`);
      resolve({ code: 127, signal: null });
    });
    child.once('exit', (code, signal) => void Promise.all(lines).then(() => resolve({ code, signal })));
  });
  return { prefix, ended, signal: (name) => void child.kill(name) };
}

/** Resolves when the stream has ended. */
function passedOn(stream: Readable, write: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  lines.on('line', write);
  return new Promise((resolve) => lines.once('close', resolve));
}
